"""Enter into the ledger what chains have charged and what was paid into our wallets, each once (W-7).

    a fee of 5       @revenue -5   @external +5      the operator's money has left
    an inflow of 7   @external -7  @revenue +7       the operator's money has come

A fee is the operator's expense, so revenue pays it; revenue cannot be below zero. While it has too little, the fee
stays owed, an alarm says so, and the solvency check counts it; it is entered as soon as revenue allows, or somebody
pays money in. Invariant: the entry's key makes a repetition harmless. A chain may count finer than the ledger: of a
network's fees together the ledger has the whole units, rounded down once. Limit: only revenue in the network's own coin
pays its fees.
"""

import hashlib
from typing import Final

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.core.codec import encode_command
from pyxiu.core.commands import PostEntry, Posting
from pyxiu.core.money import pack
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import DESCRIPTIONS, Rejection
from pyxiu.core.types import EXTERNAL, MAX_KEY_LENGTH, MAX_REASON_LENGTH, REVENUE, AssetId
from pyxiu.custody import store as chain_store
from pyxiu.custody.model import NetworkAsset
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.treasury import entry_store
from pyxiu.custody.treasury.model import EntryKind, TreasuryEntry
from pyxiu.kit.failpoints import failpoint

#: Entries of one pass.
ENTRIES_MAX: Final = 200
#: Alarms about them stand under this kind.
ALARM: Final = "fees_not_booked"

_log = structlog.stdlib.get_logger("pyxiu.treasury")


class Booked(msgspec.Struct):
    """How many entries the ledger took, and how many it cannot take now."""

    booked: int = 0
    held_up: int = 0


def fee_key(network: str, txid: str) -> str:
    """The ledger's key of a transaction's fee."""
    return _key("network-fee", network, txid)


def inflow_key(network: str, payment_id: str) -> str:
    """The ledger's key of a payment into a wallet."""
    return _key("treasury-inflow", network, payment_id)


def _key(kind: str, network: str, reference: str) -> str:
    """Readable where it fits; what it is about, hashed, where it would be longer than a key may be."""
    plain = f"{kind}:{network}:{reference}"
    if len(plain) <= MAX_KEY_LENGTH:
        return plain
    return f"{kind}:{hashlib.sha256(f'{network}:{reference}'.encode()).hexdigest()}"


async def note_fees(services: CustodyServices) -> int:
    """Write down the fee of every payout that has become final; how many there were."""
    noted = 0
    async with services.database.begin() as connection:
        await entry_store.lock_entries(connection)
        for row in await entry_store.unnoted_fees(connection, limit=ENTRIES_MAX):
            coin = await services.coin_of(row.network)
            if coin is None:
                _log.error("fee not booked: the network's coin is not listed", network=row.network, txid=row.txid)
                continue
            charged = int(row.chain_fee)
            noted += await entry_store.put_entry(
                connection,
                kind=EntryKind.NETWORK_FEE,
                network=row.network,
                reference=row.txid,
                currency=coin.asset,
                chain_amount=charged,
                amount=await share_of_fee(connection, row.network, coin, charged),
                key=fee_key(row.network, row.txid),
                reason=f"{row.purpose} payout {row.id}",
            )
    return noted


async def share_of_fee(connection: AsyncConnection, network: str, coin: NetworkAsset, charged: int) -> int:
    """This fee's part of the whole units of all that the network has charged."""
    before, given = await entry_store.fee_sums(connection, network, coin.asset)
    return floor_to_engine(coin, before + charged) - given


def floor_to_engine(asset: NetworkAsset, chain_amount: int) -> int:
    """A chain's amount in the engine's units, rounded down."""
    shift = asset.decimals - asset.chain_decimals
    scale: int = 10 ** abs(shift)
    return chain_amount * scale if shift >= 0 else chain_amount // scale


async def book_entries(services: CustodyServices) -> Booked:
    """Tell the ledger what it is owed. What it cannot take is tried again the next time."""
    done = Booked()
    async with services.database.begin() as connection:
        entries = await entry_store.owed_entries(connection, limit=ENTRIES_MAX)
        commands = [encode_command(_command(entry)) for entry in entries if entry.amount]
        failpoint("treasury_before_command")
        outcomes = iter(await services.engine.submit_many(commands) if commands else [])
        failpoint("treasury_after_command")
        for entry in entries:
            await _settle(connection, entry, next(outcomes) if entry.amount else None, done)
        await _alarm(connection)
    return done


async def _settle(connection: AsyncConnection, entry: TreasuryEntry, outcome: Outcome | None, done: Booked) -> None:
    if outcome is None or outcome.rejection is Rejection.NONE:
        await entry_store.set_booked(connection, entry.id, outcome.seq if outcome else None)
        done.booked += 1
        return
    await entry_store.set_held_up(connection, entry.id, DESCRIPTIONS[outcome.rejection])
    done.held_up += 1
    if outcome.rejection is not Rejection.INSUFFICIENT_BALANCE:
        _log.error("treasury entry refused", key=entry.key, rejection=outcome.rejection.name)


def _command(entry: TreasuryEntry) -> PostEntry:
    assert entry.amount is not None, entry
    asset, sign = AssetId(entry.currency), 1 if entry.kind is EntryKind.NETWORK_FEE else -1
    postings = (
        Posting(REVENUE, asset, pack(-sign * entry.amount)),
        Posting(EXTERNAL, asset, pack(sign * entry.amount)),
    )
    return PostEntry(entry.key, postings, f"{entry.kind.value}: {entry.reason}"[:MAX_REASON_LENGTH])


async def _alarm(connection: AsyncConnection) -> None:
    """One alarm a network while revenue is too small for its fees."""
    open_now = {row.network: row for row in await entry_store.held_up_sums(connection)}
    for network, row in open_now.items():
        since = f"{row.since:%Y-%m-%d %H:%M}"
        told = f"{row.entries} entries, {row.amount} units of {row.currency}, since {since}: revenue has too little"
        await chain_store.raise_alarm(connection, network, ALARM, told)
    for network in await entry_store.alarmed_networks(connection, ALARM):
        if network not in open_now:
            await chain_store.clear_alarm(connection, network, ALARM)
