"""What payouts need of a chain: on the public side to build and to look, in the signer to check and to sign.

Invariant: nothing on the public side can sign, and the signer's side believes nothing that it cannot read in the bytes.
Limit: two shapes of chains: outputs that are spent whole (UTXO), and accounts with a nonce.
"""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import msgspec

from pyxiu.custody.chain import Inclusion, PoolTransaction
from pyxiu.kit.errors import PermanentError


class Key(msgspec.Struct, frozen=True):
    """Which key owns something: the key store's name of an account key, and the path below it."""

    key_id: str
    branch: int
    index: int

    @property
    def path(self) -> str:
        return f"{self.branch}/{self.index}"


class Coin(msgspec.Struct, frozen=True):
    """An output of ours that is not spent. `id` is `txid:n`, `script` its destination."""

    id: str
    amount: int
    script: str
    key: Key


class Payee(msgspec.Struct, frozen=True):
    """`destination` is the canonical form of `address`; `tid` of the withdrawal that this pays."""

    address: str
    destination: str
    amount: int
    tid: str | None = None


class Change(msgspec.Struct, frozen=True):
    """Where the rest goes: a destination of ours."""

    destination: str
    key: Key


class FeeQuote(msgspec.Struct, frozen=True):
    """UTXO: satoshi for 1,000 vbytes; `floor` is below what nodes relay."""

    rate: int
    floor: int


class GasQuote(msgspec.Struct, frozen=True):
    """Wei for each unit of gas: what a block takes now, and what is offered on top of it."""

    base: int
    priority: int

    @property
    def max_fee(self) -> int:
        """Enough also when the base fee doubles."""
        return 2 * self.base + self.priority


class GasCall(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction of an account: native coin if `contract` is empty, otherwise a token's transfer."""

    sender: str
    contract: str
    destination: str
    amount: int


class CallRevertsError(PermanentError):
    """The contract refuses the transfer as things are now."""


class ForeignSpend(msgspec.Struct, frozen=True):
    """What took the place of our transaction: its id, what it pays, and whether it did anything."""

    txid: str
    pays: tuple[tuple[str, str, int], ...]
    failed: bool = False


class Pooled(msgspec.Struct, frozen=True):
    """A transaction in the node's pool together with those in the pool that it spends from: vbytes and satoshi."""

    size: int
    fees: int


@runtime_checkable
class UtxoChain(Protocol):
    """A chain of outputs, without keys."""

    @property
    def name(self) -> str:
        """The chain's name, as `litecoin-regtest`."""

    def destination(self, address: str) -> str | None:
        """The canonical form; None for what is no address here."""

    def dust(self, destination: str) -> int:
        """Below this amount nodes do not relay an output to this destination."""

    def size(self, scripts: Sequence[str], destinations: Sequence[str]) -> int:
        """The virtual bytes of a transaction that spends outputs with these scripts, rounded up."""

    def build(self, coins: Sequence[Coin], outputs: Sequence[tuple[str, int]]) -> bytes:
        """An unsigned transaction that says that it may be replaced."""

    async def previous(self, coins: Sequence[Coin]) -> dict[str, str]:
        """The whole transactions of these coins, in hex by id, as far as the signer needs them to know amounts."""

    async def fees(self) -> FeeQuote:
        """What a place in the next blocks costs."""

    async def inclusion(self, txid: str) -> Inclusion: ...

    async def pooled(self, txid: str) -> Pooled | None:
        """What a child has to pay for beside itself; None for what is not in the node's pool."""

    async def pool_ids(self) -> list[str]:
        """The ids of all transactions that wait in the node's pool.

        Raises NodeUnavailableError while the node is still reading the pool that it had before it was started.
        """

    async def pool_transactions(self, txids: Sequence[str]) -> list[PoolTransaction]:
        """Those of the transactions that are in the pool still."""

    async def spends(self, txid: str, height: int) -> ForeignSpend | None:
        """What a transaction in the block at a height pays; None if it is not there."""

    async def fee_paid(self, txid: str) -> int | None:
        """What a mined transaction has cost, whoever owns what it spends; None if the node cannot tell."""

    async def height(self) -> int: ...

    async def close(self) -> None: ...


@runtime_checkable
class AccountChain(Protocol):
    """A chain of accounts, without keys."""

    @property
    def name(self) -> str:
        """The chain's name, as `evm:31337`."""

    def destination(self, address: str) -> str | None: ...

    def build(self, call: GasCall, *, nonce: int, gas: int, max_fee: int, priority: int) -> bytes:
        """An unsigned transaction; its type carries both fees."""

    async def fees(self) -> GasQuote: ...

    async def gas(self, call: GasCall) -> int:
        """The limit of gas to give.

        Raises CallRevertsError for whatever the receiver's code does instead of taking it; NodeUnavailableError only
        for the node's own trouble, and for what the sender lacks.
        """

    async def nonce(self, address: str) -> int:
        """How many transactions of an address are on the best chain."""

    async def pending_nonce(self, address: str) -> int:
        """The same with those that wait in the node's pool; no less than `nonce` says of the same moment."""

    async def balance(self, address: str, contract: str) -> int: ...

    async def inclusion(self, txid: str) -> Inclusion: ...

    async def fee_paid(self, txid: str) -> int:
        """What a mined transaction has cost."""

    async def moved(self, txid: str) -> tuple[tuple[str, str, int], ...]:
        """(destination, contract, amount) of the tokens that a mined transaction says it has moved."""

    async def taken_by(self, address: str, nonce: int) -> ForeignSpend | None:
        """The mined transaction that has this nonce; None if none has, or it cannot be found. Raises
        HistoryMissingError where the node does not keep so much.
        """

    async def height(self) -> int: ...

    async def close(self) -> None: ...


PayoutChain = UtxoChain | AccountChain


class Checked(msgspec.Struct, frozen=True):
    """What the signer has read out of the bytes itself.

    `locks` are the coins or the nonce: what makes two transactions exclude each other. `own` are the destinations among
    the payees that this signer's keys own.
    """

    payees: tuple[Payee, ...]
    fee: int
    locks: tuple[str, ...]
    contract: str
    own: frozenset[str]


class Signed(msgspec.Struct, frozen=True):
    raw: bytes
    txid: str


class PayloadRefusedError(PermanentError):
    """The payload is not what it says, or not for this signer's keys."""


class SigningChain(Protocol):
    """A chain's side in the signer. `account_key` of the key store is asked for a key at the moment of its use."""

    def check(self, payload: dict[str, Any]) -> Checked:
        """Raises PayloadRefusedError for a payload whose bytes say anything else than its words."""

    def sign(self, payload: dict[str, Any]) -> Signed: ...
