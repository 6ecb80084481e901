"""Pages of a list.

Invariant: a page is bounded in rows and in how deep it reaches, so that no request makes the database walk a whole
table. Limit: pages are counted from the newest or oldest row, so rows that come in meanwhile shift them.
"""

from typing import Final

import msgspec

LIMIT_MAX: Final = 1_000
#: Rows that may be passed over; the database walks them one by one. Whoever needs older rows narrows the time.
OFFSET_MAX: Final = 100_000


class PageTooDeepError(ValueError):
    """The page lies beyond OFFSET_MAX rows: an answer for the caller ("narrow the time range"), not a fault."""


class Page(msgspec.Struct, frozen=True):
    """`limit` rows (0 to LIMIT_MAX) of page `number`, which starts at 1."""

    limit: int = 100
    number: int = 1

    @property
    def offset(self) -> int:
        """Rows before the page. Raises PageTooDeepError beyond OFFSET_MAX."""
        assert 0 <= self.limit <= LIMIT_MAX, self.limit
        assert self.number >= 1, self.number
        offset = self.limit * (self.number - 1)
        if offset > OFFSET_MAX:
            raise PageTooDeepError(f"page {self.number} of {self.limit} rows begins after more than {OFFSET_MAX} rows")
        return offset
