"""What can be asked of the core: one frozen struct per command, in the imperative.

Invariant: prices are ticks and quantities are lots of their market (64-bit), amounts are 16-byte integers of the
asset's smallest unit (`money.pack`); whoever moves money chooses the key, so that a retry is harmless. Tags and field
order are the wire format: append fields with defaults, never reorder. Limit: a command names at most one market.
"""

from typing import Annotated

import msgspec

from pyxiu.core.money import AMOUNT_BYTES, ZERO
from pyxiu.core.types import (
    AssetId,
    HoldId,
    MarketId,
    MarketState,
    MemberId,
    OrderId,
    OrderKind,
    SelfTradePrevention,
    Side,
    TimeInForce,
)

Amount = Annotated[bytes, msgspec.Meta(min_length=AMOUNT_BYTES, max_length=AMOUNT_BYTES)]


class PutAsset(msgspec.Struct, frozen=True, array_like=True, tag=1, gc=False):
    """Create an asset of 0 to 18 decimals. Decimals cannot change afterwards."""

    asset: AssetId
    decimals: int


class PutMarket(msgspec.Struct, frozen=True, array_like=True, tag=2, gc=False):
    """Create a market, or change the limits of one. A tick is 10^-price_precision, a lot 10^-amount_precision.

    `price_precision + amount_precision` may not exceed the quote asset's decimals nor `amount_precision` the base
    asset's, so that price times quantity is always exact. `max_price` 0 means none. A new market is ENABLED.
    """

    market: MarketId
    base: AssetId
    quote: AssetId
    price_precision: int
    amount_precision: int
    min_price: int = 1
    max_price: int = 0
    min_quantity: int = 1
    min_notional: Amount = ZERO


class SetMarketState(msgspec.Struct, frozen=True, array_like=True, tag=3, gc=False):
    market: MarketId
    state: MarketState


class FeeRule(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Maker and taker fee in parts per million for a member group and a market; `any` matches all."""

    group: str
    market: str
    maker_ppm: int
    taker_ppm: int


class PutFeeSchedule(msgspec.Struct, frozen=True, array_like=True, tag=4, gc=False):
    """Replace the whole fee table. The most specific rule wins: both, then group, then market, then any, then none."""

    rules: tuple[FeeRule, ...]


class PutMember(msgspec.Struct, frozen=True, array_like=True, tag=5, gc=False):
    """Create a member or change the fee group; `enabled` False stops new orders, not cancels."""

    member: MemberId
    group: str = "vip-0"
    enabled: bool = True


class CreditDeposit(msgspec.Struct, frozen=True, array_like=True, tag=10, gc=False):
    key: str
    member: MemberId
    asset: AssetId
    amount: Amount


class DebitDeposit(msgspec.Struct, frozen=True, array_like=True, tag=11, gc=False):
    """Take a credited deposit back (a reorganised chain, a mistake), as far as it is available."""

    key: str
    member: MemberId
    asset: AssetId
    amount: Amount


class PlaceHold(msgspec.Struct, frozen=True, array_like=True, tag=12, gc=False):
    """Reserve available funds under an id, as a withdrawal does. The id is the key and is never used again."""

    hold_id: HoldId
    member: MemberId
    asset: AssetId
    amount: Amount


class SettleHold(msgspec.Struct, frozen=True, array_like=True, tag=13, gc=False):
    """Spend from a hold: `amount` leaves to the external world, `fee` goes to revenue."""

    key: str
    hold_id: HoldId
    amount: Amount
    fee: Amount = ZERO


class ReleaseHold(msgspec.Struct, frozen=True, array_like=True, tag=14, gc=False):
    """Give `amount` of a hold back to available; zero means all that remains."""

    key: str
    hold_id: HoldId
    amount: Amount = ZERO


class Transfer(msgspec.Struct, frozen=True, array_like=True, tag=15, gc=False):
    """Move available funds from one member to another."""

    key: str
    source: MemberId
    target: MemberId
    asset: AssetId
    amount: Amount


class Posting(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A signed line on an owner's available balance; owners are members, `@external`, `@revenue`, `@dust`."""

    owner: MemberId
    asset: AssetId
    amount: Amount


class PostEntry(msgspec.Struct, frozen=True, array_like=True, tag=16, gc=False):
    """A balanced set of postings (an adjustment). Only `@external` may end below zero."""

    key: str
    postings: tuple[Posting, ...]
    reason: str = ""


class ForgetKeys(msgspec.Struct, frozen=True, array_like=True, tag=17, gc=False):
    """Drop remembered money keys up to a sequence number from memory; the engine asks only for keys that it can look
    up elsewhere, so that a key still works for ever.
    """

    through_seq: int


class PlaceOrder(msgspec.Struct, frozen=True, array_like=True, tag=20, gc=False):
    """Place a limit or market order.

    limit: `price` >= 1 and `quantity` >= 1. market: no price, and either `quantity` or `quote_amount` (what to spend or
    to receive, in the quote asset), `max_slippage_ppm` away from the best price at most (0: the default bound).
    `key` is the client order id, "" for none.
    """

    member: MemberId
    market: MarketId
    side: Side
    kind: OrderKind = OrderKind.LIMIT
    price: int = 0
    quantity: int = 0
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    stp: SelfTradePrevention = SelfTradePrevention.CANCEL_NEWEST
    key: str = ""
    quote_amount: Amount = ZERO
    max_slippage_ppm: int = 0


class CancelOrder(msgspec.Struct, frozen=True, array_like=True, tag=21, gc=False):
    """Cancel one open order by id, or by client order id where `order_id` is 0."""

    member: MemberId
    order_id: OrderId
    key: str = ""


class CancelOrders(msgspec.Struct, frozen=True, array_like=True, tag=22, gc=False):
    """Cancel a member's open orders (oldest first), or without a member all of a market (best price first).

    Bounded by MAX_CANCELS_PER_COMMAND; the outcome's `more` says whether to ask again.
    """

    member: MemberId | None = None
    market: MarketId | None = None
    side: Side | None = None


Command = (
    PutAsset
    | PutMarket
    | SetMarketState
    | PutFeeSchedule
    | PutMember
    | CreditDeposit
    | DebitDeposit
    | PlaceHold
    | SettleHold
    | ReleaseHold
    | Transfer
    | PostEntry
    | ForgetKeys
    | PlaceOrder
    | CancelOrder
    | CancelOrders
)
