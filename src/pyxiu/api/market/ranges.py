"""The time range of a member's lists: `time_from` included, `time_to` not, both in unix seconds."""

from typing import Annotated, Final

from pyxiu.api.params import Integer

#: Fits into nanoseconds of 64 bits.
TIME_S_MAX: Final = 9_000_000_000

From = Annotated[
    int | None,
    Integer(
        0,
        TIME_S_MAX,
        "market.order.non_integer_time_from",
        "market.order.invalid_time_from",
        "Only what was created at or after this time, unix seconds.",
        empty="market.order.empty_time_from",
    ),
]
To = Annotated[
    int | None,
    Integer(
        0,
        TIME_S_MAX,
        "market.order.non_integer_time_to",
        "market.order.invalid_time_to",
        "Only what was created before this time, unix seconds.",
        empty="market.order.empty_time_to",
    ),
]
TradesFrom = Annotated[
    int | None,
    Integer(
        0,
        TIME_S_MAX,
        "market.trade.non_integer_time_from",
        "market.trade.invalid_time_from",
        "Only trades at or after this time, unix seconds.",
        empty="market.trade.empty_time_from",
    ),
]
TradesTo = Annotated[
    int | None,
    Integer(
        0,
        TIME_S_MAX,
        "market.trade.non_integer_time_to",
        "market.trade.invalid_time_to",
        "Only trades before this time, unix seconds.",
        empty="market.trade.empty_time_to",
    ),
]


def ns_of(unix_s: int | None) -> int | None:
    return None if unix_s is None else unix_s * 10**9
