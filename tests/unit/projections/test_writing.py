"""How rows are written, and that it is noticed when they are not."""

import pytest

from pyxiu.projections.registry import NAMES, READ_BY_MEMBERS, projection
from pyxiu.projections.writing import copy_text, expect_rows, rows_of


@pytest.mark.parametrize(
    ("text", "copied"),
    [
        ("plain", "plain"),
        ("with space and Ünïcode", "with space and Ünïcode"),
        ("a\tb", r"a\tb"),
        ("a\nb\rc", r"a\nb\rc"),
        (r"\N", r"\\N"),
        (r"\.", r"\\."),
        ("a\0b", "a\N{REPLACEMENT CHARACTER}b"),
    ],
)
def test_text_cannot_end_a_column_or_a_row(text: str, copied: str) -> None:
    assert copy_text(text) == copied


def test_another_number_of_rows_is_a_bug() -> None:
    expect_rows(rows_of("UPDATE 12"), 12, "orders")
    with pytest.raises(AssertionError, match="orders: expected 12 rows to be written, found 11"):
        expect_rows(rows_of("INSERT 0 11"), 12, "orders")


def test_an_unknown_projection_is_told_which_there_are() -> None:
    with pytest.raises(ValueError, match=r"no projection 'candels'; there are .*candles"):
        projection("candels")


def test_what_members_read_are_projections() -> None:
    assert set(READ_BY_MEMBERS) < set(NAMES)
