"""What the engine and its remote callers say to each other, whatever carries it: msgpack arrays, one per frame.

    asked      [id, "submit", [command, …]]   [id, "status"]
    answered   [id, "ok", payload]            outcomes in the order of the commands, or the status
               [id, "overloaded", seconds]    nothing was taken; try again after so long
               [id, "not_leading", text]      nothing was taken; another engine leads, or none does
               [id, "stopped", text]          nobody knows whether the commands were committed

Invariant: commands of a frame reach the inbox together and in order, or none does. Limit: FRAME_BYTES_MAX and
FRAME_COMMANDS_MAX, so that one frame cannot hold up what shares its connection for long.
"""

from typing import Any, Final

import msgspec

SUBMIT: Final = "submit"
STATUS: Final = "status"
OK: Final = "ok"
OVERLOADED: Final = "overloaded"
NOT_LEADING: Final = "not_leading"
STOPPED: Final = "stopped"

FRAME_BYTES_MAX: Final = 16 * 1024 * 1024
FRAME_COMMANDS_MAX: Final = 4_096

_encode = msgspec.msgpack.Encoder().encode


class Request(msgspec.Struct, frozen=True, array_like=True):
    id: int
    word: str
    commands: list[bytes] = []


class Answer(msgspec.Struct, frozen=True, array_like=True):
    id: int
    word: str
    payload: msgspec.Raw = msgspec.Raw(b"\xc0")


_request_decoder = msgspec.msgpack.Decoder(Request)
_answer_decoder = msgspec.msgpack.Decoder(Answer)


def encode(content: Request | Answer) -> bytes:
    """A frame's bytes."""
    body = _encode(content)
    assert len(body) <= FRAME_BYTES_MAX, len(body)
    return body


def decode_request(frame: bytes) -> Request:
    """Raises msgspec.DecodeError for anything but a request."""
    return _request_decoder.decode(frame)


def decode_answer(frame: bytes) -> Answer:
    """Raises msgspec.DecodeError for anything but an answer."""
    return _answer_decoder.decode(frame)


def answer(request_id: int, word: str, payload: Any) -> Answer:
    return Answer(request_id, word, msgspec.Raw(_encode(payload)))
