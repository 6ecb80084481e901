"""Building transactions of EVM chains and looking at what became of them; without keys.

Invariant: numbers of gas and fees are the node's, read at the moment; who decides whether they are too high is the
caller. Limit: one payee a transaction; a plain transfer of the coin, or a token's `transfer`; what has taken a nonce is
found as far back as the node keeps the states of blocks.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from pyxiu.adapters.chains.evm.addresses import canonical
from pyxiu.adapters.chains.evm.reader import BALANCE_OF, EvmReader, Log, token_payments
from pyxiu.adapters.chains.evm.transactions import Transaction, encode_unsigned, read_transfer, transfer_data
from pyxiu.adapters.chains.json_rpc import JsonRpc, RpcError
from pyxiu.custody.chain import (
    HistoryMissingError,
    Inclusion,
    InvalidAddressError,
    NodeFaultError,
    NodeUnavailableError,
)
from pyxiu.custody.payouts.ports import CallRevertsError, ForeignSpend, GasCall, GasQuote

#: A plain transfer to an account costs exactly this much; one to a contract is estimated.
TRANSFER_GAS: Final = 21_000
#: Estimates are for the state as it is; a token's transfer may take a little more by the time that it is mined.
GAS_MARGIN_PERCENT: Final = 25
#: Blocks and percentile of the priority fees that are looked at.
FEE_BLOCKS: Final = 5
FEE_PERCENTILE: Final = 50
#: Where nobody pays a priority fee, a little is offered all the same: 0.1 gwei.
PRIORITY_MIN: Final = 10**8
#: The node's trouble with a request, whatever is asked about: no such method, too many requests.
_NODE_TROUBLE: Final = frozenset({-32601, -32005})
_NO_FUNDS: Final = "insufficient funds"


class _FeeHistory(msgspec.Struct):
    baseFeePerGas: list[str]  # noqa: N815 - the node's name
    reward: list[list[str]] = []


class _Receipt(msgspec.Struct):
    gasUsed: str  # noqa: N815
    effectiveGasPrice: str = "0x0"  # noqa: N815
    logs: list[Log] = []


class _Transaction(msgspec.Struct):
    hash: str
    nonce: str
    value: str
    input: str
    to: str | None = None
    # The node's word for the sender.
    sender: str = msgspec.field(name="from", default="")


class _Block(msgspec.Struct):
    transactions: list[_Transaction]


class EvmPayouts:
    """Implements the port `AccountChain`."""

    def __init__(self, name: str, url: str, chain_id: int) -> None:
        self._name = name
        self._chain_id = chain_id
        self._rpc = JsonRpc(url)
        self._reader = EvmReader(url, chain_id)

    @property
    def name(self) -> str:
        return self._name

    def destination(self, address: str) -> str | None:
        try:
            return canonical(address)
        except InvalidAddressError:
            return None

    def build(self, call: GasCall, *, nonce: int, gas: int, max_fee: int, priority: int) -> bytes:
        token = bool(call.contract)
        transaction = Transaction(
            chain_id=self._chain_id,
            nonce=nonce,
            priority=priority,
            max_fee=max_fee,
            gas=gas,
            to=call.contract if token else call.destination,
            value=0 if token else call.amount,
            data=transfer_data(call.destination, call.amount) if token else b"",
        )
        return encode_unsigned(transaction)

    async def fees(self) -> GasQuote:
        history = await self._call("eth_feeHistory", hex(FEE_BLOCKS), "latest", [FEE_PERCENTILE])
        told = msgspec.json.decode(history, type=_FeeHistory)
        rewards = sorted(int(one[0], 16) for one in told.reward if one)
        priority = rewards[len(rewards) // 2] if rewards else 0
        return GasQuote(int(told.baseFeePerGas[-1], 16), max(priority, PRIORITY_MIN))

    async def gas(self, call: GasCall) -> int:
        if call.contract:
            data = "0x" + transfer_data(call.destination, call.amount).hex()
            asked = {"from": call.sender, "to": call.contract, "data": data}
        else:
            asked = {"from": call.sender, "to": call.destination, "value": hex(call.amount)}
        try:
            estimate = int(msgspec.json.decode(await self._rpc.call("eth_estimateGas", asked), type=str), 16)
        except RpcError as error:
            # Whatever else fails the estimate is the receiver's code, which anybody can write: an invalid instruction,
            # a loop without an end, a revert. Nodes have as many codes and words for it as there are nodes.
            if error.code in _NODE_TROUBLE or _NO_FUNDS in error.message.lower():
                raise NodeUnavailableError(str(error)) from error
            raise CallRevertsError(f"the transfer would be refused: {error.message}") from error
        if not call.contract and estimate == TRANSFER_GAS:
            return TRANSFER_GAS
        return estimate * (100 + GAS_MARGIN_PERCENT) // 100

    async def nonce(self, address: str) -> int:
        return await self._number("eth_getTransactionCount", address, "latest")

    async def pending_nonce(self, address: str) -> int:
        return await self._number("eth_getTransactionCount", address, "pending")

    async def balance(self, address: str, contract: str) -> int:
        if not contract:
            return await self._number("eth_getBalance", address, "latest")
        call = {"to": contract, "data": f"{BALANCE_OF}{'0' * 24}{address[2:]}"}
        answer = msgspec.json.decode(await self._call("eth_call", call, "latest"), type=str)
        return 0 if answer == "0x" else int(answer[:66], 16)

    async def balances(self, places: Sequence[tuple[str, str]], block_hash: str) -> list[int]:
        """What accounts held after a block, for the solvency check: by its hash (EIP-1898), so of no other block."""
        block = {"blockHash": block_hash, "requireCanonical": True}
        calls: list[tuple[str, Sequence[Any]]] = []
        for address, contract in places:
            data = f"{BALANCE_OF}{'0' * 24}{address[2:]}"
            coin, token = ("eth_getBalance", (address, block)), ("eth_call", ({"to": contract, "data": data}, block))
            calls.append(token if contract else coin)
        try:
            answers = await self._rpc.batch(calls)
        except RpcError as error:
            raise NodeFaultError(f"balances after block {block_hash}: {error}") from error
        found = [msgspec.json.decode(answer, type=str) for answer in answers]
        return [0 if text == "0x" else int(text[:66], 16) for text in found]

    async def inclusion(self, txid: str) -> Inclusion:
        return await self._reader.inclusion(txid)

    async def fee_paid(self, txid: str) -> int:
        receipt = await self._receipt(txid)
        return int(receipt.gasUsed, 16) * int(receipt.effectiveGasPrice, 16)

    async def moved(self, txid: str) -> tuple[tuple[str, str, int], ...]:
        payments = token_payments(txid, (await self._receipt(txid)).logs)
        return tuple((one.destination, one.contract, one.amount) for one in payments)

    async def taken_by(self, address: str, nonce: int) -> ForeignSpend | None:
        """Found by the number of transactions that the account had sent by each block: backwards from the tip in steps
        that double, then by halving, so that a node which keeps the states of a few blocks finds what is recent.
        """
        low, high, step = -1, await self.height(), 1
        lost: HistoryMissingError | None = None
        if await self._nonce_at(address, high) <= nonce:
            return None
        # It was used in a block above `low` and not above `high`; `lost`: at `low` it may have been used already.
        while high - low > 1:
            middle = max(high - step, (low + high) // 2)
            try:
                used = await self._nonce_at(address, middle) > nonce
            except HistoryMissingError as error:
                low, lost = middle, error
                continue
            if used:
                high, step = middle, step * 2
            else:
                low, lost = middle, None
        answer = await self._call("eth_getBlockByNumber", hex(high), True)
        block = msgspec.json.decode(answer, type=_Block | None)
        for one in block.transactions if block else []:
            if one.sender.lower() == address and int(one.nonce, 16) == nonce:
                return await self._spend(one)
        if lost is not None:
            raise HistoryMissingError(
                f"nonce {nonce} of {address} was used in block {high} or before: {lost}"
            ) from lost
        return None

    async def height(self) -> int:
        return (await self._reader.tip()).height

    async def close(self) -> None:
        await self._reader.close()
        await self._rpc.close()

    async def _spend(self, one: _Transaction) -> ForeignSpend:
        located = await self._reader.inclusion(one.hash)
        to, value = (one.to or "").lower(), int(one.value, 16)
        token = read_transfer(bytes.fromhex(one.input[2:]))
        pays: list[tuple[str, str, int]] = []
        if token is not None:
            pays.append((token[0], to, token[1]))
        if value:
            pays.append((to, "", value))
        return ForeignSpend(one.hash, tuple(pays), located.failed)

    async def _nonce_at(self, address: str, height: int) -> int:
        try:
            answer = await self._rpc.call("eth_getTransactionCount", address, hex(height))
        except RpcError as error:
            # It answers for the tip, so it is this state that it does not have; each program says so differently.
            raise HistoryMissingError(
                f"this node does not keep the state of block {height}, an archive node does ({error})"
            ) from error
        return _number("eth_getTransactionCount", answer)

    async def _receipt(self, txid: str) -> _Receipt:
        receipt = msgspec.json.decode(await self._call("eth_getTransactionReceipt", txid), type=_Receipt | None)
        if receipt is None:
            raise NodeUnavailableError(f"the node has no receipt of {txid}")
        return receipt

    async def _number(self, method: str, *params: Any) -> int:
        return _number(method, await self._call(method, *params))

    async def _call(self, method: str, *params: Any) -> msgspec.Raw:
        try:
            return await self._rpc.call(method, *params)
        except RpcError as error:
            raise NodeUnavailableError(str(error)) from error


def _number(method: str, answer: msgspec.Raw) -> int:
    text = msgspec.json.decode(answer, type=str)
    try:
        return int(text, 16)
    except ValueError:
        raise NodeFaultError(f"{method}: expected a number, found {text[:40]!r}") from None
