"""Amounts as clients write them: exact, or refused with the right reason."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyxiu.api.market.amounts import EXPONENT_MAX, NotAnAmount, parse_amount
from pyxiu.core.types import MAX_INT64
from pyxiu.kit.decimals import format_decimal, parse_decimal

NON_DECIMAL, NON_POSITIVE, DOES_NOT_FIT = NotAnAmount
SCALE = 6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1_000_000),
        ("0.1", 100_000),
        ("0.000001", 1),
        ("1.50", 1_500_000),
        ("1.5000000", 1_500_000),
        ("007", 7_000_000),
        ("1e-6", 1),
        ("1E2", 100_000_000),
        ("1.5e+1", 15_000_000),
        ("15e-1", 1_500_000),
        ("0", NON_POSITIVE),
        ("0.0", NON_POSITIVE),
        ("-0", NON_POSITIVE),
        ("-0.0", NON_POSITIVE),
        ("-1", NON_POSITIVE),
        ("-1e400", NON_POSITIVE),
        ("0e400", NON_POSITIVE),
        ("NaN", NON_DECIMAL),
        ("nan", NON_DECIMAL),
        ("Infinity", NON_DECIMAL),
        ("-inf", NON_DECIMAL),
        ("1e400", DOES_NOT_FIT),
        ("1e-400", DOES_NOT_FIT),
        ("1e999999999", DOES_NOT_FIT),
        ("1e99999999999", NON_DECIMAL),
        ("0." + "0" * 29 + "1", DOES_NOT_FIT),
        ("1e-30", DOES_NOT_FIT),
        ("0.0000001", DOES_NOT_FIT),
        ("\u0661\u0662", NON_DECIMAL),
        ("\uff11", NON_DECIMAL),
        ("\u00b2", NON_DECIMAL),
        ("1_000", NON_DECIMAL),
        ("1,000", NON_DECIMAL),
        ("+1", NON_DECIMAL),
        (" 1", NON_DECIMAL),
        ("1 ", NON_DECIMAL),
        ("1\n", NON_DECIMAL),
        ("1\0", NON_DECIMAL),
        ("0x10", NON_DECIMAL),
        ("1.", NON_DECIMAL),
        (".5", NON_DECIMAL),
        (".", NON_DECIMAL),
        ("1.2.3", NON_DECIMAL),
        ("1e", NON_DECIMAL),
        ("e1", NON_DECIMAL),
        ("--1", NON_DECIMAL),
        ("", NON_DECIMAL),
        ("true", NON_DECIMAL),
        (str(2**63), DOES_NOT_FIT),
        (str(2**256 - 1), DOES_NOT_FIT),
        ("9" * 5_000, DOES_NOT_FIT),
    ],
)
def test_hostile_and_honest_amounts(text: str, expected: int | NotAnAmount) -> None:
    """T-11."""
    assert parse_amount(text, SCALE, MAX_INT64) == expected


def test_the_maximum_itself_fits() -> None:
    assert parse_amount(str(MAX_INT64), 0, MAX_INT64) == MAX_INT64
    assert parse_amount(str(MAX_INT64 + 1), 0, MAX_INT64) is DOES_NOT_FIT


@given(st.integers(1, MAX_INT64), st.integers(0, 18))
def test_what_is_written_on_the_wire_is_read_back(value: int, scale: int) -> None:
    assert parse_amount(format_decimal(value, scale), scale, MAX_INT64) == value


@given(st.text("0123456789.-", max_size=45), st.integers(0, 18))
def test_plain_numbers_mean_what_the_one_parser_says(text: str, scale: int) -> None:
    """T-11: the short cut for plain digits differs in nothing from `parse_decimal`."""
    parsed = parse_decimal(text, scale)
    amount = parse_amount(text, scale, MAX_INT64)
    if parsed is not None and 0 < parsed <= MAX_INT64:
        assert amount == parsed
    else:
        assert isinstance(amount, NotAnAmount)


@given(st.from_regex(r"[0-9]{1,20}(\.[0-9]{1,20})?[eE][+-]?[0-9]{1,3}", fullmatch=True), st.integers(0, 18))
def test_an_exponent_is_exact_or_refused(text: str, scale: int) -> None:
    """T-11: compared with fractions, which do not round."""
    amount = parse_amount(text, scale, MAX_INT64)
    mantissa, _, exponent = text.lower().partition("e")
    if isinstance(amount, int):
        assert amount == Fraction(mantissa) * Fraction(10) ** int(exponent) * 10**scale
    elif abs(int(exponent)) <= EXPONENT_MAX:
        exact = Fraction(mantissa) * Fraction(10) ** int(exponent) * 10**scale
        assert exact == 0 or exact.denominator != 1 or exact > MAX_INT64


@given(st.text(max_size=60))
def test_any_text_is_an_amount_or_not(text: str) -> None:
    amount = parse_amount(text, SCALE, MAX_INT64)
    assert isinstance(amount, NotAnAmount) or 0 < amount <= MAX_INT64
