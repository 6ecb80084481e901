"""The client's half of a WebSocket for load: a handshake, frames in and out, as cheaply as Python can.

Invariant: what is sent is what a browser may send (masked, with a mask of zeros). Limit: no fragments, no compression.
"""

import base64
import hmac
import os
import time
from collections.abc import Iterator
from typing import Final

from pyxiu.cli.bench.load import Key

_SHORT: Final = 126
_LONG: Final = 127


def handshake(host: str, port: int, path: str, key: Key | None = None) -> bytes:
    """The request that opens a WebSocket."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
    ]
    if key is not None:
        nonce = str(time.time_ns() // 1_000_000)
        signature = hmac.digest(key.secret.encode(), (nonce + key.kid).encode(), "sha256").hex()
        lines += [f"X-Auth-Apikey: {key.kid}", f"X-Auth-Nonce: {nonce}", f"X-Auth-Signature: {signature}"]
    return "\r\n".join([*lines, "", ""]).encode()


def text_message(payload: bytes) -> bytes:
    """A masked text frame."""
    length = len(payload)
    if length < _SHORT:
        head = bytes((0x81, 0x80 | length))
    else:
        head = bytes((0x81, 0x80 | _SHORT)) + length.to_bytes(2, "big")
    return head + bytes(4) + payload


class FrameReader:
    """Takes bytes as they come and yields whole payloads."""

    def __init__(self) -> None:
        self._pending = b""
        self.opened = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        data = self._pending + data if self._pending else data
        if not self.opened:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._pending = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                raise RuntimeError(f"no WebSocket: {head[:200]!r} {data[:200]!r}")
            self.opened = True
        position, size = 0, len(data)
        while position + 2 <= size:
            length, start = data[position + 1], position + 2
            if length == _SHORT:
                start += 2
                length = int.from_bytes(data[start - 2 : start], "big")
            elif length == _LONG:
                start += 8
                length = int.from_bytes(data[start - 8 : start], "big")
            if start + length > size:
                break
            yield data[start : start + length]
            position = start + length
        self._pending = data[position:]
