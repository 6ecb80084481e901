"""How times and numbers look on the wire, and the annotated types that tell the OpenAPI document.

Invariant: a decimal travels as text in plain notation, or as a JSON number with exactly these digits where the dialect
wants numbers; no float is involved either way. Limit: times have whole seconds, as the dialect always had.
"""

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Final

import msgspec

from pyxiu.kit.clock import iso8601
from pyxiu.kit.decimals import format_decimal

NS_PER_S: Final = 10**9
PPM_DIGITS: Final = 6

#: A decimal as a JSON string, "0.002".
Decimal = Annotated[
    str, msgspec.Meta(pattern=r"^-?[0-9]+\.[0-9]+$", examples=["0.002"], description="An exact decimal.")
]
#: A decimal as a JSON number, 0.002: the text is written through as it is.
Number = Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema={"type": "number", "examples": [0.002]})]
#: A point in time, "2021-05-12T10:00:00Z".
Time = Annotated[
    str, msgspec.Meta(examples=["2021-05-12T10:00:00Z"], extra_json_schema={"type": "string", "format": "date-time"})
]

ZERO: Final = "0.0"


def iso8601_of_ns(unix_ns: int) -> str:
    return iso8601(unix_ns // NS_PER_S)


def iso8601_of(moment: datetime) -> str:
    return iso8601(int(moment.timestamp()))


def number(value: int, scale: int) -> msgspec.Raw:
    """`value` / 10^scale as a JSON number."""
    return number_of(format_decimal(value, scale))


def number_of(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


@lru_cache(maxsize=4096)
def rate(ppm: int) -> str:
    """Parts per million as a decimal fraction: 2000 is "0.002"."""
    return format_decimal(ppm, PPM_DIGITS)


def rounded_down(numerator: int, denominator: int, scale: int) -> str:
    """A ratio as a decimal of `scale` digits, rounded towards zero: an average price never looks better than it was."""
    return format_decimal(numerator * 10**scale // denominator, scale)


def to_json(value: Any) -> bytes:
    return _encode(value)


_encode = msgspec.json.Encoder(decimal_format="string").encode
