"""Bodies as declared parameters: parsed, refused and described in the document by the same declarations as queries.

    class RoleFields(Fields, frozen=True):
        uid: Annotated[str, Word("admin.user.empty_uid", "admin.user.invalid_uid")]

Invariant: a handler sees declared fields and nothing else that a body holds (T-70), each of its declared type. Limit:
flat bodies of scalars; what is no scalar counts as not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec

from pyxiu.api.body import text_of
from pyxiu.api.params import TEXT_LENGTH_MAX, InvalidParameterError, Query, Text, declared, parse_query

LONG_TEXT_LENGTH_MAX: Final = 65_535
_NEWLINES: Final = str.maketrans("", "", "\n\r\t")


@dataclass(frozen=True)
class Word:
    """A line of text that is not blank."""

    empty: str
    invalid: str
    description: str = ""
    maximum: int = TEXT_LENGTH_MAX

    def parse(self, values: Sequence[str]) -> str:
        text = values[-1].strip()
        if not text:
            raise InvalidParameterError(self.empty)
        if len(text) > self.maximum or not text.isprintable() or "\ufffd" in text:
            raise InvalidParameterError(self.invalid)
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": self.maximum}


@dataclass(frozen=True)
class LongText:
    """Text of several lines that is not blank."""

    empty: str
    too_long: str
    invalid: str
    description: str = ""
    maximum: int = LONG_TEXT_LENGTH_MAX

    def parse(self, values: Sequence[str]) -> str:
        text = values[-1]
        if not text.strip():
            raise InvalidParameterError(self.empty)
        if len(text) > self.maximum:
            raise InvalidParameterError(self.too_long)
        if not text.translate(_NEWLINES).isprintable():
            raise InvalidParameterError(self.invalid)
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": self.maximum}


Reason = Annotated[str | None, Text("admin.reason.invalid", "Why; kept in the audit trail.")]


class Fields(Query, frozen=True, kw_only=True):
    """Base of all bodies, and of the parameters of DELETE: every change can say why."""

    reason: Reason = None


def decoder_struct(fields: type[Query]) -> type[msgspec.Struct]:
    """What a body is decoded into: the declared fields, of any type."""
    columns = [(item.name, Any, None) for item in declared(fields)]
    return msgspec.defstruct(f"{fields.__name__}Body", columns)


def read_fields(body: Any, fields: type[Query], missing: str) -> Any:
    """The fields of a decoded body; ApiError 422 with the codes of all that do not fit."""
    given = {name: text_of(getattr(body, name)) for name in body.__struct_fields__}
    return parse_query(fields, {name: [text] for name, text in given.items() if text is not None}, missing=missing)


def schema_of(fields: type[Query]) -> dict[str, Any]:
    """The body as JSON schema."""
    properties: dict[str, Any] = {}
    required = []
    for item in declared(fields):
        described = {"description": item.parameter.description} if item.parameter.description else {}
        properties[item.name] = {**item.parameter.schema(), **described}
        if item.required:
            required.append(item.name)
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    return {**schema, "required": required} if required else schema
