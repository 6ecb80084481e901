"""Multipart bodies: text is short and UTF-8 or the body is none, files are bytes as they came."""

import codecs
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from litestar import Request

from pyxiu.api.uploads import CHARACTER_SETS, FIELD_BYTES_MAX, PARTS_MAX, Form, Upload, read_form


def part(name: str, content: bytes, *, filename: str | None = None, kind: str | None = None) -> bytes:
    file = f'; filename="{filename}"' if filename is not None else ""
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"{file}\r\n'
    typed = f"Content-Type: {kind}\r\n" if kind else ""
    return f"{head}{typed}\r\n".encode() + content + b"\r\n"


class Sent:
    """What is asked of a request."""

    content_type = ("multipart/form-data", {"boundary": "x"})

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def stream(self) -> AsyncIterator[bytes]:
        # In pieces, as bodies come: a limit holds for what was sent so far.
        for start in range(0, len(self.body), 1000):
            yield self.body[start : start + 1000]


async def form_of(*parts: bytes) -> Form | None:
    return await read_form(cast("Request[Any, Any, Any]", Sent(b"".join(parts) + b"--x--\r\n")))


async def test_fields_are_utf_8_and_files_are_bytes() -> None:
    form = await form_of(
        part("city", "Zürich".encode()),
        part("country", b"CH", kind="text/plain; charset=US-ASCII"),
        part("address", "Höhe 1".encode(), kind='text/plain; charset="UTF-8"'),
        part("upload[]", b"\xff\x00", filename="a.png", kind="image/png; charset=punycode"),
    )
    assert form is not None
    assert form.fields == {"city": "Zürich", "country": "CH", "address": "Höhe 1"}
    assert form.files == {"upload": [Upload("a.png", "image/png", b"\xff\x00")]}


@pytest.mark.parametrize(
    "charset",
    [
        "punycode",
        "utf-7",
        "idna",
        "zlib_codec",
        "rot13",
        "hex",
        "unicode_escape",
        "utf-16",
        "latin-1",
        "mbcs",
        "no-such",
    ],
)
async def test_text_in_any_other_character_set_is_refused(charset: str) -> None:
    assert await form_of(part("doc_type", b"Passport", kind=f"text/plain; charset={charset}")) is None


async def test_what_the_client_calls_a_character_set_is_not_even_looked_up() -> None:
    asked: list[str] = []
    look_up = asked.append
    codecs.register(look_up)
    try:
        assert await form_of(part("doc_type", b"Passport", kind="text/plain; charset=x-never-seen")) is None
    finally:
        codecs.unregister(look_up)
    assert asked == []


@pytest.mark.parametrize("charset", sorted(CHARACTER_SETS))
async def test_bytes_that_are_no_utf_8_are_refused_whatever_they_are_called(charset: str) -> None:
    assert await form_of(part("doc_type", b"\xff\xfe", kind=f"text/plain; charset={charset}")) is None


async def test_a_field_is_short_and_a_file_is_not() -> None:
    longest = b"a" * FIELD_BYTES_MAX
    form = await form_of(part("metadata", longest), part("upload", longest * 3, filename="a"))
    assert form is not None
    assert len(form.fields["metadata"]) == FIELD_BYTES_MAX
    assert len(form.files["upload"][0].content) == 3 * FIELD_BYTES_MAX
    assert await form_of(part("metadata", longest + b"a")) is None


async def test_parts_are_counted() -> None:
    assert await form_of(*(part("a", b"1") for _ in range(PARTS_MAX))) is not None
    assert await form_of(*(part("a", b"1") for _ in range(PARTS_MAX + 1))) is None
