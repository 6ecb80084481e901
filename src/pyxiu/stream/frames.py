"""Server frames of RFC 6455, built once and written to any number of sockets.

Invariant: what is built here is a whole unmasked message; without compression a frame depends on nothing that went
before, so the same bytes serve all clients. Limit: the server's half; what clients send is parsed by `websockets`.
"""

from typing import Final

_TEXT: Final = 0x81
_BINARY: Final = 0x82


def text_frame(payload: bytes) -> bytes:
    """A text message. `payload` is UTF-8."""
    return _head(_TEXT, len(payload)) + payload


def binary_frame(payload: bytes) -> bytes:
    return _head(_BINARY, len(payload)) + payload


def data_frame(stream: str, payload: bytes) -> bytes:
    """`{"<stream>":payload}` as a text message; `payload` is JSON."""
    return text_frame(b'{"%b":%b}' % (stream.encode(), payload))


def _head(opcode: int, length: int) -> bytes:
    if length < 126:
        return bytes((opcode, length))
    if length < 1 << 16:
        return bytes((opcode, 126)) + length.to_bytes(2, "big")
    return bytes((opcode, 127)) + length.to_bytes(8, "big")
