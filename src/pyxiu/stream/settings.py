"""What an operator can set for the stream: PYXIU_STREAM_* variables, checked whole.

Invariant: every queue, message and count that a client can make grow has its bound here. Limit: bounds are of one
process; two stream processes allow twice as many connections.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from pyxiu.kit.errors import PermanentError

PREFIX: Final = "PYXIU_STREAM_"


class StreamSettings(msgspec.Struct, frozen=True):
    """`origins` may use a visitor's cookie besides the site itself; separated by commas in the variable."""

    flush_ms: int = 50
    depth: int = 300
    connections: int = 10_000
    connections_per_address: int = 200
    connections_per_member: int = 50
    subscriptions: int = 250
    message_bytes: int = 64 * 1024
    control_messages_per_s: int = 20
    control_messages_burst: int = 200
    orders_per_s: int = 5_000
    orders_burst: int = 10_000
    orders_in_flight: int = 256
    data_bytes: int = 256 * 1024
    private_bytes: int = 1024 * 1024
    ping_s: int = 25
    silence_s: int = 60
    origins: tuple[str, ...] = ()


#: The variables: one for each field.
NAMES: Final = frozenset(PREFIX + field.name.upper() for field in msgspec.structs.fields(StreamSettings))
#: Messages that are no orders need no more.
CONTROL_BYTES_MAX: Final = 4 * 1024


def load_stream_settings(environment: Mapping[str, str]) -> StreamSettings:
    """From PYXIU_STREAM_FLUSH_MS, PYXIU_STREAM_DEPTH and so on. Raises PermanentError for one that cannot be used."""
    values: dict[str, object] = {}
    for field in msgspec.structs.fields(StreamSettings):
        name = PREFIX + field.name.upper()
        text = environment.get(name, "")
        if not text:
            continue
        if field.name == "origins":
            values[field.name] = tuple(origin.strip() for origin in text.split(",") if origin.strip())
        elif text.isascii() and text.isdecimal() and 0 < int(text) < 2**31:
            values[field.name] = int(text)
        else:
            raise PermanentError(f"{name}: expected a number from 1 to {2**31 - 1}, found {text!r}")
    return msgspec.convert(values, StreamSettings)
