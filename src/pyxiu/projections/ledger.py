"""Events to ledger rows: the core's postings, each with its number in the record, its reason and its reference.

Invariant: per event and asset the rows sum to zero (available and held together). Rows are numbered 1, 2, … within a
record, so a missing one shows. Limit: an event that moves nothing has no row.
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
from pyxiu.core.postings import postings
from pyxiu.core.types import AssetId, MemberId
from pyxiu.projections.market_assets import MarketAssets

#: (seq, at_ns, event)
Fact: TypeAlias = tuple[int, int, Event]
#: (reason, reference, at_ns): what the rows of an event share. `reference` is a key, a hold, an order or a trade.
About: TypeAlias = tuple[int, str, int]
#: (seq, line, owner, asset, available, held, about). Plain tuples: there are three of them to a command.
LedgerRow: TypeAlias = tuple[int, int, MemberId, AssetId, int, int, About]
_NO_MARKET: Final = (None, None)


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
        kind = type(event)
        about = _ABOUT.get(kind)
        if about is None:
            continue
        if seq != record:
            record, line = seq, 0
        moving: Any = event  # of one of the kinds in the tables below
        base, quote = markets[moving.market] if kind in _OF_MARKETS else _NO_MARKET
        reason, reference_of = about
        shared = (reason or int(moving.kind), reference_of(moving), at_ns)
        for owner, asset, available, held in postings(event, base, quote):
            line += 1
            rows.append((seq, line, owner, asset, available, held, shared))
    return rows


def _key(event: EntryPosted) -> str:
    return event.key


def _hold_id(event: HoldPlaced | HoldSettled | HoldReleased) -> str:
    return event.hold_id


def _order_id(event: OrderAccepted | OrderCanceled | OrderDecremented) -> str:
    return str(event.order_id)


def _trade_id(event: TradeExecuted) -> str:
    return str(event.trade_id)


#: Reason and reference by the kind of event; an entry says its reason itself.
_ABOUT: Final[dict[type[Event], tuple[int, Callable[[Any], str]]]] = {
    EntryPosted: (0, _key),
    HoldPlaced: (EntryReason.HOLD_PLACED.value, _hold_id),
    HoldSettled: (EntryReason.HOLD_SETTLED.value, _hold_id),
    HoldReleased: (EntryReason.HOLD_RELEASED.value, _hold_id),
    OrderAccepted: (EntryReason.ORDER_ACCEPTED.value, _order_id),
    TradeExecuted: (EntryReason.TRADE.value, _trade_id),
    OrderDecremented: (EntryReason.ORDER_DECREMENTED.value, _order_id),
    OrderCanceled: (EntryReason.ORDER_CANCELED.value, _order_id),
}
_OF_MARKETS: Final = frozenset({OrderAccepted, TradeExecuted, OrderDecremented, OrderCanceled})
