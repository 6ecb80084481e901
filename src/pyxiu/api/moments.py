"""Points in time as requests name them: whole seconds since 1970.

Invariant: a bound that is left out is no bound. Limit: which end is included is said where the list is.
"""

import datetime
from typing import Final

from pyxiu.api.params import Integer

#: Fits into nanoseconds of 64 bits.
TIME_S_MAX: Final = 9_000_000_000


def time_parameter(prefix: str, name: str, description: str) -> Integer:
    """Unix seconds; `prefix` is that of the codes for what is none."""
    return Integer(
        0, TIME_S_MAX, f"{prefix}.non_integer_{name}", f"{prefix}.invalid_{name}", description, f"{prefix}.empty_{name}"
    )


def moment_of(unix_s: int | None) -> datetime.datetime | None:
    return None if unix_s is None else datetime.datetime.fromtimestamp(unix_s, datetime.UTC)
