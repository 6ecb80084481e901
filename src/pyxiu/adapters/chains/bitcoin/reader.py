"""Reading a node of the Bitcoin family: blocks with every output and every spent output in them.

Outputs are named by their script in hex, which every version of every node gives, whatever it calls addresses. The
coins that Litecoin's MWEB pays out are outputs of the block's last transaction (HogEx), and only those are coins on
this chain; the wallet's other row for the same money never gets here. Invariant: what `blocks` returns is linked by
parent hashes from first to last. Limit: nothing of the node's wallet is used to find payments, and what its pool has is
told apart from blocks.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import msgspec

from pyxiu.adapters.chains.bitcoin.params import Network
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
    PoolTransaction,
    Spend,
    WrongChainError,
)
from pyxiu.kit.decimals import parse_decimal

DECIMALS: Final = 8
#: Blocks asked for in one request: full ones are some ten megabytes of JSON each.
BLOCKS_PER_REQUEST: Final = 4
HASHES_PER_REQUEST: Final = 500
#: Of the pool; one may have some hundred kilobytes of JSON.
TRANSACTIONS_PER_REQUEST: Final = 100

OUT_OF_RANGE: Final = -8
NOT_FOUND: Final = -5
ALREADY_IN_CHAIN: Final = -27
_ALREADY_KNOWN: Final = ("txn-already-in-mempool", "txn-already-known", "already in block chain")
#: OP_8 and 32 bytes: the HogAddr output that only the peg-out transaction begins with.
_HOGADDR: Final = "witness_mweb_hogaddr"
_NULL_DATA: Final = "nulldata"


class _Script(msgspec.Struct):
    hex: str = ""
    type: str = ""


class _Output(msgspec.Struct):
    n: int = 0
    value: msgspec.Raw = msgspec.Raw(b"0")
    scriptPubKey: _Script | None = None  # noqa: N815 - the node's name
    ismweb: bool = False


class _Input(msgspec.Struct):
    txid: str = ""
    vout: int = 0
    ismweb: bool = False


class _Transaction(msgspec.Struct):
    txid: str
    vin: list[_Input]
    vout: list[_Output]


class _Pooled(_Transaction):
    #: Mined meanwhile, if it has one.
    blockhash: str = ""


class _Block(msgspec.Struct):
    hash: str
    height: int
    time: int
    tx: list[_Transaction]
    previousblockhash: str = ""


class _Header(msgspec.Struct):
    height: int
    confirmations: int


class _Located(msgspec.Struct):
    blockhash: str = ""


class _Chain(msgspec.Struct):
    blocks: int
    bestblockhash: str
    initialblockdownload: bool = False


_block_decoder = msgspec.json.Decoder(_Block)
_header_decoder = msgspec.json.Decoder(_Header)
_located_decoder = msgspec.json.Decoder(_Located)
_chain_decoder = msgspec.json.Decoder(_Chain)
_text_decoder = msgspec.json.Decoder(str)
_texts_decoder = msgspec.json.Decoder(list[str])
_pooled_decoder = msgspec.json.Decoder(_Pooled)


class BitcoinReader:
    """A `ChainReader`, `PoolReader` and `Broadcaster` over the node's JSON-RPC."""

    def __init__(self, url: str, network: Network) -> None:
        self._rpc = JsonRpc(url)
        self._network = network

    async def check(self) -> None:
        genesis = await self.hash_at(0)
        if genesis != self._network.genesis:
            raise WrongChainError(
                f"{self._network.name}: expected a node with genesis {self._network.genesis}, found {genesis}"
            )
        for checkpoint in self._network.checkpoints:
            found = await self.hash_at(checkpoint.height)
            if found is None:
                raise NodeUnavailableError(
                    f"{self._network.name}: the node has not come to block {checkpoint.height} yet, which tells it "
                    "from the chains that have split off"
                )
            if found != checkpoint.hash:
                raise WrongChainError(
                    f"{self._network.name}: expected block {checkpoint.height} to be {checkpoint.hash}, found {found}"
                )

    async def tip(self) -> BlockRef:
        chain = _chain_decoder.decode(await self._rpc.call("getblockchaininfo"))
        return BlockRef(chain.blocks, chain.bestblockhash)

    async def hash_at(self, height: int) -> str | None:
        try:
            return _text_decoder.decode(await self._rpc.call("getblockhash", height))
        except RpcError as error:
            if error.code == OUT_OF_RANGE:
                return None
            raise NodeFaultError(str(error)) from error

    async def blocks(self, first: int, last: int) -> list[Block]:
        assert 0 <= first <= last, (first, last)
        hashes = await self._hashes(first, last)
        found: list[Block] = []
        for start in range(0, len(hashes), BLOCKS_PER_REQUEST):
            found += await self._blocks(first + start, hashes[start : start + BLOCKS_PER_REQUEST])
        for parent, child in pairwise(found):
            if child.parent != parent.hash:
                raise NodeFaultError(
                    f"block {child.height} does not follow block {parent.height}: the chain has changed"
                )
        return found

    async def inclusion(self, txid: str) -> Inclusion:
        """Needs the transaction index, or a transaction that the node's pool or its own wallet knows."""
        try:
            located = _located_decoder.decode(await self._rpc.call("getrawtransaction", txid, True))
        except RpcError as error:
            if error.code == NOT_FOUND:
                return Inclusion(pooled=False)
            raise NodeFaultError(str(error)) from error
        if not located.blockhash:
            return Inclusion(pooled=True)
        header = _header_decoder.decode(await self._rpc.call("getblockheader", located.blockhash))
        if header.confirmations < 0:  # a block of a branch that lost
            return Inclusion(pooled=False)
        return Inclusion(pooled=False, block=BlockRef(header.height, located.blockhash))

    async def pool_ids(self) -> list[str]:
        try:
            return _texts_decoder.decode(await self._rpc.call("getrawmempool"))
        except (RpcError, msgspec.DecodeError) as error:
            raise NodeFaultError(str(error)) from error

    async def pool_transactions(self, txids: Sequence[str]) -> list[PoolTransaction]:
        found: list[_Pooled] = []
        try:
            for start in range(0, len(txids), TRANSACTIONS_PER_REQUEST):
                asked = txids[start : start + TRANSACTIONS_PER_REQUEST]
                calls = [("getrawtransaction", (txid, True)) for txid in asked]
                found += map(_pooled_decoder.decode, await self._rpc.batch_found(calls, missing=NOT_FOUND))
        except (RpcError, msgspec.DecodeError) as error:
            raise NodeFaultError(f"transactions of the pool: {error}") from error
        return [
            PoolTransaction(
                one.txid,
                payments_of(one.txid, one.vout, min_depth=0),
                [f"{spend.spent_txid}:{spend.spent_ordinal}" for spend in spends_of(one)],
            )
            for one in found
            if not one.blockhash
        ]

    async def broadcast(self, signed: bytes) -> str:
        try:
            return _text_decoder.decode(await self._rpc.call("sendrawtransaction", signed.hex()))
        except RpcError as error:
            if error.code == ALREADY_IN_CHAIN or any(text in error.message for text in _ALREADY_KNOWN):
                decoded = await self._rpc.call("decoderawtransaction", signed.hex())
                return msgspec.json.decode(decoded, type=_Transaction).txid
            raise BroadcastRefusedError(str(error)) from error

    async def close(self) -> None:
        await self._rpc.close()

    async def _hashes(self, first: int, last: int) -> list[str]:
        hashes: list[str] = []
        try:
            for start in range(first, last + 1, HASHES_PER_REQUEST):
                heights = range(start, min(start + HASHES_PER_REQUEST, last + 1))
                answers = await self._rpc.batch([("getblockhash", (height,)) for height in heights])
                hashes += map(_text_decoder.decode, answers)
        except RpcError as error:
            if error.code == OUT_OF_RANGE:
                raise NodeUnavailableError(f"the node has no block {last} any more: {error}") from error
            raise NodeFaultError(str(error)) from error
        return hashes

    async def _blocks(self, first: int, hashes: list[str]) -> list[Block]:
        try:
            answers = await self._rpc.batch([("getblock", (block_hash, 2)) for block_hash in hashes])
            raw_blocks = [_block_decoder.decode(answer) for answer in answers]
        except (RpcError, msgspec.DecodeError) as error:
            raise NodeFaultError(f"blocks from {first}: {error}") from error
        blocks = []
        for number, (block_hash, raw) in enumerate(zip(hashes, raw_blocks, strict=True)):
            if (raw.hash, raw.height) != (block_hash, first + number):
                raise NodeFaultError(f"asked for block {first + number} {block_hash}, got {raw.height} {raw.hash}")
            blocks.append(block_of(raw, self._network))
        return blocks


