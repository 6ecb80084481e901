"""The names of streams, from text to what they mean.

Invariant: a name that is understood here has exactly one channel behind it. Limit: whether the market exists is asked
where the channel is looked up.
"""

from enum import StrEnum
from typing import Final, NamedTuple


class Kind(StrEnum):
    """Public streams; the text is what follows the market's id."""

    TICKERS = "tickers"
    TRADES = "trades"
    BOOK = "ob-inc"
    UPDATE = "update"
    CANDLES = "kline"


class Private(StrEnum):
    """A member's own streams."""

    ORDER = "order"
    TRADE = "trade"
    BALANCE = "balance"
    BALANCES = "balances"
    ORDERS = "orders"
    DEPOSIT_ADDRESS = "deposit_address"
    DEPOSIT = "deposit"
    WITHDRAW = "withdraw"


class PublicName(NamedTuple):
    """`market` is empty for the tickers, `period` in minutes is 0 for all but candles."""

    kind: Kind
    market: str
    period: int = 0


TICKERS: Final = "global.tickers"
NAME_LENGTH_MAX: Final = 128
#: Minutes by the wire's word, as in `projections.candles.PERIODS`.
PERIODS: Final = {
    "1m": 1,
    "5m": 5,
    "15m": 15,
    "30m": 30,
    "1h": 60,
    "2h": 120,
    "4h": 240,
    "6h": 360,
    "12h": 720,
    "1d": 1440,
    "3d": 4320,
    "1w": 10080,
}
PERIOD_WORDS: Final = {minutes: word for word, minutes in PERIODS.items()}
_PRIVATE: Final = {name.value: name for name in Private}
_OF_MARKET: Final = {kind.value: kind for kind in (Kind.TRADES, Kind.BOOK, Kind.UPDATE)}
_CANDLES_PREFIX: Final = f"{Kind.CANDLES}-"


def parse_name(name: str) -> PublicName | Private | None:
    """What a stream's name means, None if nothing."""
    if name == TICKERS:
        return PublicName(Kind.TICKERS, "")
    market, point, kind = name.rpartition(".")
    if not point:
        return _PRIVATE.get(name)
    if not market or len(name) > NAME_LENGTH_MAX:
        return None
    if kind in _OF_MARKET:
        return PublicName(_OF_MARKET[kind], market)
    if kind.startswith(_CANDLES_PREFIX):
        period = PERIODS.get(kind[len(_CANDLES_PREFIX) :])
        return None if period is None else PublicName(Kind.CANDLES, market, period)
    return None


def name_of(name: PublicName) -> str:
    """The text of a name."""
    match name.kind:
        case Kind.TICKERS:
            return TICKERS
        case Kind.CANDLES:
            return f"{name.market}.{Kind.CANDLES}-{PERIOD_WORDS[name.period]}"
        case Kind.TRADES | Kind.BOOK | Kind.UPDATE:
            return f"{name.market}.{name.kind}"
