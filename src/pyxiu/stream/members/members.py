"""The members who listen, and the records that touch them.

Invariant: a listener gets what was true at the record at which it starts, and then every later event exactly once; it
starts only when the tables of the HTTP API have reached that record, so whatever it reads afterwards leaves no gap; the
record is never before the one at which it came. Limit: a member is in memory while somebody listens for it.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, Protocol

import msgspec
import structlog

from pyxiu.core.events import (
    EntryPosted,
    Event,
    HoldPlaced,
    HoldReleased,
    HoldSettled,
    OrderAccepted,
    OrderCanceled,
    OrderDecremented,
    TradeExecuted,
)
from pyxiu.core.outcomes import Record
from pyxiu.core.types import MemberId
from pyxiu.kit.errors import TransientError
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.connection import LOST
from pyxiu.projections.reads.beginnings import MemberBeginning, member_beginning
from pyxiu.storage.database import Pool
from pyxiu.stream.frames import data_frame
from pyxiu.stream.markets import Markets
from pyxiu.stream.members.feed import MemberFeed, Told
from pyxiu.stream.names import Private
from pyxiu.stream.ports import Reads, Words

#: How long the tables may take to reach the record at which a listener starts.
START_MAX_S: Final = 5.0
#: Records that may touch a member while its beginning is read.
WAITING_MAX: Final = 50_000

log = structlog.get_logger(__name__)


class UnavailableError(TransientError):
    """Private streams cannot start at the moment."""


class Listener(Protocol):
    """A connection of the member."""

    def told(self, told: Sequence[Told]) -> None:
        """Events, in order."""

    def unavailable(self) -> None:
        """There will be no more."""


class Start(NamedTuple):
    """Where a listener begins: the record, and the frames that its streams begin with."""

    seq: int
    frames: bytes


class _Listening:
    """A member's feed with those who listen. `waiting` holds records while the feed is being read."""

    def __init__(self, feed: MemberFeed) -> None:
        self.feed = feed
        self.listeners: set[Listener] = set()
        self.starting: dict[Listener, tuple[frozenset[Private], asyncio.Future[Start]]] = {}
        self.waiting: list[Record] | None = []
        self.loading: asyncio.Task[None] | None = None


