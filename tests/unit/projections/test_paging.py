"""Pages and conditions of reads."""

import pytest

from pyxiu.projections.reads.paging import OFFSET_MAX, Page, PageTooDeepError
from pyxiu.projections.reads.where import Where


def test_pages_are_counted_from_one() -> None:
    assert [Page(100, number).offset for number in (1, 2, 3)] == [0, 100, 200]


def test_a_page_that_lies_too_deep_is_refused() -> None:
    assert Page(1_000, OFFSET_MAX // 1_000 + 1).offset == OFFSET_MAX
    with pytest.raises(PageTooDeepError, match="page 102 of 1000"):
        _ = Page(1_000, OFFSET_MAX // 1_000 + 2).offset


def test_a_page_of_nothing_is_allowed() -> None:
    assert Page(0, 10**12).offset == 0


@pytest.mark.parametrize("page", [Page(1_001), Page(-1), Page(10, 0)])
def test_other_pages_are_bugs_of_the_caller(page: Page) -> None:
    with pytest.raises(AssertionError):
        _ = page.offset


def test_what_a_caller_says_becomes_an_argument() -> None:
    where = Where()
    where.add("a = {}", "x' OR 1 = 1")
    where.add("b = ANY({})", [1, 2])
    assert str(where) == "WHERE a = $1 AND b = ANY($2)"
    assert where.window(Page(10, 3)) == "LIMIT $3 OFFSET $4"
    assert where.arguments == ["x' OR 1 = 1", [1, 2], 10, 20]
