"""Files and fields of a multipart body.

Invariant: the body is bounded by the endpoint while it comes, and nothing of it touches the disk; names and types are
what the client claims and nothing more. Limit: in memory, so only for what an endpoint bounds to some megabytes.
"""

from typing import Any, Final

import msgspec
from litestar import Request
from multipart import MultipartError, MultipartSegment, PushMultipartParser

PARTS_MAX: Final = 64


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
    except (MultipartError, ValueError, LookupError):  # broken, or text in a character set that nobody knows
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
        elif self._head is not None:
            self._end(self._head)

    def _end(self, head: MultipartSegment) -> None:
        name = (head.name or "").removesuffix("[]")
        if head.filename is None:
            self._form.fields[name] = self._content.decode(head.charset or "utf-8")
        else:
            upload = Upload(head.filename, head.content_type or "", bytes(self._content))
            self._form.files.setdefault(name, []).append(upload)
