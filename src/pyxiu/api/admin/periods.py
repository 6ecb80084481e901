"""From when to when: `from` and `to` in seconds since 1970, on pages of lists.

Invariant: `from` is included, `to` is not, so that days follow each other without gap or overlap. Limit: whole seconds.
"""

import datetime
from typing import Annotated, Final

from pyxiu.api.moments import moment_of
from pyxiu.api.pagination import Paged
from pyxiu.api.params import Choice, Integer

#: The year 9999; what is later no calendar of ours can say.
_SECONDS_MAX: Final = 253_402_300_799
Seconds = Annotated[
    int | None,
    Integer(0, _SECONDS_MAX, "admin.period.non_integer", "admin.period.outside", "Seconds since 1970-01-01 00:00 UTC."),
]
Period = Annotated[
    str, Choice(("created", "updated"), "admin.period.invalid_range", "Which time `from` and `to` are about.")
]


class PeriodPage(Paged, frozen=True, kw_only=True):
    from_: Seconds = None
    to: Seconds = None

    @property
    def since(self) -> datetime.datetime | None:
        return moment_of(self.from_)

    @property
    def until(self) -> datetime.datetime | None:
        return moment_of(self.to)