class Members:
    """`take` every record after the one that the books have reached at the start."""

    def __init__(self, markets: Markets, words: Words, pool: Pool, reads: Reads) -> None:
        self.seq = 0
        self._markets = markets
        self._words = words
        self._pool = pool
        self._reads = reads
        self._listening: dict[MemberId, _Listening] = {}

    async def start(self, uid: MemberId, listener: Listener, wanted: frozenset[Private]) -> Start:
        """Begin to tell a listener. Raises UnavailableError. What comes before this returns is told already."""
        listening = self._listening.get(uid)
        if listening is None:
            listening = self._listening[uid] = _Listening(MemberFeed(uid, self._markets, self._words))
            listening.loading = asyncio.create_task(self._load(listening, self.seq), name=f"member {uid}")
        try:
            async with asyncio.timeout(START_MAX_S):
                start = await self._started(listening, listener, wanted)
                if not await self._reads.wait_for(start.seq, START_MAX_S):
                    raise UnavailableError(f"tables have not reached record {start.seq} in {START_MAX_S} s")
        except BaseException as error:
            self.leave(uid, listener)
            if isinstance(error, TimeoutError):
                raise UnavailableError(f"the beginning of {uid} was not read in {START_MAX_S} s") from None
            raise
        return start

    def snapshot(self, uid: MemberId, wanted: frozenset[Private]) -> bytes:
        """The frames that further streams of a listener who has started begin with."""
        return self._listening[uid].feed.snapshot(wanted)

    def leave(self, uid: MemberId, listener: Listener) -> None:
        """Tell no more."""
        listening = self._listening.get(uid)
        if listening is None:
            return
        listening.listeners.discard(listener)
        listening.starting.pop(listener, None)
        if not listening.listeners and not listening.starting:
            del self._listening[uid]
            if listening.loading is not None:
                listening.loading.cancel()

    def announce(self, uid: MemberId, stream: Private, payload: Any) -> None:
        """Tell what happened beside the journal. A listener that is only starting reads it elsewhere."""
        listening = self._listening.get(uid)
        if listening is not None:
            told = [(stream, data_frame(stream.value, msgspec.json.encode(payload)))]
            for listener in tuple(listening.listeners):
                listener.told(told)

    def take(self, records: Iterable[Record]) -> None:
        """Tell those whom the records touch."""
        told: dict[MemberId, list[Told]] = {}
        for record in records:
            self.seq = record.seq
            if not self._listening:
                continue
            touched = self._touched(record.events)
            if not touched:
                continue
            chunk = self._chunk(record)
            for uid in touched:
                listening = self._listening.get(uid)
                if listening is None:
                    continue
                if listening.waiting is None:
                    told.setdefault(uid, []).extend(self._applied(listening, chunk))
                else:
                    self._wait(listening, record)
        for uid, events in told.items():
            listening = self._listening.get(uid)
            if listening is not None:
                self._tell(listening, events)

    def _applied(self, listening: _Listening, chunk: Chunk) -> list[Told]:
        """One member's broken feed ends that member's streams, nobody else's."""
        try:
            return listening.feed.apply(chunk)
        except Exception:
            log.exception("member_feed_failed", member=listening.feed.uid, seq=chunk.seq_last)
            self._listening.pop(listening.feed.uid, None)
            for listener in tuple(listening.listeners):
                listener.unavailable()
            return []

    def _touched(self, events: Iterable[Event]) -> set[MemberId]:
        touched: set[MemberId] = set()
        for event in events:
            owners = _OWNERS.get(type(event))
            if owners is not None:
                touched.update(uid for uid in owners(event) if uid in self._listening)
        return touched

    def _chunk(self, record: Record) -> Chunk:
        return Chunk((record,), self._markets.assets)

    def _tell(self, listening: _Listening, events: list[Told]) -> None:
        events += listening.feed.balances_moved()
        if events:
            self._reads.told(listening.feed.uid, self.seq)
            for listener in tuple(listening.listeners):
                listener.told(events)

    def _wait(self, listening: _Listening, record: Record) -> None:
        assert listening.waiting is not None, "the beginning is being read"
        listening.waiting.append(record)
        if len(listening.waiting) > WAITING_MAX and listening.loading is not None:
            listening.loading.cancel()
            self._failed(
                listening, UnavailableError(f"more than {WAITING_MAX} records while {listening.feed.uid} is read")
            )

    async def _started(self, listening: _Listening, listener: Listener, wanted: frozenset[Private]) -> Start:
        if listening.waiting is None:
            listening.listeners.add(listener)
            return Start(self.seq, listening.feed.snapshot(wanted))
        future: asyncio.Future[Start] = asyncio.get_running_loop().create_future()
        listening.starting[listener] = (wanted, future)
        return await future

    async def _load(self, listening: _Listening, seq: int) -> None:
        try:
            if not await self._reads.wait_for(seq, START_MAX_S):
                raise UnavailableError(f"tables have not reached record {seq} in {START_MAX_S} s")
            beginning = await member_beginning(self._pool, listening.feed.uid)
            read_at = min(beginning.orders_seq, beginning.accounts_seq)
            if read_at < seq:  # emptied in between, to be made anew
                raise UnavailableError(f"tables have reached record {read_at} only, not {seq}")
        except LOST as error:
            log.warning("member_stream_unavailable", error=repr(error))
            self._failed(listening, error)
            return
        self._begin(listening, beginning)

    def _begin(self, listening: _Listening, beginning: MemberBeginning) -> None:
        """From the tables to the present: nothing may come in between, so nothing here waits."""
        feed, starting = listening.feed, listening.starting
        feed.begin(beginning)
        seq = min(beginning.orders_seq, beginning.accounts_seq)
        waiting, listening.waiting, listening.starting = listening.waiting or [], None, {}
        for listener, (wanted, future) in starting.items():
            if not future.done():
                listening.listeners.add(listener)
                future.set_result(Start(seq, feed.snapshot(wanted)))
        events: list[Told] = []
        for record in waiting:
            events += feed.apply(self._chunk(record))
        self._tell(listening, events)

    def _failed(self, listening: _Listening, error: Exception) -> None:
        self._listening.pop(listening.feed.uid, None)
        for _, future in listening.starting.values():
            if not future.done():
                future.set_exception(UnavailableError(str(error)))


def _member(event: Any) -> tuple[MemberId, ...]:
    return (event.member,)


def _of_trade(event: TradeExecuted) -> tuple[MemberId, ...]:
    return event.maker, event.taker


def _of_entry(event: EntryPosted) -> tuple[MemberId, ...]:
    return tuple(posting.owner for posting in event.postings)


_OWNERS: Final[dict[type[Event], Callable[[Any], tuple[MemberId, ...]]]] = {
    EntryPosted: _of_entry,
    HoldPlaced: _member,
    HoldSettled: _member,
    HoldReleased: _member,
    OrderAccepted: _member,
    OrderCanceled: _member,
    OrderDecremented: _member,
    TradeExecuted: _of_trade,
}
