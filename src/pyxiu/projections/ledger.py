"""Events to ledger rows: for each account that an event touches, what it adds to available and to held.

Invariant: per event and asset the rows sum to zero (available and held together); they are the core's own `postings`,
with the lines of one account taken together. Rows are numbered 1, 2, … within a record, so a missing one shows. Limit:
orders and trades are spelled out here, because `postings` made three quarters of the time that folding takes; the tests
hold both to the same sums.
"""

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Any, Final, TypeAlias

from pyxiu.core.events import (
    EntryPosted,
    Event,
    HoldPlaced,
    HoldReleased,
    HoldSettled,
    OrderAccepted,
    OrderCanceled,
    OrderDecremented,
    TradeExecuted,
)
from pyxiu.core.money import unpack
from pyxiu.core.postings import Bucket, postings
from pyxiu.core.types import DUST, REVENUE, AssetId, MemberId, Side
from pyxiu.projections.market_assets import MarketAssets

#: (seq, at_ns, event)
Fact: TypeAlias = tuple[int, int, Event]
#: (owner, asset, added to available, added to held)
Change: TypeAlias = tuple[MemberId, AssetId, int, int]
#: (reason, reference, at_ns): what the rows of an event share. `reference` is a key, a hold, an order or a trade.
About: TypeAlias = tuple[int, str, int]
#: (seq, line, owner, asset, available, held, about). Plain tuples: there are three of them to a command.
LedgerRow: TypeAlias = tuple[int, int, MemberId, AssetId, int, int, About]
#: Reason, reference and changes of one event.
_Made: TypeAlias = tuple[int, str, list[Change]]

_BUY: Final = Side.BUY


class EntryReason(IntEnum):
    """Why a ledger row is there. Up to 9 the numbers are those of core's EntryKind; stored, so never renumbered."""

    DEPOSIT = 1
    DEPOSIT_REVERSED = 2
    TRANSFER = 3
    ADJUSTMENT = 4
    HOLD_PLACED = 11
    HOLD_SETTLED = 12
    HOLD_RELEASED = 13
    ORDER_ACCEPTED = 20
    TRADE = 21
    ORDER_DECREMENTED = 22
    ORDER_CANCELED = 23


def ledger_rows(facts: Iterable[Fact], markets: MarketAssets) -> list[LedgerRow]:
    """The rows of every event that moves money, in order."""
    rows: list[LedgerRow] = []
    record = line = 0
    for seq, at_ns, event in facts:
        make = _MAKE.get(type(event))
        if make is None:
            continue
        if seq != record:
            record, line = seq, 0
        reason, reference, changes = make(event, markets)
        about = (reason, reference, at_ns)
        for owner, asset, available, held in changes:
            line += 1
            rows.append((seq, line, owner, asset, available, held, about))
    return rows


def _of_acceptance(event: OrderAccepted, markets: MarketAssets) -> _Made:
    base, quote = markets[event.market]
    hold = unpack(event.hold)
    changes = [(event.member, quote if event.side is _BUY else base, -hold, hold)]
    return _ORDER_ACCEPTED, str(event.order_id), changes


def _of_release(event: OrderCanceled | OrderDecremented, markets: MarketAssets) -> _Made:
    base, quote = markets[event.market]
    released = unpack(event.released)
    changes = [(event.member, quote if event.side is _BUY else base, released, -released)] if released else []
    return _RELEASES[type(event)], str(event.order_id), changes


def _of_trade(event: TradeExecuted, markets: MarketAssets) -> _Made:
    base, quote = markets[event.market]
    buyer, seller = event.taker, event.maker
    if event.taker_side is not _BUY:
        buyer, seller = seller, buyer
    bought, paid, released = unpack(event.base_amount), unpack(event.quote_amount), unpack(event.buyer_release)
    buyer_fee, seller_fee = unpack(event.buyer_fee), unpack(event.seller_fee)
    changes = [
        (buyer, quote, released, -(paid + released)),
        (buyer, base, bought - buyer_fee, 0),
        (seller, base, 0, -bought),
        (seller, quote, paid - seller_fee, 0),
        (REVENUE, base, buyer_fee - event.buyer_dust, 0),
        (DUST, base, event.buyer_dust, 0),
        (REVENUE, quote, seller_fee - event.seller_dust, 0),
        (DUST, quote, event.seller_dust, 0),
    ]
    return _TRADE, str(event.trade_id), [change for change in changes if change[2] or change[3]]


def _of_entry(event: EntryPosted, _: MarketAssets) -> _Made:
    return int(event.kind), event.key, _from_postings(event)


def _of_hold(event: HoldPlaced | HoldSettled | HoldReleased, _: MarketAssets) -> _Made:
    return _HOLDS[type(event)], event.hold_id, _from_postings(event)


def _from_postings(event: Event) -> list[Change]:
    """The core's lines, those of one account added up."""
    sums: dict[tuple[MemberId, AssetId], tuple[int, int]] = {}
    for owner, asset, bucket, amount in postings(event):
        available, held = sums.get((owner, asset), (0, 0))
        added = (available + amount, held) if bucket is Bucket.AVAILABLE else (available, held + amount)
        sums[owner, asset] = added
    return [(owner, asset, available, held) for (owner, asset), (available, held) in sums.items()]


# Looked up once: in a loop over events each `EntryReason.X` would cost as much as a row.
_ORDER_ACCEPTED: Final = EntryReason.ORDER_ACCEPTED.value
_TRADE: Final = EntryReason.TRADE.value
_RELEASES: Final[dict[type[Event], int]] = {
    OrderCanceled: EntryReason.ORDER_CANCELED.value,
    OrderDecremented: EntryReason.ORDER_DECREMENTED.value,
}
_HOLDS: Final[dict[type[Event], int]] = {
    HoldPlaced: EntryReason.HOLD_PLACED.value,
    HoldSettled: EntryReason.HOLD_SETTLED.value,
    HoldReleased: EntryReason.HOLD_RELEASED.value,
}
_MAKE: Final[dict[type[Event], Callable[[Any, MarketAssets], _Made]]] = {
    OrderAccepted: _of_acceptance,
    TradeExecuted: _of_trade,
    OrderCanceled: _of_release,
    OrderDecremented: _of_release,
    EntryPosted: _of_entry,
    HoldPlaced: _of_hold,
    HoldSettled: _of_hold,
    HoldReleased: _of_hold,
}
