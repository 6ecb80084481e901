"""Pages: the parameters `limit` and `page`, and the headers Total, Per-Page and Page.

Invariant: pages count from 1, and a page beyond the end is an empty list. Limit: PAGE_MAX keeps offsets small enough
for the database's integers; lists of a member's orders and trades go no deeper than the projections allow.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, TypeVar

from pyxiu.api.endpoint import Reply
from pyxiu.api.params import Choice, Integer, Query

LIMIT_MAX: Final = 1_000
PAGE_MAX: Final = 1_000_000_000

Limit = Annotated[
    int,
    Integer(
        1,
        LIMIT_MAX,
        malformed="pagination.non_integer_limit",
        outside="pagination.invalid_limit",
        description="Rows on a page.",
    ),
]
PageNumber = Annotated[
    int,
    Integer(
        1,
        PAGE_MAX,
        malformed="pagination.non_integer_page",
        outside="pagination.non_positive_page",
        description="Which page.",
    ),
]
Ordering = Annotated[str, Choice(("asc", "desc"), "pagination.invalid_ordering", "Ascending or descending.")]

Row = TypeVar("Row")


class Paged(Query, frozen=True):
    limit: Limit = 100
    page: PageNumber = 1


def page_headers(*, limit: int, page: int, total: int | None = None) -> tuple[tuple[str, str], ...]:
    headers = (("Per-Page", str(limit)), ("Page", str(page)))
    return headers if total is None else (("Total", str(total)), *headers)


def paged(rows: Sequence[Row], query: Paged, entity: Callable[[Row], Any]) -> Reply:
    """The asked page of a list that is in memory."""
    first = (query.page - 1) * query.limit
    page = [entity(row) for row in rows[first : first + query.limit]]
    return Reply(page, headers=page_headers(limit=query.limit, page=query.page, total=len(rows)))
