"""What changed in identity, told to every process within a second: a row and a notification in one transaction.

    await announce(connection, Change.API_KEY, kid)          # in the transaction of the change
    follower = ChangeFollower(dsn, name="api"); follower.subscribe(forget); await follower.run()

Invariant: whoever follows is told of every committed change after its commit, in whatever order db transactions commit
and however long they take, also while the connection is lost: each row says which db transaction wrote it, and every
POLL_S those are read that the database's last snapshot did not show yet. A change may be told twice.
Limit: `live_until_s` says until when that holds; a cache that is past it must ask the database. Rows are kept for a day
(`worker.py`): who is away for longer, or writes for longer, is not heard of.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

import asyncpg
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.kit.errors import TransientError
from pyxiu.storage.database import UNAVAILABLE, Connection, close_quietly, connect

CHANNEL: Final = "pyxiu_identity"
POLL_S: Final = 0.25
RECONNECT_S: Final = 0.25
#: With each new connection rows of the last while are read whatever their db transaction: a database that crashed gives
#: the numbers of those that it does not remember once more.
REREAD_S: Final = 300
#: Changes of one call that are notified of one by one. Of more, all processes learn by their rows, a poll later: there
#: they come between other work and not all in one go.
NOTIFIED_MAX: Final = 100
#: Changes that subscribers are told at once, before others in the event loop have their turn.
TOLD_AT_ONCE: Final = 500
#: A follower that has not heard from the database for so long does not vouch for caches any more.
LIVE_S: Final = 0.75

log = structlog.get_logger(__name__)


class Change(StrEnum):
    """What changed; the subject says which: uid, session id, key id, or nothing."""

    USER = "user"
    SESSION = "session"
    API_KEY = "api_key"
    PERMISSIONS = "permissions"
    RESTRICTIONS = "restrictions"
    SETTINGS = "settings"


class Changed(NamedTuple):
    kind: Change
    subject: str


async def announce(connection: AsyncConnection, kind: Change, subject: str = "") -> None:
    """Tell every process, once this transaction commits. `subject`: uid, session id, kid; empty for tables."""
    await announce_all(connection, kind, [subject])


async def announce_all(connection: AsyncConnection, kind: Change, subjects: Sequence[str]) -> None:
    """The same of many subjects, in one statement."""
    values = {"kind": kind.value, "subjects": list(subjects), "channel": CHANNEL, "notified_max": NOTIFIED_MAX}
    await connection.execute(_ANNOUNCE, values)


_ANNOUNCE: Final = text(
    """
    WITH told AS (
        INSERT INTO identity_changes (kind, subject) SELECT :kind, unnest(CAST(:subjects AS text[]))
        RETURNING id, kind, subject
    )
    SELECT count(pg_notify(:channel, id || ' ' || kind || ' ' || subject)) FROM told
    WHERE (SELECT count(*) FROM told) <= :notified_max
    """
)


class ChangeFollower:
    """`run()` until canceled; subscribers are called in its event loop and must not block."""

    def __init__(self, dsn: str, *, name: str) -> None:
        self._dsn = dsn
        self._name = name
        self._subscribers: list[Callable[[Changed], None]] = []
        #: Which db transactions were over when rows were read last, as PostgreSQL writes it; None before the start.
        self._seen: str | None = None
        #: Ids that were told, lately and before; each for REREAD_S at least.
        self._told: set[int] = set()
        self._told_before: set[int] = set()
        self._turned_s = float("-inf")
        #: Until then (monotonic) all that committed more than a moment ago has been told.
        self.live_until_s = float("-inf")

    def subscribe(self, subscriber: Callable[[Changed], None]) -> None:
        self._subscribers.append(subscriber)

    async def run(self) -> None:
        """Follow; reconnects by itself."""
        while True:
            try:
                connection = await connect(self._dsn, f"pyxiu changes {self._name}")
            except TransientError as error:
                await self._lost(error)
                continue
            try:
                await connection.add_listener(CHANNEL, self._notified)
                await self._follow(connection)
            except (*UNAVAILABLE, asyncpg.PostgresError) as error:
                await self._lost(error)
            finally:
                await close_quietly(connection)

    async def _lost(self, error: Exception) -> None:
        log.warning("changes_reconnect", follower=self._name, error=repr(error))
        await asyncio.sleep(RECONNECT_S)

    async def _follow(self, connection: Connection) -> None:
        async with asyncio.timeout(LIVE_S * 4):
            await self._begin(connection)
        while True:
            asked_s = time.monotonic()
            async with asyncio.timeout(LIVE_S * 4):
                # Taken before the rows are read: what ends in between is told, and looked for again.
                seen = await connection.fetchval(_SNAPSHOT)
                await self._tell_all(await connection.fetch(_SINCE, self._seen))
                self._seen = seen
            self._forget_told(asked_s)
            self.live_until_s = asked_s + LIVE_S
            await asyncio.sleep(POLL_S)

    async def _begin(self, connection: Connection) -> None:
        if self._seen is None:
            self._seen = await connection.fetchval(_SNAPSHOT)
        else:
            self._seen = await connection.fetchval(_EARLIER, self._seen)
        # Also at the start, when caches may have something already that changed before anybody followed.
        await self._tell_all(await connection.fetch(_RECENT, REREAD_S))

    def _notified(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        number, kind, subject = str(payload).split(" ", 2)
        self._tell(int(number), kind, subject)

    async def _tell_all(self, rows: Iterable[asyncpg.Record]) -> None:
        for count, row in enumerate(rows, 1):
            self._tell(row["id"], row["kind"], row["subject"])
            if count % TOLD_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _tell(self, number: int, kind: str, subject: str) -> None:
        if number in self._told or number in self._told_before:
            return
        self._told.add(number)
        changed = Changed(Change(kind), subject)
        for subscriber in self._subscribers:
            subscriber(changed)

    def _forget_told(self, now_s: float) -> None:
        if now_s - self._turned_s >= REREAD_S:
            self._turned_s = now_s
            self._told, self._told_before = set(), self._told


_SNAPSHOT: Final = "SELECT pg_current_snapshot()::text"
#: What a snapshot does not show: db transactions that were under way, and those that had not begun. By the index, so
#: that one that stays open for hours costs nothing.
_SINCE: Final = """
    SELECT id, kind, subject FROM identity_changes
    WHERE db_transaction >= pg_snapshot_xmax($1::text::pg_snapshot)::text::bigint
       OR db_transaction = ANY (ARRAY(SELECT pg_snapshot_xip($1::text::pg_snapshot)::text::bigint))
    ORDER BY id
"""
_RECENT: Final = """
    SELECT id, kind, subject FROM identity_changes
    WHERE at > clock_timestamp() - make_interval(secs => $1) ORDER BY id
"""
#: The given snapshot, or that of now in a database that is not as far: one that was restored counts from its own start.
_EARLIER: Final = """
    SELECT CASE WHEN pg_snapshot_xmax($1::text::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot())
        THEN pg_current_snapshot()::text ELSE $1 END
"""
