"""Decimal text to scaled integers and back, exactly.

Invariant: no float and no rounding; text that does not fit the scale is refused, and what `format_decimal` writes
`parse_decimal` reads back. Limit: plain notation with ASCII digits, 40 digits at most, which holds 128 bits.
"""

import re
from typing import Final

DIGITS_MAX: Final = 40

_PLAIN = re.compile(r"(-?)([0-9]{1,40})(?:\.([0-9]{1,40}))?")


def parse_decimal(text: str, scale: int) -> int | None:
    """`text` times 10^scale, or None if it is no plain decimal or needs more than `scale` fraction digits.

    Accepted: "1", "1.50", "-0.1", and zeros beyond the scale, which change nothing. Refused: "", "+1", "1e5", ".5",
    "1.", "1_000", "NaN", "-0", white space, other scripts' digits, more than 40 digits.
    """
    match = _PLAIN.fullmatch(text)
    if match is None:
        return None
    sign, whole, fraction = match.groups(default="")
    if len(whole) + len(fraction) > DIGITS_MAX:
        return None
    if len(fraction) > scale:
        if fraction[scale:].strip("0"):
            return None
        fraction = fraction[:scale]
    value = int(whole + fraction.ljust(scale, "0"))
    if not sign:
        return value
    return -value if value else None


def format_decimal(value: int, scale: int) -> str:
    """`value` / 10^scale in plain notation, no trailing zeros but at least one fraction digit: "0.002", "1.0"."""
    if value < 0:
        return "-" + format_decimal(-value, scale)
    digits = str(value)
    point = len(digits) - scale
    if point <= 0:
        digits, point = digits.zfill(scale + 1), 1
    return f"{digits[:point]}.{digits[point:].rstrip('0') or '0'}"


def rescale(value: int, from_scale: int, to_scale: int) -> int | None:
    """The same number at another scale, or None where digits other than zero would be lost."""
    if to_scale >= from_scale:
        return value * _power_of_ten(to_scale - from_scale)
    scaled, lost = divmod(value, _power_of_ten(from_scale - to_scale))
    return None if lost else scaled


def _power_of_ten(exponent: int) -> int:
    """An int for the type checker too, which knows `10**n` only as Any."""
    power: int = 10**exponent
    return power
