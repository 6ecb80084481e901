"""What changed in identity, told to every process within a second: a row and a notification in one transaction.

    await announce(connection, Change.API_KEY, kid)          # in the transaction of the change
    follower = ChangeFollower(dsn, name="api"); follower.subscribe(forget); await follower.run()

Invariant: whoever follows is told of every committed change after it is committed, also of those that commit out of
order or while the connection is lost, because the rows of the last OVERLAP_S are read again every POLL_S. A change may
be told twice. Limit: `live()` says whether that holds at the moment; a cache that finds it false must ask the database.
"""

import asyncio
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final, NamedTuple

import asyncpg
import structlog
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.tables.access import identity_changes
from pyxiu.kit.errors import TransientError
from pyxiu.storage.database import UNAVAILABLE, Connection, close_quietly, connect

CHANNEL: Final = "pyxiu_identity"
POLL_S: Final = 0.25
RECONNECT_S: Final = 0.25
#: Longer than a transaction of identity takes, so that an id that commits late is still looked for.
OVERLAP_S: Final = 30
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
    row = await connection.execute(
        insert(identity_changes).values(kind=kind.value, subject=subject).returning(identity_changes.c.id)
    )
    payload = f"{row.scalar_one()} {kind.value} {subject}"
    await connection.execute(text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": payload})


class ChangeFollower:
    """`run()` until canceled; subscribers are called in its event loop and must not block."""

    def __init__(self, dsn: str, *, name: str) -> None:
        self._dsn = dsn
        self._name = name
        self._subscribers: list[Callable[[Changed], None]] = []
        #: Ids above `_floor` that were told already.
        self._told: set[int] = set()
        self._floor = 0
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
        if not self._floor:
            # Whoever starts to follow has empty caches: only what comes from now on matters, and what is under way.
            self._floor = await connection.fetchval(_OLD_ID, OVERLAP_S) or 0
        while True:
            asked_s = time.monotonic()
            async with asyncio.timeout(LIVE_S * 4):
                for row in await connection.fetch(_SINCE, self._floor):
                    self._tell(row["id"], row["kind"], row["subject"])
                self._forget_told(await connection.fetchval(_OLD_ID, OVERLAP_S) or 0)
            self.live_until_s = asked_s + LIVE_S
            await asyncio.sleep(POLL_S)

    def _notified(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        number, kind, subject = str(payload).split(" ", 2)
        self._tell(int(number), kind, subject)

    def _tell(self, number: int, kind: str, subject: str) -> None:
        if number <= self._floor or number in self._told:
            return
        self._told.add(number)
        changed = Changed(Change(kind), subject)
        for subscriber in self._subscribers:
            subscriber(changed)

    def _forget_told(self, floor: int) -> None:
        if floor > self._floor:
            self._floor = floor
            self._told = {number for number in self._told if number > floor}


_SINCE: Final = "SELECT id, kind, subject FROM identity_changes WHERE id > $1 ORDER BY id"
_OLD_ID: Final = "SELECT max(id) FROM identity_changes WHERE at < clock_timestamp() - make_interval(secs => $1)"
