"""Every event that moves money as a balanced set of ledger lines.

Invariant: per asset the amounts of one event sum to zero; applying them to accounts gives what `apply` does to the
state, so that projections and audits keep the same books without knowing the rules. Limit: an event names its market,
the caller knows that market's assets.
"""

from enum import IntEnum
from typing import NamedTuple, assert_never

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
from pyxiu.core.types import DUST, EXTERNAL, REVENUE, AssetId, MemberId, Side


class Bucket(IntEnum):
    AVAILABLE = 1
    HELD = 2


class Line(NamedTuple):
    """A signed change of one owner's available or held balance of one asset."""

    owner: MemberId
    asset: AssetId
    bucket: Bucket
    amount: int


OrderMove = OrderAccepted | OrderCanceled | OrderDecremented
HoldMove = HoldPlaced | HoldSettled | HoldReleased


def postings(event: Event, base: AssetId | None = None, quote: AssetId | None = None) -> list[Line]:
    """The lines of one event, without zero amounts; empty for an event that moves nothing.

    `base` and `quote` are the assets of the event's market, needed for events of orders and trades.
    """
    match event:
        case EntryPosted():
            lines = [Line(p.owner, p.asset, Bucket.AVAILABLE, unpack(p.amount)) for p in event.postings]
        case HoldPlaced() | HoldSettled() | HoldReleased():
            lines = _hold_lines(event)
        case OrderAccepted():
            asset = _asset(base, quote, event.side)
            lines = _move(event.member, asset, unpack(event.hold), Bucket.AVAILABLE, Bucket.HELD)
        case OrderCanceled() | OrderDecremented():
            asset = _asset(base, quote, event.side)
            lines = _move(event.member, asset, unpack(event.released), Bucket.HELD, Bucket.AVAILABLE)
        case TradeExecuted():
            assert base is not None, "a trade needs its market's base asset"
            assert quote is not None, "a trade needs its market's quote asset"
            lines = _trade_lines(event, base, quote)
        case _:
            lines = []
    return [line for line in lines if line.amount]


def _asset(base: AssetId | None, quote: AssetId | None, side: Side) -> AssetId:
    asset = quote if side is Side.BUY else base
    assert asset is not None, "an order's hold needs its market's assets"
    return asset


def _move(owner: MemberId, asset: AssetId, amount: int, source: Bucket, target: Bucket) -> list[Line]:
    return [Line(owner, asset, source, -amount), Line(owner, asset, target, amount)]


def _hold_lines(event: HoldMove) -> list[Line]:
    member, asset, amount = event.member, event.asset, unpack(event.amount)
    match event:
        case HoldPlaced():
            return _move(member, asset, amount, Bucket.AVAILABLE, Bucket.HELD)
        case HoldReleased():
            return _move(member, asset, amount, Bucket.HELD, Bucket.AVAILABLE)
        case HoldSettled():
            fee = unpack(event.fee)
            return [
                Line(member, asset, Bucket.HELD, -(amount + fee)),
                Line(EXTERNAL, asset, Bucket.AVAILABLE, amount),
                Line(REVENUE, asset, Bucket.AVAILABLE, fee),
            ]
        case _:
            assert_never(event)


def _trade_lines(trade: TradeExecuted, base: AssetId, quote: AssetId) -> list[Line]:
    buyer, seller = trade.taker, trade.maker
    if trade.taker_side is Side.SELL:
        buyer, seller = seller, buyer
    base_amount, quote_amount = unpack(trade.base_amount), unpack(trade.quote_amount)
    release, buyer_fee, seller_fee = unpack(trade.buyer_release), unpack(trade.buyer_fee), unpack(trade.seller_fee)
    return [
        Line(buyer, quote, Bucket.HELD, -(quote_amount + release)),
        Line(buyer, quote, Bucket.AVAILABLE, release),
        Line(buyer, base, Bucket.AVAILABLE, base_amount - buyer_fee),
        Line(seller, base, Bucket.HELD, -base_amount),
        Line(seller, quote, Bucket.AVAILABLE, quote_amount - seller_fee),
        Line(REVENUE, base, Bucket.AVAILABLE, buyer_fee - trade.buyer_dust),
        Line(DUST, base, Bucket.AVAILABLE, trade.buyer_dust),
        Line(REVENUE, quote, Bucket.AVAILABLE, seller_fee - trade.seller_dust),
        Line(DUST, quote, Bucket.AVAILABLE, trade.seller_dust),
    ]
