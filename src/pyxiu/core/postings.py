"""Every event that moves money as a balanced set of ledger lines.

Invariant: per asset the amounts of one event sum to zero, available and held taken together; adding them to accounts
gives what `apply` does to the state, so that projections and audits keep the same books without knowing the rules.
Limit: an event names its market, the caller knows that market's assets.
"""

from collections.abc import Callable
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
from pyxiu.core.types import BUY, DUST, EXTERNAL, REVENUE, AssetId, MemberId

#: (owner, asset, added to available, added to held). A plain tuple: a command makes three of them.
Line: TypeAlias = tuple[MemberId, AssetId, int, int]


def postings(event: Event, base: AssetId | None = None, quote: AssetId | None = None) -> list[Line]:
    """The lines of one event, without empty ones; none for an event that moves nothing.

    `base` and `quote` are the assets of the event's market, needed for events of orders and trades.
    """
    lines = _LINES.get(type(event))
    return [line for line in lines(event, base, quote) if line[2] or line[3]] if lines is not None else []


def _of_entry(event: EntryPosted, _base: AssetId, _quote: AssetId) -> list[Line]:
    return [(posting.owner, posting.asset, unpack(posting.amount), 0) for posting in event.postings]


def _of_hold_placed(event: HoldPlaced, _base: AssetId, _quote: AssetId) -> list[Line]:
    amount = unpack(event.amount)
    return [(event.member, event.asset, -amount, amount)]


def _of_hold_released(event: HoldReleased, _base: AssetId, _quote: AssetId) -> list[Line]:
    amount = unpack(event.amount)
    return [(event.member, event.asset, amount, -amount)]


def _of_hold_settled(event: HoldSettled, _base: AssetId, _quote: AssetId) -> list[Line]:
    amount, fee = unpack(event.amount), unpack(event.fee)
    return [
        (event.member, event.asset, 0, -(amount + fee)),
        (EXTERNAL, event.asset, amount, 0),
        (REVENUE, event.asset, fee, 0),
    ]


def _of_acceptance(event: OrderAccepted, base: AssetId, quote: AssetId) -> list[Line]:
    hold = unpack(event.hold)
    return [(event.member, quote if event.side is BUY else base, -hold, hold)]


def _of_release(event: OrderCanceled | OrderDecremented, base: AssetId, quote: AssetId) -> list[Line]:
    released = unpack(event.released)
    return [(event.member, quote if event.side is BUY else base, released, -released)]


def _of_trade(trade: TradeExecuted, base: AssetId, quote: AssetId) -> list[Line]:
    buyer, seller = trade.taker, trade.maker
    if trade.taker_side is not BUY:
        buyer, seller = seller, buyer
    bought, paid, released = unpack(trade.base_amount), unpack(trade.quote_amount), unpack(trade.buyer_release)
    buyer_fee, seller_fee = unpack(trade.buyer_fee), unpack(trade.seller_fee)
    return [
        (buyer, quote, released, -(paid + released)),
        (buyer, base, bought - buyer_fee, 0),
        (seller, base, 0, -bought),
        (seller, quote, paid - seller_fee, 0),
        (REVENUE, base, buyer_fee - trade.buyer_dust, 0),
        (DUST, base, trade.buyer_dust, 0),
        (REVENUE, quote, seller_fee - trade.seller_dust, 0),
        (DUST, quote, trade.seller_dust, 0),
    ]


_LINES: Final[dict[type[Event], Callable[[Any, Any, Any], list[Line]]]] = {
    EntryPosted: _of_entry,
    HoldPlaced: _of_hold_placed,
    HoldReleased: _of_hold_released,
    HoldSettled: _of_hold_settled,
    OrderAccepted: _of_acceptance,
    OrderCanceled: _of_release,
    OrderDecremented: _of_release,
    TradeExecuted: _of_trade,
}
