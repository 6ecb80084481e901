"""Building transactions of the Bitcoin family and looking at what became of them; without keys.

Every input says that it may be replaced (BIP 125), so that a fee can be raised later. Invariant: sizes are rounded up,
so a fee that is computed from one is never below the rate. Limit: outputs of ours are P2WPKH or P2PKH, as
`addresses.py` derives them.
"""

from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec
from embit.script import Script
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from pyxiu.adapters.chains.bitcoin.addresses import script_of
from pyxiu.adapters.chains.bitcoin.params import Network
from pyxiu.adapters.chains.bitcoin.reader import DECIMALS, NOT_FOUND, BitcoinReader
from pyxiu.adapters.chains.json_rpc import JsonRpc, RpcError
from pyxiu.custody.chain import (
    Inclusion,
    InvalidAddressError,
    NodeFaultError,
    NodeUnavailableError,
    PoolTransaction,
)
from pyxiu.custody.payouts.ports import Coin, FeeQuote, ForeignSpend, Pooled
from pyxiu.kit.decimals import parse_decimal

#: Below the two largest sequence numbers: the transaction may be replaced.
REPLACEABLE: Final = 0xFFFFFFFD
VERSION: Final = 2
#: Blocks in which a payout should be mined.
TARGET_BLOCKS: Final = 3
#: Weight of what is not counted below: version, lock time, counters, the segwit marker.
_OVERHEAD_VBYTES: Final = 12
_WITNESS_INPUT_VBYTES: Final = 68
_LEGACY_INPUT_VBYTES: Final = 149
#: What Bitcoin's own rule for dust takes for the input that spends an output later.
_DUST_SPEND_BYTES: Final = {True: 67, False: 148}
Told = TypeVar("Told")


class _Estimate(msgspec.Struct):
    feerate: msgspec.Raw = msgspec.Raw(b"null")


class _Pool(msgspec.Struct):
    """Older nodes do not tell what they relay at least."""

    mempoolminfee: msgspec.Raw
    minrelaytxfee: msgspec.Raw = msgspec.Raw(b"0")
    #: Not yet, for a while after a start: the node reads what it had kept on its disk. Older nodes do not tell.
    loaded: bool = True


class _EntryFees(msgspec.Struct):
    ancestor: msgspec.Raw = msgspec.Raw(b"")


class _Entry(msgspec.Struct):
    """Nodes that do not reckon with ancestors (Bitcoin Cash) tell nothing of them."""

    ancestorsize: int = 0
    fees: _EntryFees | None = None


class _Output(msgspec.Struct):
    n: int
    value: msgspec.Raw


class _Input(msgspec.Struct):
    txid: str = ""
    vout: int = 0


class _Transaction(msgspec.Struct):
    vin: list[_Input]
    vout: list[_Output]


