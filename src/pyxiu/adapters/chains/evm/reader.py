"""Reading an EVM node: what each transaction has moved, by the change of balances and by the logs of tokens.

The chain's own coin is read from the difference that each transaction makes to every balance (`prestateTracer`), so a
payment by a contract, by selfdestruct or with call data is a payment like any other, and one that was undone is none.
Tokens are read from `Transfer` logs in the receipts; whether a contract can be believed is decided by whoever lists it,
and by `token_delta`. Invariant: receipts and traces belong to the block that was asked for, and the logs are all that
the header commits to; otherwise NodeFaultError. Limit: the node must offer `debug_traceBlockByHash`.
"""

from itertools import pairwise
from typing import Any, Final

import msgspec

from pyxiu.adapters.chains.evm.bloom import bloom_of
from pyxiu.adapters.chains.json_rpc import JsonRpc, RpcError
from pyxiu.custody.chain import (
    Block,
    BlockRef,
    BroadcastRefusedError,
    Inclusion,
    NodeFaultError,
    NodeUnavailableError,
    Payment,
    PaymentKind,
    WrongChainError,
)

#: keccak("Transfer(address,address,uint256)")
TRANSFER: Final = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
#: selector of balanceOf(address)
BALANCE_OF: Final = "0x70a08231"
BLOCKS_PER_REQUEST: Final = 8
GWEI: Final = 10**9
_TRACER: Final = {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}}
_WORD_BYTES: Final = 32
_ALREADY_KNOWN: Final = ("already known", "already imported", "alreadyknown")


class _Withdrawal(msgspec.Struct):
    index: str
    address: str
    amount: str


class _Header(msgspec.Struct):
    number: str
    hash: str
    parentHash: str  # noqa: N815 - the node's name
    timestamp: str
    logsBloom: str  # noqa: N815
    transactions: list[str] = []
    withdrawals: list[_Withdrawal] = []


class Log(msgspec.Struct):
    """As the node tells it in a receipt."""

    address: str
    topics: list[str]
    data: str


class _Receipt(msgspec.Struct):
    transactionHash: str  # noqa: N815
    blockHash: str  # noqa: N815
    status: str
    logs: list[Log]
    blockNumber: str = "0x0"  # noqa: N815
    #: Who has sent the transaction, whoever's coins it moves.
    sender: str = msgspec.field(name="from", default="")


class _Located(msgspec.Struct):
    blockHash: str | None = None  # noqa: N815


class _Account(msgspec.Struct):
    balance: str | None = None


class _Diff(msgspec.Struct):
    pre: dict[str, _Account] = {}
    post: dict[str, _Account] = {}


class _Trace(msgspec.Struct):
    result: _Diff | None = None
    txHash: str = ""  # noqa: N815
    error: str = ""


_header_decoder = msgspec.json.Decoder(_Header | None)
_receipts_decoder = msgspec.json.Decoder(list[_Receipt] | None)
_receipt_decoder = msgspec.json.Decoder(_Receipt | None)
_traces_decoder = msgspec.json.Decoder(list[_Trace])
_text_decoder = msgspec.json.Decoder(str | None)
_located_decoder = msgspec.json.Decoder(_Located | None)


