"""Make what a caller wants noted fit to be kept for ever: no secrets, no novels.

Invariant: the value of a key that names a secret never comes out, at any depth. Limit: it goes by names; a secret in a
field called `note` is kept as it is.
"""

import re
from typing import Any, Final

REDACTED: Final = "[redacted]"
TEXT_LENGTH_MAX: Final = 4_000
ITEMS_MAX: Final = 200
DEPTH_MAX: Final = 8
_SECRET: Final = re.compile(
    r"passw|secret|token|otp_code|recovery|captcha|assertion|signature|private|credential|cookie|csrf|^code$|^pin$"
    r"|_code$|apikey$|authorization",
    re.IGNORECASE,
)
#: Ends with `_code` or contains a word above, and yet is no secret.
_HARMLESS: Final = frozenset({"country_code", "currency_code", "http_code"})


def redacted(value: Any, depth: int = 0) -> Any:
    """A copy of a JSON value without its secrets, with long texts and lists cut and marked as cut."""
    if depth > DEPTH_MAX:
        return "[too deep]"
    if isinstance(value, dict):
        items = [(_shortened(str(name)), inner) for name, inner in value.items()]
        kept = {name: _of_field(name, inner, depth) for name, inner in items[:ITEMS_MAX]}
        return kept if len(items) <= ITEMS_MAX else {**kept, "…": f"{len(items)} fields"}
    if isinstance(value, (list, tuple)):
        inside = [redacted(inner, depth + 1) for inner in value[:ITEMS_MAX]]
        return inside if len(value) <= ITEMS_MAX else [*inside, f"… {len(value)} items"]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return _shortened(str(value))


def _of_field(name: str, value: Any, depth: int) -> Any:
    if name not in _HARMLESS and _SECRET.search(name) and value not in (None, ""):
        return REDACTED
    return redacted(value, depth + 1)


def _shortened(text: str) -> str:
    text = text.replace("\x00", "\ufffd")
    return text if len(text) <= TEXT_LENGTH_MAX else f"{text[:TEXT_LENGTH_MAX]}… {len(text)} characters"
