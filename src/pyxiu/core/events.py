"""What has happened: one frozen struct per event, in the past tense, complete enough to change state without deciding.

Invariant: applying the events of all records in order to an empty state gives the live state, whatever the version of
the rules that decided them. Tags and field order are the journal's format: append fields with defaults, never reorder.
"""

import msgspec

from pyxiu.core.commands import FeeRule, Posting
from pyxiu.core.types import (
    AssetId,
    CancelReason,
    EntryKind,
    HoldId,
    MarketId,
    MarketState,
    MemberId,
    OrderId,
    OrderKind,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TradeId,
)


class AssetPut(msgspec.Struct, frozen=True, array_like=True, tag=1, gc=False):
    asset: AssetId
    decimals: int


class MarketPut(msgspec.Struct, frozen=True, array_like=True, tag=2, gc=False):
    """A market as it stands now.

    `base_lot` is one lot in base units, `quote_lot` one tick times one lot in quote units.
    """

    market: MarketId
    base: AssetId
    quote: AssetId
    price_precision: int
    amount_precision: int
    min_price: int
    max_price: int
    min_quantity: int
    min_notional: bytes
    base_lot: bytes
    quote_lot: bytes


class MarketStateSet(msgspec.Struct, frozen=True, array_like=True, tag=3, gc=False):
    market: MarketId
    state: MarketState


class FeeSchedulePut(msgspec.Struct, frozen=True, array_like=True, tag=4, gc=False):
    rules: tuple[FeeRule, ...]


class MemberPut(msgspec.Struct, frozen=True, array_like=True, tag=5, gc=False):
    member: MemberId
    group: str
    enabled: bool


class EntryPosted(msgspec.Struct, frozen=True, array_like=True, tag=10, gc=False):
    """Available balances moved by these balanced postings."""

    kind: EntryKind
    key: str
    content_hash: bytes
    postings: tuple[Posting, ...]
    reason: str = ""


class HoldPlaced(msgspec.Struct, frozen=True, array_like=True, tag=11, gc=False):
    """available -> held."""

    hold_id: HoldId
    content_hash: bytes
    member: MemberId
    asset: AssetId
    amount: bytes


class HoldSettled(msgspec.Struct, frozen=True, array_like=True, tag=12, gc=False):
    """held -> external (`amount`) and revenue (`fee`). `remaining` is what the hold has left; at zero it is closed."""

    hold_id: HoldId
    key: str
    content_hash: bytes
    member: MemberId
    asset: AssetId
    amount: bytes
    fee: bytes
    remaining: bytes


class HoldReleased(msgspec.Struct, frozen=True, array_like=True, tag=13, gc=False):
    """held -> available. At `remaining` zero the hold is closed."""

    hold_id: HoldId
    key: str
    content_hash: bytes
    member: MemberId
    asset: AssetId
    amount: bytes
    remaining: bytes


class KeysForgotten(msgspec.Struct, frozen=True, array_like=True, tag=14, gc=False):
    through_seq: int


class OrderAccepted(msgspec.Struct, frozen=True, array_like=True, tag=20, gc=False):
    """A new order; `hold` moved available -> held (quote asset for a buy, base for a sell).

    A GTC limit order counts as standing in the book from here on, at the end of its price level, even while it takes;
    all others never stand in the book. `quantity` of a market order by quote amount is what that amount buys or needs.
    """

    order_id: OrderId
    member: MemberId
    market: MarketId
    side: Side
    kind: OrderKind
    price: int
    quantity: int
    time_in_force: TimeInForce
    post_only: bool
    stp: SelfTradePrevention
    maker_ppm: int
    taker_ppm: int
    hold: bytes
    key: str = ""
    content_hash: bytes = b""
    quote_amount: bytes = b""


class TradeExecuted(msgspec.Struct, frozen=True, array_like=True, tag=21, gc=False):
    """One match at the maker's price.

    The buyer's held falls by `quote_amount + buyer_release` and the seller's by `base_amount`; `buyer_release` (price
    improvement) returns to the buyer's available. The buyer receives `base_amount - buyer_fee`, the seller
    `quote_amount - seller_fee`. Of each fee the `…_dust` part goes to the dust account, the rest to revenue.
    `maker_remaining` and `taker_remaining` are lots after this trade; an order with none left is filled.
    """

    trade_id: TradeId
    market: MarketId
    price: int
    quantity: int
    taker_side: Side
    maker_order_id: OrderId
    taker_order_id: OrderId
    maker: MemberId
    taker: MemberId
    maker_remaining: int
    taker_remaining: int
    base_amount: bytes
    quote_amount: bytes
    buyer_release: bytes
    buyer_fee: bytes
    seller_fee: bytes
    buyer_dust: int
    seller_dust: int


class OrderDecremented(msgspec.Struct, frozen=True, array_like=True, tag=22, gc=False):
    """Self-trade prevention took `quantity` lots off an order that lives on with `remaining`; `released` left held.

    `resting` says whether the order stands in the book, at `price`.
    """

    order_id: OrderId
    member: MemberId
    market: MarketId
    side: Side
    price: int
    resting: bool
    quantity: int
    remaining: int
    released: bytes


class OrderCanceled(msgspec.Struct, frozen=True, array_like=True, tag=23, gc=False):
    """The order ended with `quantity` lots unfilled; `released` went held -> available.

    `resting` says whether the order stood in the book, at `price`.
    """

    order_id: OrderId
    member: MemberId
    market: MarketId
    side: Side
    price: int
    resting: bool
    quantity: int
    released: bytes
    reason: CancelReason


Event = (
    AssetPut
    | MarketPut
    | MarketStateSet
    | FeeSchedulePut
    | MemberPut
    | EntryPosted
    | HoldPlaced
    | HoldSettled
    | HoldReleased
    | KeysForgotten
    | OrderAccepted
    | TradeExecuted
    | OrderDecremented
    | OrderCanceled
)
