"""Decimal text is read exactly or not at all. T-11."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyxiu.kit.decimals import format_decimal, parse_decimal, rescale

SCALES = st.integers(0, 18)
AMOUNTS = st.integers(-(2**127), 2**127 - 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 100), ("1.50", 150), ("0.1", 10), ("-1", -100), ("0", 0), ("0.00", 0), ("007", 700), ("1.5000000", 150)],
)
def test_a_plain_decimal_that_fits_is_read(text: str, value: int) -> None:
    assert parse_decimal(text, 2) == value


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "+1", "1e5", "1E5", "NaN", "Infinity", "inf", "1_000", "1,000", ".5", "1.", ".", "-", "-0", "-0.00",
        " 1", "1 ", "1\n", "0x1", "\uff11", "\u0663", "1.0.0", "--1", "1.005", "0.001", "1" * 41, "1." + "0" * 40, "²",
    ],
)  # fmt: skip
def test_everything_else_is_refused(text: str) -> None:
    assert parse_decimal(text, 2) is None


def test_the_fullwidth_digit_is_refused_although_int_would_take_it() -> None:
    assert int("\uff11") == 1
    assert parse_decimal("\uff11", 0) is None


@given(AMOUNTS, SCALES)
def test_what_is_written_is_read_back(value: int, scale: int) -> None:
    assert parse_decimal(format_decimal(value, scale), scale) == value


@given(st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,18})?", fullmatch=True), SCALES)
def test_what_is_read_is_exactly_the_number(text: str, scale: int) -> None:
    value = parse_decimal(text, scale)
    if value is not None:
        assert Fraction(value, 10**scale) == Fraction(text)
    else:
        assert text.startswith("-") or Fraction(text) * 10**scale % 1


@pytest.mark.parametrize(
    ("value", "scale", "text"),
    [
        (0, 0, "0.0"),
        (1, 0, "1.0"),
        (2, 3, "0.002"),
        (-150, 2, "-1.5"),
        (100, 2, "1.0"),
        (10**30, 18, "1000000000000.0"),
        (1, 18, "0.000000000000000001"),
        (-5, 1, "-0.5"),
    ],
)
def test_numbers_are_written_plainly_with_a_fraction_digit(value: int, scale: int, text: str) -> None:
    assert format_decimal(value, scale) == text


@given(AMOUNTS, SCALES, SCALES)
def test_rescaling_keeps_the_number_or_refuses(value: int, from_scale: int, to_scale: int) -> None:
    scaled = rescale(value, from_scale, to_scale)
    exact = Fraction(value, 10**from_scale) * 10**to_scale
    assert scaled == (exact if exact.denominator == 1 else None)
