"""Messages held against the stream's schema, more strictly than clients may: a field that is not told is a fault."""

from typing import Any, Final

import jsonschema_rs

from pyxiu.app.stream.schema import build_stream_schema

SCHEMA: Final = build_stream_schema()


def check_told(message: Any) -> None:
    """Raises jsonschema_rs.ValidationError for what the server may not say."""
    _TOLD.validate(message)


def check_asked(message: Any) -> None:
    """The same for what a client says."""
    _ASKED.validate(message)


def is_a(name: str, payload: Any) -> bool:
    """Whether this has exactly the shape of that definition."""
    return _validator(name).is_valid(payload)


def _closed(schema: Any) -> Any:
    """Without room for fields that are not declared."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        closed["additionalProperties"] = False
    return closed


def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": _DEFINITIONS})


_DEFINITIONS: Final = _closed(SCHEMA["$defs"])
_TOLD: Final = _validator("ServerMessage")
_ASKED: Final = _validator("ClientMessage")
