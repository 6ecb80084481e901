"""Bodies of odd shapes: JSON with or without a content type, a form, nothing at all, or `null`.

Invariant: a number keeps the digits it was written with; it never becomes a float. Limit: one flat object; what a field
of it holds is the reader's to judge, fields that nobody asked for are ignored.
"""

from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

import msgspec

from pyxiu.api.params import PARAMETERS_MAX

#: What decoding hostile JSON can raise: broken syntax or types, broken UTF-8, nesting without end.
JSON_ERRORS: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

B = TypeVar("B", bound=msgspec.Struct)


class BodyDecoder:
    """Decodes bodies into one struct whose fields are all optional and untyped."""

    def __init__(self, struct: type[B]) -> None:
        # float_hook: a number with a point or an exponent arrives as the text it was written with.
        self._decode = msgspec.json.Decoder(struct, float_hook=str).decode
        self._struct = struct
        self._fields = frozenset(struct.__struct_encode_fields__)

    def decode(self, body: bytes, query_string: bytes = b"") -> Any:
        """The struct, or None if the body is neither an object, a form, empty, nor null."""
        try:
            decoded = self._decode(body)
        except JSON_ERRORS:
            decoded = self._decode_other(body)
            if decoded is None:
                return None
        return self._with_query(decoded, query_string) if query_string else decoded

    def _decode_other(self, body: bytes) -> Any:
        stripped = body.strip(b" \t\r\n\xef\xbb\xbf")
        if stripped in {b"", b"null"}:
            return self._struct()
        if stripped[:1] in {b"{", b"[", b'"'} or b"=" not in stripped:
            return None
        return self._from_form(stripped)

    def _from_form(self, form: bytes) -> Any:
        try:
            pairs = parse_qsl(form.decode("latin-1"), keep_blank_values=True, max_num_fields=PARAMETERS_MAX)
        except ValueError:
            return None
        return self._struct(**{name: text for name, text in pairs if name in self._fields})

    def from_fields(self, fields: dict[str, str]) -> Any:
        """The struct of fields that came in another form, such as the parts of a multipart body."""
        return self._struct(**{name: text for name, text in fields.items() if name in self._fields})

    def _with_query(self, decoded: Any, query_string: bytes) -> Any:
        """Parameters in the query string count where the body says nothing."""
        from_query = self._from_form(query_string)
        if from_query is None:
            return None
        for name in self._fields:
            if getattr(decoded, name) is None:
                setattr(decoded, name, getattr(from_query, name))
        return decoded


def text_of(value: Any) -> str | None:
    """The text of a scalar, None for nothing and for what is not a scalar."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else None
