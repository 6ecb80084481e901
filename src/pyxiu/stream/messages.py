"""What a client may say: one struct for a message, decoded from JSON or MessagePack, and the frames that answer.

Invariant: whatever the bytes are, decoding ends in a message or in one of the codes below; nothing a client sends can
raise beyond here. Limit: `data` stays as it came, for the order desk to read.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import msgspec

from pyxiu.stream.frames import binary_frame, text_frame
from pyxiu.stream.ports import Reply

INVALID_MESSAGE: Final = "stream.invalid_message"
UNKNOWN_EVENT: Final = "stream.unknown_event"
MISSING_STREAMS: Final = "stream.missing_streams"
INVALID_STREAMS: Final = "stream.invalid_streams"
UNKNOWN_STREAM: Final = "stream.unknown_stream"
AUTHENTICATION_REQUIRED: Final = "stream.authentication_required"
SCOPE_NOT_PERMITTED: Final = "stream.scope_not_permitted"
TOO_MANY_SUBSCRIPTIONS: Final = "stream.too_many_subscriptions"
PRIVATE_UNAVAILABLE: Final = "stream.private_unavailable"
CODES: Final = (
    INVALID_MESSAGE,
    UNKNOWN_EVENT,
    MISSING_STREAMS,
    INVALID_STREAMS,
    UNKNOWN_STREAM,
    AUTHENTICATION_REQUIRED,
    SCOPE_NOT_PERMITTED,
    TOO_MANY_SUBSCRIPTIONS,
    PRIVATE_UNAVAILABLE,
)

PING: Final = b"ping"
PONG: Final = text_frame(b"pong")
#: A list of names is not longer, whatever is in it.
NAMES_MAX: Final = 1_000

_ERRORS: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

RequestId = Annotated[str, msgspec.Meta(max_length=64)] | int | None


class Message(msgspec.Struct):
    event: str = ""
    id: RequestId = None
    streams: Any = None
    data: msgspec.Raw = msgspec.Raw(b"")


class Subscriptions(msgspec.Struct, frozen=True):
    """All that the connection is subscribed to after what was asked for."""

    message: Literal["subscribed", "unsubscribed"]
    streams: Sequence[str]


class Success(msgspec.Struct, frozen=True):
    """The answer to `subscribe` and `unsubscribe`, and to the handshake."""

    success: Subscriptions


class Failure(msgspec.Struct, frozen=True):
    """What could not be done, and the streams that it is about."""

    #: The first key, for clients that look no further.
    error: Annotated[str, msgspec.Meta(extra_json_schema={"enum": [*CODES]})]
    streams: Sequence[str] | msgspec.UnsetType = msgspec.UNSET


class _Replied(msgspec.Struct):
    id: RequestId
    status: int
    body: Any


_from_json = msgspec.json.Decoder(Message).decode
_from_msgpack = msgspec.msgpack.Decoder(Message).decode
_to_json = msgspec.json.Encoder().encode
_to_msgpack = msgspec.msgpack.Encoder().encode


def decode_message(raw: bytes, *, packed: bool) -> Message | None:
    """The message, None if it is none."""
    try:
        return _from_msgpack(raw) if packed else _from_json(raw)
    except _ERRORS:
        return None


def names_of(streams: Any) -> list[str] | str:
    """The names of streams, each once, or the code of what is wrong with them."""
    if streams is None:
        return MISSING_STREAMS
    if not isinstance(streams, list) or len(streams) > NAMES_MAX or not all(isinstance(name, str) for name in streams):
        return INVALID_STREAMS
    return list(dict.fromkeys(streams))


def success(message: Literal["subscribed", "unsubscribed"], streams: Sequence[str]) -> bytes:
    return text_frame(_to_json(Success(Subscriptions(message, streams))))


def error(code: str, streams: Sequence[str] = ()) -> bytes:
    return text_frame(_to_json(Failure(code, streams or msgspec.UNSET)))


def reply(request: RequestId, told: Reply, *, packed: bool) -> bytes:
    """The answer to an order message, in the form of the question."""
    body = {"reply": _Replied(request, told.status, told.body)}
    return binary_frame(_to_msgpack(body)) if packed else text_frame(_to_json(body))
