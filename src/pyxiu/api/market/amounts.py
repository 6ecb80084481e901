"""Amounts as clients write them, to whole ticks, lots or smallest units.

Invariant: exact or refused, with the reason that the wire has a code for. Accepted beyond plain notation is an exponent
("1e-7"), because that is how JavaScript and Python print small numbers. Limit: EXPONENT_MAX bounds what an exponent may
blow up to.
"""

import re
from enum import Enum, auto
from typing import Final

from pyxiu.kit.decimals import DIGITS_MAX, parse_decimal

EXPONENT_MAX: Final = 40
_POWERS: Final[tuple[int, ...]] = tuple(10**exponent for exponent in range(DIGITS_MAX + 1))
_NUMBER: Final = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,9}))?")


class NotAnAmount(Enum):
    """Why a text is no amount; `code` makes the wire's word of it."""

    NON_DECIMAL = auto()
    NON_POSITIVE = auto()
    DOES_NOT_FIT = auto()


def parse_amount(text: str, scale: int, maximum: int) -> int | NotAnAmount:
    """A positive number times 10^scale, at most `maximum`."""
    whole, point, fraction = text.partition(".")
    digits = whole + fraction
    # Nearly all amounts are plain digits that fit; this is what `parse_decimal` says of them, in half the time.
    written = whole and (fraction or not point) and digits.isascii() and digits.isdigit()
    if written and len(fraction) <= scale and len(digits) <= DIGITS_MAX:
        value = int(digits) * _POWERS[scale - len(fraction)]
        if 0 < value <= maximum:
            return value
    return _parse_other(text, scale, maximum)


def _parse_other(text: str, scale: int, maximum: int) -> int | NotAnAmount:
    value = parse_decimal(text, scale)
    if value is None:
        return _parse_with_exponent(text, scale, maximum)
    if value <= 0:
        return NotAnAmount.NON_POSITIVE
    return value if value <= maximum else NotAnAmount.DOES_NOT_FIT


def _parse_with_exponent(text: str, scale: int, maximum: int) -> int | NotAnAmount:
    """What `parse_decimal` refuses: numbers with an exponent are read, all others get their reason."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return NotAnAmount.NON_DECIMAL
    sign, whole, fraction, exponent = match.groups(default="")
    digits = (whole + fraction).lstrip("0")
    if sign or not digits:
        return NotAnAmount.NON_POSITIVE
    if not exponent or abs(int(exponent)) > EXPONENT_MAX or len(whole + fraction) > DIGITS_MAX:
        return NotAnAmount.DOES_NOT_FIT
    shift = scale + int(exponent) - len(fraction)
    value, lost = (int(digits) * 10**shift, 0) if shift >= 0 else divmod(int(digits), 10**-shift)
    return NotAnAmount.DOES_NOT_FIT if lost or value > maximum else value
