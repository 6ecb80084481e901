"""What the stream tells in the API's words: orders, a member's trades, deposits, withdrawals, tickers.

Invariant: an order here has every field that it has over HTTP, and the few that the dialect's events have beside.
Limit: shapes only; `words.py` fills them.
"""

from typing import Annotated, Final

import msgspec

from pyxiu.api.wire.orders import OrderFields
from pyxiu.api.wire.texts import Decimal, Time
from pyxiu.api.wire.trades import TradeFields

_KIND: Final = msgspec.Meta(extra_json_schema={"enum": ["limit", "market"]})
UnixTime = Annotated[int, msgspec.Meta(description="Unix time in seconds.")]


class OrderEvent(OrderFields[UnixTime], frozen=True, gc=False):
    """An order as it is after a change."""

    kind: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["bid", "ask"]})]
    order_type: Annotated[str, _KIND]
    at: Annotated[int, msgspec.Meta(description="The same as `created_at`.")]


class TradeEvent(TradeFields[UnixTime], frozen=True, gc=False):
    """The member's half of a trade."""


class TickerEvent(msgspec.Struct, frozen=True):
    """One market's last 24 hours. Without trades figures are "0.0", except `last`, the latest price ever."""

    name: str
    base_unit: str
    quote_unit: str
    at: Annotated[str, msgspec.Meta(description="Unix time in seconds, as text.")]
    avg_price: Annotated[Decimal, msgspec.Meta(description="Volume-weighted, rounded down to price precision.")]
    high: Decimal
    last: Decimal
    low: Decimal
    open: Decimal
    price_change_percent: Annotated[str, msgspec.Meta(pattern=r"^[+-][0-9]+\.[0-9]{2}%$", examples=["+1.23%"])]
    volume: Annotated[Decimal, msgspec.Meta(description="Traded, in the quote currency.")]
    amount: Annotated[Decimal, msgspec.Meta(description="Traded, in the base currency.")]


class DepositAddressEvent(msgspec.Struct, frozen=True):
    """An address that was given just now, `type` is always `create`."""

    type: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["create"]})]
    currencies: list[str]
    address: str
    state: str
    blockchain_key: str


class DepositEvent(msgspec.Struct, frozen=True):
    """A deposit as it is after a change."""

    id: int
    tid: str
    currency: str
    amount: Annotated[Decimal, msgspec.Meta(description="What is credited, without the fee.")]
    fee: Decimal
    txid: str | None
    state: str
    transfer_type: str
    created_at: Time
    completed_at: Time | None
    blockchain_key: Annotated[str | None, msgspec.Meta(description="null for fiat.")]
    confirmations: Annotated[
        int | msgspec.UnsetType, msgspec.Meta(description="Of coins: blocks that held it at this change.")
    ] = msgspec.UNSET


class WithdrawEvent(msgspec.Struct, frozen=True):
    """A withdrawal as it is after a change; `amount` is what leaves the balance, the fee is in it."""

    id: int
    tid: str
    currency: str
    type: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["coin", "fiat"]})]
    amount: Decimal
    fee: Decimal
    blockchain_txid: str | None
    rid: str
    state: str
    note: str | None
    transfer_type: str
    created_at: Time
    updated_at: Time
    done_at: Time | None
    blockchain_key: Annotated[str | None, msgspec.Meta(description="null for fiat.")]
    confirmations: Annotated[
        int | msgspec.UnsetType, msgspec.Meta(description="Of coins: blocks that held it at this change.")
    ] = msgspec.UNSET
