"""A chain in memory for what a real node cannot be made to do on demand: it says exactly what a test tells it to.

    chain = ScriptedChain()
    chain.mine(pay("t1", "ours", 5))            # one block with one payment
    chain.reorganise(2, [], [pay("t1", "ours", 5)], [])

It is a ChainReader, a TokenReader and a PoolReader. Real nodes are in `litecoind.py` and `anvil.py`.
"""

from collections.abc import Sequence

from pyxiu.custody.chain import (
    Block,
    BlockRef,
    Inclusion,
    NodeFaultError,
    NodeUnavailableError,
    Payment,
    PaymentKind,
    PoolTransaction,
    Spend,
    WrongChainError,
)


def pay(txid: str, destination: str, amount: int, *, ordinal: int = 0, min_depth: int = 0) -> Payment:
    """An output."""
    return Payment(txid, ordinal, PaymentKind.OUTPUT, destination, amount, min_depth=min_depth)


def pay_token(
    txid: str, destination: str, amount: int, contract: str, *, ordinal: int = 0, source: str = ""
) -> Payment:
    return Payment(txid, ordinal, PaymentKind.TOKEN, destination, amount, contract, source=source)


def pay_native(txid: str, destination: str, amount: int, *, source: str = "") -> Payment:
    return Payment(txid, 0, PaymentKind.NATIVE, destination, amount, source=source)


class ScriptedChain:
    """`pool` are transactions that are known and in no block, `pooled` those that tell what they pay; `deltas` what a
    token's balance changed by, if not by what was logged; `faults` are raised, one after another, instead of answers.
    """

    def __init__(self) -> None:
        self.chain: list[Block] = []
        self.pool: set[str] = set()
        self.pooled: dict[str, PoolTransaction] = {}
        self.deltas: dict[tuple[str, str, int], int | None] = {}
        self.faults: list[Exception] = []
        self.wrong = False
        self.checks = 0
        self._made = 0
        self.mine()

    @property
    def height(self) -> int:
        return len(self.chain) - 1

    def mine(self, *payments: Payment, spends: Sequence[Spend] = ()) -> Block:
        self._made += 1
        parent = self.chain[-1].hash if self.chain else "none"
        block = Block(
            len(self.chain), f"h{self._made}", parent, 1_700_000_000 + self._made, list(payments), list(spends)
        )
        self.chain.append(block)
        return block

    def empty(self, blocks: int) -> None:
        for _ in range(blocks):
            self.mine()

    def reorganise(self, depth: int, *blocks: Sequence[Payment]) -> None:
        """Replace the last blocks by others."""
        del self.chain[len(self.chain) - depth :]
        for payments in blocks:
            self.mine(*payments)

    async def check(self) -> None:
        self.checks += 1
        if self.wrong:
            raise WrongChainError("expected another network")

    async def tip(self) -> BlockRef:
        self._fail()
        return BlockRef(self.chain[-1].height, self.chain[-1].hash)

    async def hash_at(self, height: int) -> str | None:
        self._fail()
        return self.chain[height].hash if 0 <= height < len(self.chain) else None

    async def blocks(self, first: int, last: int) -> list[Block]:
        self._fail()
        if last >= len(self.chain):
            raise NodeUnavailableError("no such block any more")
        return self.chain[first : last + 1]

    async def inclusion(self, txid: str) -> Inclusion:
        self._fail()
        for block in self.chain:
            if any(payment.txid == txid for payment in block.payments):
                return Inclusion(pooled=False, block=BlockRef(block.height, block.hash))
        return Inclusion(pooled=txid in self.pool)

    def wait(self, *payments: Payment, spends: Sequence[str] = ()) -> None:
        """A transaction that is in no block."""
        [txid] = {payment.txid for payment in payments}
        self.pooled[txid] = PoolTransaction(txid, list(payments), list(spends))

    async def pool_ids(self) -> list[str]:
        self._fail()
        return list(self.pooled)

    async def pool_transactions(self, txids: Sequence[str]) -> list[PoolTransaction]:
        self._fail()
        return [self.pooled[txid] for txid in txids if txid in self.pooled]

    async def token_delta(self, contract: str, address: str, height: int) -> int:
        self._fail()
        logged = sum(
            payment.amount * ((payment.destination == address) - (payment.source == address))
            for payment in self.chain[height].payments
            if payment.contract == contract
        )
        delta = self.deltas.get((contract, address, height), logged)
        if delta is None:
            raise NodeFaultError("missing state")
        return delta

    async def close(self) -> None:
        pass

    def _fail(self) -> None:
        if self.faults:
            raise self.faults.pop(0)
