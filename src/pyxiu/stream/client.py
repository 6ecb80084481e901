"""One connection's business: what it is subscribed to, what it asks, and what it is told.

Invariant: messages are handled in the order in which they came, and orders reach the desk in that order; private frames
are written or the connection ends, and market data that does not fit is caught up with later. Limit: how bytes travel
is the socket's.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple, Protocol

import structlog

from pyxiu.core.types import MemberId
from pyxiu.stream import messages
from pyxiu.stream.channels.channel import Channel
from pyxiu.stream.hub import Hub
from pyxiu.stream.limits import Bucket
from pyxiu.stream.members.feed import Told
from pyxiu.stream.members.members import Members, UnavailableError
from pyxiu.stream.messages import Message
from pyxiu.stream.metrics import StreamMetrics
from pyxiu.stream.names import Private, parse_name
from pyxiu.stream.ports import Action, Asked, Caller, OrderDesk, Reply
from pyxiu.stream.settings import CONTROL_BYTES_MAX, StreamSettings

CLOSE_TOO_LARGE: Final = 1009
CLOSE_INTERNAL: Final = 1011
CLOSE_CHANGED: Final = 4001
CLOSE_SILENT: Final = 4002
CLOSE_TOO_MANY: Final = 4003
CLOSE_TOO_SLOW: Final = 4008
CLOSE_UNAVAILABLE: Final = 4013

#: So many messages of one connection are handled before others have their turn.
TURN: Final = 32

_NOBODY: Final = Reply(401, {"errors": ["authz.invalid_session"]})
_TOO_MANY: Final = Reply(429, {"errors": ["server.too_many_requests"]})
_FAILED: Final = Reply(500, {"errors": ["server.internal_error"]})
_ACTIONS: Final = {action.value: action for action in Action}

log = structlog.get_logger(__name__)


class Refused(NamedTuple):
    """Why a stream cannot be had."""

    code: str


class Socket(Protocol):
    """What carries frames."""

    def write(self, frames: bytes) -> None: ...

    #: More unread market data than is good: it has to wait.
    lagging: bool

    def unread(self) -> int:
        """Bytes that were written and have not left."""

    def close(self, code: int) -> None: ...

    def pause(self) -> None:
        """Read no more until `resume`."""

    def resume(self) -> None: ...


class House(Protocol):
    """What all connections share."""

    @property
    def settings(self) -> StreamSettings: ...
    @property
    def hub(self) -> Hub: ...
    @property
    def members(self) -> Members: ...
    @property
    def desk(self) -> OrderDesk: ...
    @property
    def metrics(self) -> StreamMetrics: ...


class Client:
    """`open` once, then `received` for each message, `drained` and `left` as the socket says."""

    def __init__(
        self, socket: Socket, house: House, caller: Caller | None, order_rate: Bucket, *, nested: bool
    ) -> None:
        self.caller = caller
        self.nested = nested
        self.closed = False
        #: Writes market data. The socket's own method, because a fan-out calls it thousands of times.
        self.write: Callable[[bytes], None] = socket.write
        self._socket = socket
        self._house = house
        self._loop = asyncio.get_running_loop()
        self._channels: dict[str, Channel] = {}
        self._private: set[Private] = set()
        self._started = False
        #: Private frames from the moment at which the streams begin until the subscription is answered.
        self._held: list[bytes] | None = None
        self._queue: deque[tuple[bytes, bool]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._orders: set[asyncio.Task[None]] = set()
        settings, now_s = house.settings, self._loop.time()
        self._control = Bucket(settings.control_messages_per_s, settings.control_messages_burst, now_s)
        self._order_rate = order_rate

    def open(self, streams: Sequence[str]) -> None:
        """Subscribe to what the address names, and say so."""
        self._worker = asyncio.create_task(self._opening(list(dict.fromkeys(streams))), name="stream client")

    def received(self, message: bytes, *, packed: bool) -> None:
        """A whole message."""
        if self.closed:
            return
        self._queue.append((message, packed))
        if len(self._queue) + len(self._orders) >= self._house.settings.orders_in_flight:
            self._socket.pause()
        self._work_on()

    def within_rate(self) -> bool:
        """Whether something that is no order is within the rate of such; otherwise the connection ends."""
        if not self.closed and not self._control.take(1, self._loop.time()):
            self.close(CLOSE_TOO_MANY)
        return not self.closed

    def drained(self) -> None:
        """The socket has room again: send what was left out."""
        if self.closed:
            return
        for channel in self._channels.values():
            if channel.subscribers.get(self, channel.version) != channel.version:
                self._house.metrics.resyncs += 1
                channel.send_missed(self)

    def left(self) -> None:
        """The connection has ended."""
        self.closed = True
        self._queue.clear()
        for channel in self._channels.values():
            channel.unsubscribe(self)
        self._channels.clear()
        self._leave_private()
        # Orders under way go on: whoever sent them may ask for them again by client order id.
        if self._worker is not None:
            self._worker.cancel()

    def lags(self) -> bool:
        if self._socket.lagging:
            self._house.metrics.left_out += 1
            return True
        return False

    def told(self, told: Sequence[Told]) -> None:
        frames = b"".join([frame for stream, frame in told if stream in self._private])
        if not frames:
            return
        if self._held is not None:
            self._held.append(frames)
        else:
            self.tell(frames)

    def unavailable(self) -> None:
        """The member's streams cannot go on."""
        self.close(CLOSE_UNAVAILABLE)

    def tell(self, frames: bytes) -> None:
        """Write what must not be left out."""
        if self.closed:
            return
        if self._socket.unread() > self._house.settings.private_bytes:
            self.close(CLOSE_TOO_SLOW)
        else:
            self._socket.write(frames)

    def close(self, code: int) -> None:
        if not self.closed:
            self._socket.close(code)
            self.left()

    def _work_on(self) -> None:
        if self._queue and (self._worker is None or self._worker.done()):
            self._worker = asyncio.create_task(self._work(), name="stream client")

    async def _opening(self, streams: list[str]) -> None:
        await self._guarded(self._subscribe(streams))
        await self._work()

    async def _work(self) -> None:
        handled = 0
        while self._queue:
            message, packed = self._queue.popleft()
            await self._guarded(self._handle(message, packed=packed))
            self._make_room()
            handled += 1
            if handled % TURN == 0:
                await asyncio.sleep(0)  # a flood of messages is not everybody's wait

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception:  # the last net: one connection's failure is nobody else's
            log.exception("stream_client_failed")
            self.close(CLOSE_INTERNAL)

    def _make_room(self) -> None:
        if len(self._queue) + len(self._orders) < self._house.settings.orders_in_flight:
            self._socket.resume()

    async def _handle(self, raw: bytes, *, packed: bool) -> None:
        if raw == messages.PING:
            if self._controlled(raw, "ping"):
                self.tell(messages.PONG)
            return
        message = messages.decode_message(raw, packed=packed)
        action = None if message is None else _ACTIONS.get(message.event)
        if message is not None and action is not None:
            await self._order(message, Asked(action, bytes(message.data), packed))
        elif message is None:
            if self._controlled(raw, "invalid"):
                self.tell(messages.error(messages.INVALID_MESSAGE))
        elif message.event in {"subscribe", "unsubscribe"}:
            if self._controlled(raw, message.event):
                await self._change(message)
        elif self._controlled(raw, "unknown"):
            self.tell(messages.error(messages.UNKNOWN_EVENT))

    def _controlled(self, raw: bytes, event: str) -> bool:
        """Whether a message that is no order is within the limits; otherwise the connection ends."""
        self._house.metrics.messages[event] += 1
        if len(raw) > CONTROL_BYTES_MAX:
            self.close(CLOSE_TOO_LARGE)
            return False
        return self.within_rate()

    async def _change(self, message: Message) -> None:
        names = messages.names_of(message.streams)
        if isinstance(names, str):
            self.tell(messages.error(names))
        elif message.event == "subscribe":
            await self._subscribe(names)
        else:
            self._unsubscribe(names)

    async def _subscribe(self, names: list[str]) -> None:
        channels: dict[str, Channel] = {}
        private: set[Private] = set()
        refused: dict[str, list[str]] = {}
        there = set(self._names())
        for name in names:
            if name in there:
                continue  # a client may send its whole list again
            found = self._find(name)
            count = len(there) + len(channels) + len(private)
            if not isinstance(found, Refused) and count >= self._house.settings.subscriptions:
                found = Refused(messages.TOO_MANY_SUBSCRIPTIONS)
            if isinstance(found, Refused):
                refused.setdefault(found.code, []).append(name)
            elif isinstance(found, Channel):
                channels[name] = found
            else:
                private.add(found)
        for code, streams in refused.items():
            self.tell(messages.error(code, streams))
        started = await self._start_private(frozenset(private))
        if started is None or self.closed:
            return
        self._channels.update(channels)
        self.tell(messages.success("subscribed", self._names()))
        self._release(started)
        for channel in channels.values():
            channel.subscribe(self)

    def _find(self, name: str) -> Channel | Private | Refused:
        """What a name stands for, or why it cannot be had."""
        parsed = parse_name(name)
        if isinstance(parsed, Private):
            if self.caller is None:
                return Refused(messages.AUTHENTICATION_REQUIRED)
            return parsed if "read" in self.caller.scopes else Refused(messages.SCOPE_NOT_PERMITTED)
        channel = None if parsed is None else self._house.hub.channel(parsed)
        return Refused(messages.UNKNOWN_STREAM) if channel is None else channel

    async def _start_private(self, wanted: frozenset[Private]) -> bytes | None:
        """The frames that these streams begin with; None if they cannot begin, and the connection has ended."""
        if not wanted or self.caller is None:
            return b""
        self._private |= wanted
        uid = MemberId(self.caller.uid)
        if self._started:
            return self._house.members.snapshot(uid, wanted)
        self._held = []
        try:
            start = await self._house.members.start(uid, self, wanted)
        except UnavailableError as error:
            log.warning("private_streams_unavailable", error=str(error))
            self.tell(messages.error(messages.PRIVATE_UNAVAILABLE, sorted(wanted)))
            self.close(CLOSE_UNAVAILABLE)
            return None
        self._started = True
        return start.frames

    def _release(self, beginning: bytes) -> None:
        held, self._held = self._held or [], None
        frames = b"".join([beginning, *held])
        if frames:
            self.tell(frames)

    def _unsubscribe(self, names: list[str]) -> None:
        for name in names:
            channel = self._channels.pop(name, None)
            if channel is not None:
                channel.unsubscribe(self)
            self._private -= {stream for stream in self._private if stream.value == name}
        if not self._private:
            self._leave_private()
        self.tell(messages.success("unsubscribed", self._names()))

    def _leave_private(self) -> None:
        if self.caller is not None and (self._started or self._held is not None):
            self._house.members.leave(MemberId(self.caller.uid), self)
            self._started = False
        self._private.clear()

    def _names(self) -> list[str]:
        return [*self._channels, *sorted(stream.value for stream in self._private)]

    async def _order(self, message: Message, asked: Asked) -> None:
        self._house.metrics.messages[asked.action.value] += 1
        begun: Reply | Awaitable[Reply]
        if self.caller is None:
            begun = _NOBODY
        elif not self._order_rate.take(self._house.desk.items(asked), self._loop.time()):
            begun = _TOO_MANY
        else:
            begun = await self._house.desk.begin(self.caller, asked)
        if (begun is _NOBODY or begun is _TOO_MANY) and not self.within_rate():
            return  # what took nothing from the rate of orders is no order
        if isinstance(begun, Reply):
            self.tell(messages.reply(message.id, begun, packed=asked.packed))
            return
        task = asyncio.create_task(self._finish(message.id, begun, packed=asked.packed), name="stream order")
        self._orders.add(task)

    async def _finish(self, request: messages.RequestId, begun: Awaitable[Reply], *, packed: bool) -> None:
        try:
            told = await begun
        except Exception:  # the last net: whatever it is, the client gets an answer
            log.exception("stream_order_failed")
            told = _FAILED
        self.tell(messages.reply(request, told, packed=packed))
        task = asyncio.current_task()
        if task is not None:
            self._orders.discard(task)
        self._make_room()