class EvmReader:
    """A `ChainReader` and `Broadcaster` over the node's JSON-RPC."""

    def __init__(self, url: str, chain_id: int) -> None:
        self._rpc = JsonRpc(url)
        self._chain_id = chain_id

    async def check(self) -> None:
        found = _number(_text_decoder.decode(await self._call("eth_chainId")))
        if found != self._chain_id:
            raise WrongChainError(f"expected a node of chain {self._chain_id}, found one of chain {found}")

    async def tip(self) -> BlockRef:
        header = _header_decoder.decode(await self._call("eth_getBlockByNumber", "latest", False))
        if header is None:
            raise NodeUnavailableError("the node has no latest block")
        return BlockRef(_number(header.number), header.hash)

    async def hash_at(self, height: int) -> str | None:
        header = _header_decoder.decode(await self._call("eth_getBlockByNumber", hex(height), False))
        return None if header is None else header.hash

    async def blocks(self, first: int, last: int) -> list[Block]:
        assert 0 <= first <= last, (first, last)
        found: list[Block] = []
        for start in range(first, last + 1, BLOCKS_PER_REQUEST):
            found += await self._blocks(range(start, min(start + BLOCKS_PER_REQUEST, last + 1)))
        for parent, child in pairwise(found):
            if child.parent != parent.hash:
                raise NodeFaultError(
                    f"block {child.height} does not follow block {parent.height}: the chain has changed"
                )
        return found

    async def inclusion(self, txid: str) -> Inclusion:
        """By the receipt, and only if its block is on the best chain: a node keeps old transactions for a while.

        What a block pays by itself, without a transaction, is known by its block alone: no node can be asked for it.
        """
        if not txid.startswith("0x"):
            return Inclusion(pooled=False)
        receipt = _receipt_decoder.decode(await self._call("eth_getTransactionReceipt", txid))
        if receipt is None:
            known = _located_decoder.decode(await self._call("eth_getTransactionByHash", txid))
            return Inclusion(pooled=known is not None and known.blockHash is None)
        height = _number(receipt.blockNumber)
        if await self.hash_at(height) != receipt.blockHash:
            return Inclusion(pooled=False)
        return Inclusion(pooled=False, block=BlockRef(height, receipt.blockHash), failed=_number(receipt.status) != 1)

    async def broadcast(self, signed: bytes) -> str:
        from eth_hash.auto import keccak

        txid = "0x" + keccak(signed).hex()
        try:
            await self._rpc.call("eth_sendRawTransaction", "0x" + signed.hex())
        except RpcError as error:
            if any(text in error.message.lower() for text in _ALREADY_KNOWN):
                return txid
            # A node refuses the nonce of what it has in a block already; that is no refusal of ours.
            if (await self.inclusion(txid)).block is not None:
                return txid
            raise BroadcastRefusedError(str(error)) from error
        return txid

    async def token_delta(self, contract: str, address: str, height: int) -> int:
        """By how much a block has changed a token's balance of an address, as the contract itself tells."""
        data = f"{BALANCE_OF}{'0' * 24}{address[2:]}"
        call = {"to": contract, "data": data}
        before, after = await self._batch([("eth_call", (call, hex(height - 1))), ("eth_call", (call, hex(height)))])
        return _word(_text_decoder.decode(after)) - _word(_text_decoder.decode(before))

    async def close(self) -> None:
        await self._rpc.close()

    async def _blocks(self, heights: range) -> list[Block]:
        answers = await self._batch([("eth_getBlockByNumber", (hex(height), False)) for height in heights])
        headers: list[_Header] = []
        for height, answer in zip(heights, answers, strict=True):
            header = _decoded(_header_decoder, answer)
            if header is None:
                raise NodeUnavailableError(f"the node has no block {height}")
            if _number(header.number) != height:
                raise NodeFaultError(f"asked for block {height}, got {_number(header.number)}")
            headers.append(header)
        asked = [
            call
            for header in headers
            for call in (
                ("eth_getBlockReceipts", (header.hash,)),
                ("debug_traceBlockByHash", (header.hash, _TRACER)),
            )
        ]
        answers = await self._batch(asked)
        return [
            block_of(header, _decoded(_receipts_decoder, receipts), _decoded(_traces_decoder, traces))
            for header, receipts, traces in zip(headers, answers[::2], answers[1::2], strict=True)
        ]

    async def _call(self, method: str, *params: Any) -> msgspec.Raw:
        try:
            return await self._rpc.call(method, *params)
        except RpcError as error:
            raise NodeFaultError(str(error)) from error

    async def _batch(self, calls: list[tuple[str, Any]]) -> list[msgspec.Raw]:
        try:
            return await self._rpc.batch(calls)
        except RpcError as error:
            raise NodeFaultError(str(error)) from error


