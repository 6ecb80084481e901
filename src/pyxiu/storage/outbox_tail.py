"""Follow the outbox from now on, without a place of one's own: for those who tell whoever listens at the moment.

    tail = OutboxTail(dsn, ["model.deposit.created"], name="stream"); await tail.run(tell)

Invariant: every event that commits while it runs is told once, also one that commits out of order or while the
connection is lost, because the rows of the last OVERLAP_S are read again every POLL_S. Limit: what was there at the
start is never told; events of different aggregates may be told out of order.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import asyncpg
import msgspec
import structlog

from pyxiu.kit.errors import TransientError
from pyxiu.storage.database import UNAVAILABLE, Connection, close_quietly, connect
from pyxiu.storage.outbox import CHANNEL

POLL_S: Final = 0.5
RECONNECT_S: Final = 0.25
#: Longer than a transaction that announces something takes, so that an id that commits late is still looked for.
OVERLAP_S: Final = 30
#: A query that takes longer has lost its connection.
ANSWER_S: Final = 5.0

log = structlog.get_logger(__name__)


class TailedEvent(NamedTuple):
    """An event that has just been committed."""

    id: int
    event: str
    record: dict[str, Any]


Tell = Callable[[TailedEvent], None]


class OutboxTail:
    """`run` until canceled; what it calls runs in its event loop and must not block."""

    def __init__(self, dsn: str, events: Sequence[str], *, name: str) -> None:
        self._dsn = dsn
        self._events = list(events)
        self._name = name
        #: Ids above `_floor` that were told, or were there at the start.
        self._told: set[int] = set()
        self._floor: int | None = None
        self._grown = asyncio.Event()
        #: Set once everything that commits from then on will be told.
        self.following = asyncio.Event()

    async def run(self, tell: Tell) -> None:
        """Follow; reconnects by itself."""
        while True:
            try:
                connection = await connect(self._dsn, f"pyxiu outbox {self._name}")
            except TransientError as error:
                await self._lost(error)
                continue
            try:
                await connection.add_listener(CHANNEL, self._notified)
                await self._follow(connection, tell)
            except (*UNAVAILABLE, asyncpg.PostgresError) as error:
                await self._lost(error)
            finally:
                await close_quietly(connection)

    async def _lost(self, error: Exception) -> None:
        log.warning("outbox_tail_reconnects", follower=self._name, error=repr(error))
        await asyncio.sleep(RECONNECT_S)

    async def _follow(self, connection: Connection, tell: Tell) -> None:
        if self._floor is None:
            floor = await connection.fetchval(_OLD_ID, OVERLAP_S) or 0
            self._told = {row["id"] for row in await connection.fetch(_SINCE, floor, self._events)}
            self._floor = floor
            self.following.set()
        while True:
            self._grown.clear()
            async with asyncio.timeout(ANSWER_S):
                rows = await connection.fetch(_SINCE, self._floor, self._events)
                floor = await connection.fetchval(_OLD_ID, OVERLAP_S) or 0
            for row in rows:
                if row["id"] not in self._told:
                    self._told.add(row["id"])
                    tell(TailedEvent(row["id"], row["event"], msgspec.json.decode(row["record"])))
            if floor > self._floor:
                self._floor = floor
                self._told = {number for number in self._told if number > floor}
            try:
                async with asyncio.timeout(POLL_S):
                    await self._grown.wait()
            except TimeoutError:
                continue

    def _notified(self, *_: object) -> None:
        self._grown.set()


_SINCE: Final = "SELECT id, event, record FROM outbox WHERE id > $1 AND event = ANY($2::text[]) ORDER BY id"
#: The newest id that is old; an index leads there from the end.
_OLD_ID: Final = (
    "SELECT id FROM outbox WHERE created_at < clock_timestamp() - make_interval(secs => $1) ORDER BY id DESC LIMIT 1"
)
