"""The time range of a member's lists: `time_from` included, `time_to` not, both in unix seconds."""

from typing import Annotated

from pyxiu.api.moments import time_parameter

From = Annotated[
    int | None,
    time_parameter("market.order", "time_from", "Only what was created at or after this time, unix seconds."),
]
To = Annotated[
    int | None, time_parameter("market.order", "time_to", "Only what was created before this time, unix seconds.")
]
TradesFrom = Annotated[
    int | None, time_parameter("market.trade", "time_from", "Only trades at or after this time, unix seconds.")
]
TradesTo = Annotated[
    int | None, time_parameter("market.trade", "time_to", "Only trades before this time, unix seconds.")
]


def ns_of(unix_s: int | None) -> int | None:
    return None if unix_s is None else unix_s * 10**9
