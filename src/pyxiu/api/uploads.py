"""Files and fields of a multipart body.

Invariant: the body is bounded by the endpoint while it comes, and nothing of it touches the disk; names and types are
what the client claims and nothing more; text is short and UTF-8, whatever the client calls it. Limit: in memory, so
only for what an endpoint bounds to some megabytes.
"""

from typing import Any, Final

import msgspec
from litestar import Request
from multipart import MultipartError, MultipartSegment, PushMultipartParser

PARTS_MAX: Final = 64
#: Of one field that is text: the longest that any endpoint takes is 4096 bytes.
FIELD_BYTES_MAX: Final = 16 * 1024
#: What may be named as the character set of a field. Python knows a hundred more, of which some take quadratic time
#: (punycode) or make much of little, and no browser sends any.
CHARACTER_SETS: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


class Upload(msgspec.Struct, frozen=True):
    """A file as it was sent. Neither `filename` nor `content_type` can be trusted."""

    filename: str
    content_type: str
    content: bytes


class Form(msgspec.Struct, frozen=True):
    """`fields` has the last value of each name without `[]`."""

    fields: dict[str, str]
    files: dict[str, list[Upload]]


async def read_form(request: Request[Any, Any, Any]) -> Form | None:
    """The parts of a multipart body, or None if it is none or cannot be read.

    Litestar's own parser keeps larger files in temporary ones on disk; identity documents have no business there.
    """
    kind, options = request.content_type
    if kind != "multipart/form-data" or not options.get("boundary"):
        return None
    form = Form({}, {})
    try:
        with PushMultipartParser(options["boundary"], max_segment_count=PARTS_MAX, strict=True) as parser:
            reader = _Reader(form)
            async for chunk in request.stream():
                for piece in parser.parse(chunk):
                    reader.take(piece)
            parser.parse(b"")
    except (MultipartError, ValueError):  # broken, or a field that is too long or no UTF-8
        return None
    return form


class _Reader:
    """Collects what the parser gives: the head of a part, its content in pieces, None at its end."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._head: MultipartSegment | None = None
        self._content = bytearray()

    def take(self, piece: MultipartSegment | bytearray | bytes | None) -> None:
        if isinstance(piece, MultipartSegment):
            self._head, self._content = piece, bytearray()
        elif piece is not None:
            self._content += piece
            if self._head is not None and self._head.filename is None and len(self._content) > FIELD_BYTES_MAX:
                raise ValueError(f"a field of more than {FIELD_BYTES_MAX} bytes")
        elif self._head is not None:
            self._end(self._head)

    def _end(self, head: MultipartSegment) -> None:
        name = (head.name or "").removesuffix("[]")
        if head.filename is None:
            if (head.charset or "utf-8").lower() not in CHARACTER_SETS:
                raise ValueError("a field in another character set than UTF-8")
            self._form.fields[name] = self._content.decode("utf-8")
        else:
            upload = Upload(head.filename, head.content_type or "", bytes(self._content))
            self._form.files.setdefault(name, []).append(upload)
