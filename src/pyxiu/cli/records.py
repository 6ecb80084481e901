"""Records as people and programs read them: names for tags, integers for packed amounts, hexadecimal for hashes.

Invariant: nothing is left out. Limit: amounts are in smallest units, prices in ticks, quantities in lots, because a
record does not say what an asset's decimals are.
"""

from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

import msgspec

from pyxiu.core.codec import DecodeError, decode_command
from pyxiu.core.money import AMOUNT_BYTES, unpack
from pyxiu.core.outcomes import Record

_UNSAID: tuple[Any, ...] = ("", None, 0, False, [])
#: Fields whose bytes are no amount.
HASHES = {"content_hash"}


def record_line(record: Record, *, json: bool) -> str:
    """One record on one line."""
    command = _command(record.command)
    events = [_readable(event) for event in record.events]
    if json:
        line = {"seq": record.seq, "at_ns": record.at_ns, "command": command, "events": events}
        return msgspec.json.encode(line).decode()
    happened = " ".join(_short(event) for event in events)
    return f"{record.seq:>10}  {_time(record.at_ns)}  {_short(command)} -> {happened}"


def _time(at_ns: int) -> str:
    seconds, rest = divmod(at_ns, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest // 10**6:03}Z"


def _command(raw: bytes) -> Any:
    try:
        return _readable(decode_command(raw))
    except DecodeError:
        return {"undecodable": raw.hex()}


def _readable(value: Any, name: str = "") -> Any:
    if isinstance(value, msgspec.Struct):
        fields = {field: _readable(getattr(value, field), field) for field in value.__struct_fields__}
        return {type(value).__name__: fields}
    if isinstance(value, bytes):
        return value.hex() if name in HASHES or len(value) != AMOUNT_BYTES else unpack(value)
    if isinstance(value, IntEnum):
        return value.name
    if isinstance(value, list | tuple):
        return [_readable(item) for item in value]
    return value


def _short(named: dict[str, Any]) -> str:
    name, fields = next(iter(named.items()))
    if not isinstance(fields, dict):
        return f"{name}({fields})"
    shown = ", ".join(f"{field}={_inner(value)}" for field, value in fields.items() if value not in _UNSAID)
    return f"{name}({shown})"


def _inner(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_inner(item) for item in value) + "]"
    return _short(value) if isinstance(value, dict) else str(value)