class BitcoinPayouts:
    """Implements the port `UtxoChain`."""

    def __init__(self, url: str, network: Network) -> None:
        self._network = network
        self._rpc = JsonRpc(url)
        self._reader = BitcoinReader(url, network)

    @property
    def name(self) -> str:
        return self._network.name

    def destination(self, address: str) -> str | None:
        try:
            return script_of(address, self._network)
        except InvalidAddressError:
            return None

    def dust(self, destination: str) -> int:
        output = 9 + len(destination) // 2
        spent_later = (output + _DUST_SPEND_BYTES[_is_witness(destination)]) * self._network.dust_rate // 1_000
        return max(self._network.dust_min, spent_later)

    def size(self, scripts: Sequence[str], destinations: Sequence[str]) -> int:
        inputs = sum(_WITNESS_INPUT_VBYTES if _is_witness(script) else _LEGACY_INPUT_VBYTES for script in scripts)
        # Counters of more than 252 inputs or outputs take two bytes more each.
        return _OVERHEAD_VBYTES + 4 + inputs + sum(9 + len(script) // 2 for script in destinations)

    def build(self, coins: Sequence[Coin], outputs: Sequence[tuple[str, int]]) -> bytes:
        return unsigned_transaction([coin.id for coin in coins], outputs)

    async def previous(self, coins: Sequence[Coin]) -> dict[str, str]:
        """Needs the transaction index."""
        if self._network.covers_amounts:
            return {}
        txids = sorted({coin.id.partition(":")[0] for coin in coins})
        return {txid: _read(await self._asked("getrawtransaction", txid), str) for txid in txids}

    async def fees(self) -> FeeQuote:
        pool = _read(await self._asked("getmempoolinfo"), _Pool)
        floor = max(_satoshi(pool.mempoolminfee), _satoshi(pool.minrelaytxfee))
        estimate = _read(await self._asked("estimatesmartfee", TARGET_BLOCKS), _Estimate)
        # A node that has seen too few blocks has no estimate.
        rate = 0 if bytes(estimate.feerate) == b"null" else _satoshi(estimate.feerate)
        return FeeQuote(max(rate, floor), floor)

    async def inclusion(self, txid: str) -> Inclusion:
        return await self._reader.inclusion(txid)

    async def pooled(self, txid: str) -> Pooled | None:
        try:
            answer = await self._rpc.call("getmempoolentry", txid)
        except RpcError as error:
            if error.code == NOT_FOUND:
                return None
            raise NodeUnavailableError(str(error)) from error
        entry = _read(answer, _Entry)
        if entry.fees is None or not bytes(entry.fees.ancestor) or not entry.ancestorsize:
            return None
        return Pooled(entry.ancestorsize, _satoshi(entry.fees.ancestor))

    async def pool_ids(self) -> list[str]:
        if not _read(await self._asked("getmempoolinfo"), _Pool).loaded:
            raise NodeUnavailableError("the node has not read its pool yet")
        return await self._reader.pool_ids()

    async def pool_transactions(self, txids: Sequence[str]) -> list[PoolTransaction]:
        return await self._reader.pool_transactions(txids)

    async def fee_paid(self, txid: str) -> int | None:
        [paid] = await self._transactions([txid])
        if paid is None or not paid.vin or any(not one.txid for one in paid.vin):
            return None  # no such transaction here, or one that spends what is no output: new coins, MWEB
        before = sorted({one.txid for one in paid.vin})
        spent = dict(zip(before, await self._transactions(before), strict=True))
        total = 0
        for one in paid.vin:
            source = spent[one.txid]
            if source is None:
                return None
            total += sum(_satoshi(output.value) for output in source.vout if output.n == one.vout)
        return total - sum(_satoshi(output.value) for output in paid.vout)

    async def spends(self, txid: str, height: int) -> ForeignSpend | None:
        [block] = await self._reader.blocks(height, height)
        pays = tuple((payment.destination, "", payment.amount) for payment in block.payments if payment.txid == txid)
        return ForeignSpend(txid, pays) if pays else None

    async def height(self) -> int:
        return (await self._reader.tip()).height

    async def close(self) -> None:
        await self._reader.close()
        await self._rpc.close()

    async def _transactions(self, txids: Sequence[str]) -> list[_Transaction | None]:
        """Needs the transaction index; None for those that the node does not have."""
        found: list[_Transaction | None] = []
        for txid in txids:
            try:
                answer = await self._rpc.call("getrawtransaction", txid, True)
            except RpcError as error:
                if error.code != NOT_FOUND:
                    raise NodeUnavailableError(str(error)) from error
                found.append(None)
                continue
            found.append(_read(answer, _Transaction))
        return found

    async def _asked(self, method: str, *params: object) -> msgspec.Raw:
        try:
            return await self._rpc.call(method, *params)
        except RpcError as error:
            raise NodeUnavailableError(str(error)) from error


def unsigned_transaction(coins: Sequence[str], outputs: Sequence[tuple[str, int]]) -> bytes:
    """`coins` are `txid:n`; outputs are (script in hex, satoshi), in this order."""
    inputs = []
    for coin in coins:
        txid, _, ordinal = coin.partition(":")
        inputs.append(TransactionInput(bytes.fromhex(txid), int(ordinal), sequence=REPLACEABLE))
    paid = [TransactionOutput(amount, Script(bytes.fromhex(script))) for script, amount in outputs]
    return bytes(Transaction(version=VERSION, vin=inputs, vout=paid, locktime=0).serialize())


def _read(answer: msgspec.Raw, kind: type[Told]) -> Told:
    """Raises NodeFaultError for an answer of another form: nodes of the family differ."""
    try:
        return msgspec.json.decode(answer, type=kind)
    except msgspec.DecodeError as error:
        raise NodeFaultError(f"expected {kind.__name__.strip('_').lower()} of the node: {error}") from error


def _is_witness(script: str) -> bool:
    """A version byte (OP_0, OP_1 to OP_16) and one push of the rest."""
    raw = bytes.fromhex(script)
    return 4 <= len(raw) <= 42 and (raw[0] == 0 or 0x51 <= raw[0] <= 0x60) and raw[1] == len(raw) - 2


def _satoshi(raw: msgspec.Raw) -> int:
    """A rate in coins for 1,000 vbytes; rounded up, as the digits after the eighth are a float's."""
    text = bytes(raw).decode("ascii")
    exact = parse_decimal(text, DECIMALS)
    if exact is not None:
        return exact
    try:
        return int(float(text) * 10**DECIMALS) + 1
    except ValueError:
        raise NodeFaultError(f"expected a fee rate, found {text[:40]!r}") from None
