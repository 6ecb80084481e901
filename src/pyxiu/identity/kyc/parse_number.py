"""Phone numbers as people write them, to E.164.

Invariant: what comes out is a number that its country's plan allows, mobile or fixed. Limit: whether somebody answers
is the code's question. Numbers need their country code; the `+` may be missing, as some front-ends leave it out.
"""

from typing import NamedTuple

import phonenumbers

NUMBER_LENGTH_MAX = 32


class Number(NamedTuple):
    """`digits` is E.164 without its `+`; `country` ISO 3166 alpha-2."""

    digits: str
    country: str


def parse_number(text: str) -> Number | None:
    stripped = text.strip()
    if not stripped or len(stripped) > NUMBER_LENGTH_MAX or not stripped.isprintable():
        return None
    try:
        parsed = phonenumbers.parse(stripped if stripped.startswith("+") else f"+{stripped}")
    except phonenumbers.NumberParseException:
        return None
    country = phonenumbers.region_code_for_number(parsed)
    if country is None or parsed.extension or not phonenumbers.is_valid_number(parsed):
        return None
    return Number(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164).removeprefix("+"), country)


def country_code_length(digits: str) -> int:
    """How many of the first digits are the country's code."""
    try:
        return len(str(phonenumbers.parse(f"+{digits}").country_code))
    except phonenumbers.NumberParseException:
        return 0
