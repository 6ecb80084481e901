"""A WebSocket on uvicorn's connection: `websockets` shakes hands and parses, frames go straight to the transport.

Invariant: every write is of whole frames, so frames that were built once for many and answers of this connection
cannot mix; after the close frame nothing is written; every handshake ends, also one that fails. Limit: no compression,
no subprotocols; a message has `message_bytes` at most, in one frame or several.
"""

import asyncio
import logging
from typing import Any, Final, cast
from urllib.parse import unquote

import msgspec
import structlog
from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from pyxiu.stream.client import CLOSE_CHANGED, CLOSE_INTERNAL, CLOSE_SILENT, Client
from pyxiu.stream.door import Door, Entered
from pyxiu.stream.ports import Refusal

CLOSE_GOING_AWAY: Final = 1001
#: How long the other side may take to answer a close frame.
CLOSE_WAIT_S: Final = 5.0
HANDSHAKE_MAX_S: Final = 10.0
_QUIET: Final = logging.getLogger("pyxiu.stream.websockets")
_QUIET.setLevel(logging.ERROR)
_INTERNAL: Final = Refusal(500, "server.internal_error")
_PING: Final = b"\x89\x00"
_DATA: Final = frozenset({Opcode.TEXT, Opcode.BINARY})

log = structlog.get_logger(__name__)


