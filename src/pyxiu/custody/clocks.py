"""The clock's nanoseconds as the timestamps that rows hold."""

import datetime

from pyxiu.kit.clock import Clock


def now_of(clock: Clock) -> datetime.datetime:
    """UTC, in whole microseconds as PostgreSQL keeps them."""
    seconds, nanoseconds = divmod(clock.now_ns(), 10**9)
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.replace(microsecond=nanoseconds // 1_000)
