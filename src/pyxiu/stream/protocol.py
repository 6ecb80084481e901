"""A WebSocket on uvicorn's connection: `websockets` shakes hands and parses, frames go straight to the transport.

Invariant: every write is of whole frames, so frames that were built once for many and answers of this connection
cannot mix; after the close frame nothing is written; every handshake ends, also one that fails; every frame that costs
work is a message or counted like one, and what comes after the one that was too many is not parsed. Limit: no
compression, no subprotocols; a message has `message_bytes` at most, in one frame or in FRAGMENTS_MAX.
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

from pyxiu.stream.client import (
    CLOSE_CHANGED,
    CLOSE_INTERNAL,
    CLOSE_SILENT,
    CLOSE_TOO_MANY,
    CLOSE_TOO_SLOW,
    Client,
)
from pyxiu.stream.door import Door, Entered
from pyxiu.stream.ports import Refusal

CLOSE_GOING_AWAY: Final = 1001
#: How long the other side may take to answer a close frame.
CLOSE_WAIT_S: Final = 5.0
HANDSHAKE_MAX_S: Final = 10.0
#: So much is parsed before what it says is acted on: 340 of the smallest frames.
PIECE_BYTES: Final = 2048
#: A fragment with less in it counts like a message, except a message's last.
FRAGMENT_BYTES_MIN: Final = 128
FRAGMENTS_MAX: Final = 1024
#: The other side may have sent so many frames before its answer to our close frame; after more of them it is not heard.
LATE_FRAMES_MAX: Final = 1024
_QUIET: Final = logging.getLogger("pyxiu.stream.websockets")
_QUIET.setLevel(logging.ERROR)
_INTERNAL: Final = Refusal(500, "server.internal_error")
_PING: Final = b"\x89\x00"
_DATA: Final = frozenset({Opcode.TEXT, Opcode.BINARY})
_HEARTBEATS: Final = frozenset({Opcode.PING, Opcode.PONG})
_NOTHING: Final = memoryview(b"")

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
        #: What was received and waits for messages before it.
        self._rest = _NOTHING
        self._parsing = False
        self._late = 0
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
        if len(data) <= PIECE_BYTES and not self._rest:
            self._parse(data)
        else:
            self._rest = memoryview(b"".join((self._rest, data)) if self._rest else data)
            self._parse_rest()

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
        if not self._closing:
            self._read_on()

    def close(self, code: int) -> None:
        """Say goodbye and hang up, after CLOSE_WAIT_S in any case."""
        if self._closing:
            return
        self._metrics.closes[code] += 1
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
        self._read_on()  # the answer has to be read

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

    def _read_on(self) -> None:
        if not self._paused:
            return
        self._paused = False
        self._parse_rest()
        if not self._paused and not self._transport.is_closing():
            self._transport.resume_reading()

    def _parse_rest(self) -> None:
        """By pieces: one read may hold 43,000 frames, and whoever sends too many is stopped before all are parsed."""
        if self._parsing:
            return  # what was parsed has closed or resumed: the loop below sees it
        self._parsing = True
        try:
            while self._rest and not self._paused and not self._transport.is_closing():
                piece, self._rest = self._rest[:PIECE_BYTES], self._rest[PIECE_BYTES:]
                self._parse(bytes(piece))
        finally:
            self._parsing = False

    def _parse(self, data: bytes) -> None:
        self._websocket.receive_data(data)
        self._take_events()
        self._send_pending()

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
        if self._closing:
            self._take_late()
            return
        if frame.opcode in _DATA:
            self._packed = frame.opcode is Opcode.BINARY
            self._parts = []
        elif not self._continues(self._client, frame):
            return
        self._parts.append(bytes(frame.data))
        if frame.fin:
            message = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            self._parts = []
            self._client.received(message, packed=self._packed)

    def _continues(self, client: Client, frame: Frame) -> bool:
        """Whether a frame that begins no message goes on with one. The connection may end by it."""
        fragment = frame.opcode is Opcode.CONT
        if fragment and len(self._parts) >= FRAGMENTS_MAX:
            client.close(CLOSE_TOO_MANY)
        elif frame.opcode is Opcode.PING and self.unread() > self._door.settings.private_bytes:
            client.close(CLOSE_TOO_SLOW)  # its pongs must not be left out either
        elif frame.opcode in _HEARTBEATS or (fragment and not frame.fin and len(frame.data) < FRAGMENT_BYTES_MIN):
            client.within_rate()
        return fragment and not client.closed

    def _take_late(self) -> None:
        """A frame after our close frame. What answers it comes soon, or the timer hangs up."""
        self._late += 1
        if self._late == LATE_FRAMES_MAX:
            self._rest = _NOTHING
            self._paused = True
            self._transport.pause_reading()

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
        """What `websockets` has to say: handshakes, pongs and close frames, in one write; an empty text ends it all."""
        pending = self._websocket.data_to_send()
        if not pending:
            return
        frames = b"".join(pending)
        if frames and not self._closing:
            self._transport.write(frames)
        if not pending[-1] and not self._transport.is_closing():
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