class StreamProtocol(asyncio.Protocol):
    """What uvicorn hands an upgrade to: it passes `config`, `server_state` and `app_state` by name."""

    def __init__(self, door: Door, *, server_state: Any, **_: Any) -> None:
        self.lagging = False
        self.heard_s = self._pinged_s = 0.0
        self.expires_s: float | None = None
        self._door = door
        self._metrics = door.metrics
        self._loop = asyncio.get_running_loop()
        self._open_connections: set[Any] = server_state.connections
        self._websocket = ServerProtocol(max_size=door.settings.message_bytes, logger=_QUIET)
        self._transport: asyncio.Transport
        self._client: Client | None = None
        self._entered: Entered | None = None
        self._handshake: asyncio.Task[None] | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._closing = False
        self._paused = False
        self._parts: list[bytes] = []
        self._packed = False

    @property
    def client(self) -> Client | None:
        """None before the handshake is done."""
        return self._client

    # What the transport says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's has the methods but not the base
        self._open_connections.add(self)
        high = self._door.settings.data_bytes
        self._transport.set_write_buffer_limits(high=high, low=high // 4)
        self.heard_s = self._loop.time()

    def data_received(self, data: bytes) -> None:
        self.heard_s = self._loop.time()
        self._websocket.receive_data(data)
        self._take_events()
        self._send_pending()

    def eof_received(self) -> None:
        self._websocket.receive_eof()
        self._send_pending()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - however it ended
        self._closing = True
        self._open_connections.discard(self)
        if self._ending is not None:
            self._ending.cancel()
        if self._handshake is not None:
            self._handshake.cancel()
        if self._client is not None:
            self._client.left()
        if self._entered is not None:
            self._door.leave(self, self._entered)
            self._entered = None

    def pause_writing(self) -> None:
        self.lagging = True

    def resume_writing(self) -> None:
        self.lagging = False
        if self._client is not None:
            self._client.drained()

    def shutdown(self) -> None:
        """uvicorn stops."""
        self.close(CLOSE_GOING_AWAY)

    # What the client says (`client.Socket`).

    def write(self, frames: bytes) -> None:
        if not self._closing:
            self._metrics.writes += 1
            self._metrics.bytes += len(frames)
            self._transport.write(frames)

    def unread(self) -> int:
        return self._transport.get_write_buffer_size()

    def pause(self) -> None:
        if not self._paused and not self._closing:
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._paused and not self._closing:
            self._paused = False
            self._transport.resume_reading()

    def close(self, code: int) -> None:
        """Say goodbye and hang up, after CLOSE_WAIT_S in any case."""
        if self._closing:
            return
        self._metrics.closes[code] += 1
        self.resume()  # the answer has to be read
        try:
            self._websocket.send_close(code)
        except InvalidState:
            self._transport.abort()  # the handshake is not done
            return
        self._send_pending()
        self._closing = True
        self._end_later()
        if self._client is not None:
            self._client.left()

    # What the sweep says.

    def watch(self, now_s: float, unix_s: float) -> None:
        """Called every few seconds: ping the silent, end the dead and the expired."""
        if self._client is None or self._closing:
            return
        if self.expires_s is not None and unix_s >= self.expires_s:
            self.close(CLOSE_CHANGED)
        elif now_s - self.heard_s > self._door.settings.silence_s:
            self.close(CLOSE_SILENT)
        elif now_s - max(self.heard_s, self._pinged_s) > self._door.settings.ping_s:
            self._pinged_s = now_s
            self.write(_PING)

    def _take_events(self) -> None:
        for event in self._websocket.events_received():
            if isinstance(event, Frame):
                self._take_frame(event)
            elif isinstance(event, Request):
                self._handshake = asyncio.create_task(self._shake_hands(event), name="stream handshake")

    def _take_frame(self, frame: Frame) -> None:
        if self._client is None:
            self._transport.abort()  # it did not wait for the answer to its handshake
            return
        if frame.opcode in _DATA:
            self._packed = frame.opcode is Opcode.BINARY
            self._parts = []
        elif frame.opcode is not Opcode.CONT:
            return
        self._parts.append(bytes(frame.data))
        if frame.fin:
            message = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            self._parts = []
            self._client.received(message, packed=self._packed)

    async def _shake_hands(self, request: Request) -> None:
        try:
            await self._let_in(request)
        except Exception:  # the last net: nobody waits for this task
            log.exception("handshake_failed")
            if self._websocket.state is State.CONNECTING:
                self._refuse(_INTERNAL)
            else:
                self.close(CLOSE_INTERNAL)

    async def _let_in(self, request: Request) -> None:
        scope = _scope_of(request, self._transport)
        try:
            async with asyncio.timeout(HANDSHAKE_MAX_S):
                entered = await self._door.enter(self, scope)
        except TimeoutError:
            entered = Refusal(503, "server.unavailable")
        if isinstance(entered, Refusal):
            self._refuse(entered)
            return
        self._entered = entered
        self.expires_s = None if entered.caller is None else entered.caller.expires_s
        response = self._websocket.accept(request)
        self._websocket.send_response(response)
        self._send_pending()
        if response.status_code != 101:
            self._transport.close()
            return
        self._client = self._door.client(self, entered)
        self._client.open(entered.streams)

    def _refuse(self, refusal: Refusal) -> None:
        self._metrics.refusals[refusal.status] += 1
        response = self._websocket.reject(refusal.status, "")
        response.body = msgspec.json.encode({"errors": [refusal.code]})
        del response.headers["Content-Type"], response.headers["Content-Length"]
        response.headers["Content-Type"] = "application/json"
        response.headers["Content-Length"] = str(len(response.body))
        self._websocket.send_response(response)
        self._send_pending()
        self._transport.close()

    def _send_pending(self) -> None:
        """What `websockets` has to say: handshakes, pongs and close frames."""
        for data in self._websocket.data_to_send():
            if data:
                if not self._closing:
                    self._transport.write(data)
            elif not self._transport.is_closing():
                self._closing = True
                self._transport.close()
                self._end_later()

    def _end_later(self) -> None:
        if self._ending is None:
            self._ending = self._loop.call_later(CLOSE_WAIT_S, self._transport.abort)


def _scope_of(request: Request, transport: asyncio.Transport) -> dict[str, Any]:
    """The request as an ASGI scope, which is what authentication reads."""
    path, _, query = request.path.partition("?")
    peer = transport.get_extra_info("peername")
    return {
        "type": "websocket",
        "method": "GET",
        "scheme": "wss" if transport.get_extra_info("sslcontext") else "ws",
        "path": unquote(path),
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in request.headers.raw_items()],
        "client": tuple(peer[:2]) if isinstance(peer, tuple) else None,
    }