def parsed_block(answer: bytes, network: Network) -> Block:
    """A block from what the node says to `getblock … 2`."""
    return block_of(_block_decoder.decode(answer), network)


def block_of(raw: _Block, network: Network) -> Block:
    """All outputs and spends of a block, apart from outputs that nobody can own."""
    payments: list[Payment] = []
    spends: list[Spend] = []
    for position, transaction in enumerate(raw.tx):
        min_depth = network.coinbase_maturity if position == 0 else 0
        outputs = transaction.vout
        if outputs and outputs[0].scriptPubKey is not None and outputs[0].scriptPubKey.type == _HOGADDR:
            outputs = outputs[1:]
            min_depth = network.pegout_maturity
        payments += payments_of(transaction.txid, outputs, min_depth=min_depth)
        spends += spends_of(transaction)
    return Block(raw.height, raw.hash, raw.previousblockhash, raw.time, payments, spends)


def payments_of(txid: str, outputs: Sequence[_Output], *, min_depth: int) -> list[Payment]:
    """A transaction's outputs, apart from those that nobody can own or that are inside MWEB."""
    payments = []
    for output in outputs:
        script = output.scriptPubKey
        if output.ismweb or script is None or script.type == _NULL_DATA:
            continue
        amount = _amount(output, txid)
        payments.append(Payment(txid, output.n, PaymentKind.OUTPUT, script.hex, amount, min_depth=min_depth))
    return payments


def spends_of(transaction: _Transaction) -> list[Spend]:
    """What a transaction spends outside MWEB; a coinbase spends nothing."""
    return [
        Spend(transaction.txid, spent.txid, spent.vout) for spent in transaction.vin if spent.txid and not spent.ismweb
    ]


def _amount(output: _Output, txid: str) -> int:
    # As text: a float would lose the last digit of large amounts.
    amount = parse_decimal(bytes(output.value).decode("ascii"), DECIMALS)
    if amount is None or amount < 0:
        raise NodeFaultError(f"{txid}:{output.n}: expected an amount, found {bytes(output.value)!r}")
    return amount
