"""Bodies of odd shapes."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyxiu.api.body import BodyDecoder, text_of


class Fields(msgspec.Struct):
    price: Any = None
    side: Any = None


bodies = BodyDecoder(Fields)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"price":"0.10","side":"buy"}', ("0.10", "buy")),
        (b' \r\n{"price": 0.10, "unknown": [1, {}]} ', ("0.10", None)),
        (b'{"price":1e-7}', ("1e-7", None)),
        (b'{"price":3}', ("3", None)),
        (b'{"price":123456789012345678901234567890}', ("123456789012345678901234567890", None)),
        (b'{"price":"1","price":"2"}', ("2", None)),
        (b'{"price":null}', (None, None)),
        (b"\xef\xbb\xbfnull", (None, None)),
        (b"price=0.10&side=buy", ("0.10", "buy")),
        (b"price=1&price=2&x=%00", ("2", None)),
        (b"side=%C3%A9+1", (None, "\u00e9 1")),
        (b"price=", ("", None)),
        (b"", (None, None)),
        (b"null", (None, None)),
        (b"  \n ", (None, None)),
        (b"{}", (None, None)),
    ],
)
def test_shapes_that_work(body: bytes, expected: tuple[str | None, str | None]) -> None:
    decoded = bodies.decode(body)
    assert (text_of(decoded.price), text_of(decoded.side)) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'[{"price":1}]',
        b'"price=1"',
        b"1",
        b"true",
        b"hello",
        b'{"price":1',
        b'{"price":NaN}',
        b'{"price":"\xff"}',
        b'{"price":"\\ud800"}',
        b'{"price":' + b"[" * 100_000,
        b'{"other":' + b'{"a":' * 100_000,
        b"&".join(b"a%d=1" % number for number in range(1_000)),
        b"\0",
        b'{"price":' + b"9" * 5_000 + b"}",
    ],
    ids=lambda body: body[:20],
)
def test_shapes_that_are_no_body(body: bytes) -> None:
    assert bodies.decode(body) is None


def test_the_query_string_fills_what_the_body_leaves_out() -> None:
    decoded = bodies.decode(b'{"price":"1"}', b"price=2&side=buy")
    assert (decoded.price, decoded.side) == ("1", "buy")


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_no_bytes_break_the_decoder(body: bytes, query: bytes) -> None:
    decoded = bodies.decode(body, query)
    assert decoded is None or isinstance(decoded, Fields)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8))
def test_a_json_number_keeps_its_digits(number: Any) -> None:
    text = f"{number:f}"
    assert text_of(bodies.decode(f'{{"price":{text}}}'.encode()).price) in {text, str(int(number))}


@pytest.mark.parametrize("value", [[], {}, None, [1], {"a": 1}])
def test_what_is_no_scalar_has_no_text(value: object) -> None:
    assert text_of(value) is None