def block_of(header: _Header, receipts: list[_Receipt] | None, traces: list[_Trace]) -> Block:
    """All payments of a block. Raises NodeFaultError where the three answers do not fit together."""
    height = _number(header.number)
    receipts = receipts or []
    if [receipt.transactionHash for receipt in receipts] != header.transactions:
        raise NodeFaultError(
            f"block {height}: its receipts are not those of its {len(header.transactions)} transactions"
        )
    if any(receipt.blockHash != header.hash for receipt in receipts):
        raise NodeFaultError(f"block {height}: receipts of another block")
    if len(traces) != len(header.transactions):
        raise NodeFaultError(f"block {height}: {len(traces)} traces of {len(header.transactions)} transactions")
    _check_bloom(header, receipts)
    payments: list[Payment] = []
    for txid, receipt, trace in zip(header.transactions, receipts, traces, strict=True):
        if trace.result is None:
            raise NodeFaultError(f"{txid}: no trace: {trace.error}")
        payments += native_payments(txid, trace.result, receipt.sender.lower())
        if _number(receipt.status) == 1:
            payments += token_payments(txid, receipt.logs)
    payments += [
        Payment(
            f"withdrawal{_number(one.index)}",
            0,
            PaymentKind.NATIVE,
            one.address.lower(),
            _number(one.amount) * GWEI,
        )
        for one in header.withdrawals
    ]
    return Block(height, header.hash, header.parentHash, _number(header.timestamp), payments, [])


def native_payments(txid: str, diff: _Diff, sender: str) -> list[Payment]:
    """Every address that has more of the chain's coin after the transaction than before."""
    payments = []
    for address, after in diff.post.items():
        if after.balance is None:
            continue
        before = diff.pre.get(address)
        amount = _number(after.balance) - _number(before.balance if before and before.balance else "0x0")
        if amount > 0:
            payments.append(Payment(txid, 0, PaymentKind.NATIVE, address.lower(), amount, source=sender))
    return payments


def token_payments(txid: str, logs: list[Log]) -> list[Payment]:
    """Every well-formed ERC-20 `Transfer`, whoever wrote it; the ordinal is the log's within its transaction."""
    payments = []
    for ordinal, log in enumerate(logs):
        # Three topics: an NFT's Transfer has four and no data.
        if len(log.topics) != 3 or log.topics[0] != TRANSFER or len(log.data) != 2 + 2 * _WORD_BYTES:
            continue
        amount = int(log.data, 16)
        if amount == 0 or int(log.topics[2][:26], 16):
            continue
        source, destination = ("0x" + topic[26:].lower() for topic in log.topics[1:])
        contract = log.address.lower()
        payments.append(Payment(txid, ordinal, PaymentKind.TOKEN, destination, amount, contract, source=source))
    return payments


def _check_bloom(header: _Header, receipts: list[_Receipt]) -> None:
    items = (
        bytes.fromhex(item[2:]) for receipt in receipts for log in receipt.logs for item in (log.address, *log.topics)
    )
    if bloom_of(items) != int(header.logsBloom, 16):
        raise NodeFaultError(f"block {_number(header.number)}: logs are missing: they do not fit the header's filter")


def _decoded(decoder: "msgspec.json.Decoder[Any]", raw: msgspec.Raw) -> Any:
    try:
        return decoder.decode(raw)
    except msgspec.DecodeError as error:
        raise NodeFaultError(f"the node's answer has another form: {error}") from error


def _number(text: str | None) -> int:
    if text is None:
        raise NodeFaultError("expected a number, found nothing")
    try:
        return int(text, 16)
    except ValueError:
        raise NodeFaultError(f"expected a number, found {text[:40]!r}") from None


def _word(text: str | None) -> int:
    """A contract's answer as an unsigned number; empty where there is no contract."""
    return 0 if text in (None, "0x") else _number(text[:66] if text else None)
