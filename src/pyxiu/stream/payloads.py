"""What public and private frames carry, as types: the shapes that the stream's schema tells.

Invariant: a frame of each stream has the shape that is declared here or, for what is in the API's words, in app/. Books
and candles are written as bytes without these types, for speed; a test holds real frames against the schema. Limit:
market, order and ticker words are plugged in by app/.
"""

from typing import Annotated, Final, Generic, NamedTuple, TypeVar

import msgspec

OrderT = TypeVar("OrderT")

#: A decimal as a JSON string, "0.002".
Decimal = Annotated[
    str, msgspec.Meta(pattern=r"^-?[0-9]+\.[0-9]+$", examples=["0.002"], description="An exact decimal.")
]
_VOLUME: Final = r"^([0-9]+\.[0-9]+|0)$"
Sequence = Annotated[int, msgspec.Meta(ge=0, description="One more than that of the frame before.")]
Checksum = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1, description="CRC-32 of the ten best levels of each side.")]
_Number = Annotated[float, msgspec.Meta(extra_json_schema={"examples": [20000.5]})]


class Level(NamedTuple):
    """A price and the volume there."""

    price: Decimal
    volume: Annotated[str, msgspec.Meta(pattern=_VOLUME, description="0 where the level is gone.")]


class PublicTrade(msgspec.Struct, frozen=True, gc=False):
    """A trade as everyone may see it."""

    tid: int
    taker_type: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["buy", "sell"]})]
    date: Annotated[int, msgspec.Meta(description="Unix time in seconds.")]
    price: Decimal
    amount: Decimal


class PublicTrades(msgspec.Struct, frozen=True, gc=False):
    """What was traded since the frame before, oldest first."""

    trades: list[PublicTrade]


class BookSnapshot(msgspec.Struct, frozen=True):
    """The best levels of both sides, best first. Replaces what the client had."""

    asks: list[Level]
    bids: list[Level]
    sequence: Annotated[int, msgspec.Meta(ge=0)]
    checksum: Checksum


class BookChanges(msgspec.Struct, frozen=True):
    """All changes of a moment, for connections with `?book=nested`."""

    asks: list[Level]
    bids: list[Level]
    sequence: Sequence
    checksum: Checksum


class AskChange(msgspec.Struct, frozen=True):
    """One level that is new, other or gone. The last change of a moment has the checksum."""

    asks: Level
    sequence: Sequence
    checksum: Checksum | msgspec.UnsetType = msgspec.UNSET


class BidChange(msgspec.Struct, frozen=True):
    """One level that is new, other or gone. The last change of a moment has the checksum."""

    bids: Level
    sequence: Sequence
    checksum: Checksum | msgspec.UnsetType = msgspec.UNSET


class BookUpdate(msgspec.Struct, frozen=True):
    """The whole book."""

    asks: list[Level]
    bids: list[Level]


class Candle(NamedTuple):
    """The running candle: start in unix seconds, open, high, low, close, volume."""

    start: Annotated[int, msgspec.Meta(description="Unix time in seconds.")]
    open: _Number
    high: _Number
    low: _Number
    close: _Number
    volume: _Number


class Balance(msgspec.Struct, frozen=True, gc=False):
    """One balance as it is now; `balance` is what is available."""

    currency: str
    balance: Decimal
    locked: Decimal


#: By currency: available and locked.
Balances = Annotated[dict[str, tuple[Decimal, Decimal]], msgspec.Meta(description="Available and locked, by currency.")]


class OpenOrders(msgspec.Struct, Generic[OrderT], frozen=True):
    """The open orders, newest first; `complete` is false where there are more."""

    orders: list[OrderT]
    complete: bool
