"""Handing leadership on: the leader's heartbeat, and a standby that waits for the lock and evicts a leader that hangs.

The lock of `journal.py` is free at once when the leader's process or connection ends. A process that is stopped, or a
machine that is cut off, keeps its connection: it is told by a heartbeat that does not come, and the standby then ends
that connection at the server. Invariant: evicting can at worst be unnecessary, never wrong, because an evicted leader
can append nothing more and stops when it notices. Limit: a standby needs the right to end sessions of the leader's
role (the same role, or pg_signal_backend).
"""

import asyncio
from typing import Final

import asyncpg
import structlog

from pyxiu.kit.errors import TransientError
from pyxiu.storage.database import UNAVAILABLE, Connection, close_quietly, connect
from pyxiu.storage.journal import LEADER_LOCK, PostgresJournal, prepare_to_lead

BEAT_S: Final = 0.5
#: A leader that was silent for so long is evicted. Together with the rest of a takeover it stays below five seconds.
LEASE_S: Final = 2.5
POLL_S: Final = 0.2
RECONNECT_S: Final = 0.5

_BEAT = """
    INSERT INTO engine_leader (backend_pid, name, beat_at) VALUES ($1, $2, clock_timestamp())
    ON CONFLICT (one) DO UPDATE SET backend_pid = $1, name = $2, beat_at = clock_timestamp()
"""
#: The holder of the lock, and for how long it has not been heard of: since its last beat, or since it connected.
_HOLDER = """
    SELECT activity.pid, coalesce(leader.name, application_name) AS name,
        extract(epoch FROM clock_timestamp() - greatest(leader.beat_at, activity.backend_start))::float8 AS silent_s
    FROM pg_locks JOIN pg_stat_activity AS activity USING (pid)
        LEFT JOIN engine_leader AS leader ON leader.backend_pid = activity.pid
    WHERE locktype = 'advisory' AND granted AND datname = current_database() AND database = datid
        AND (classid::bigint << 32 | objid::bigint) = $1 AND objsubid = 1
"""

log = structlog.get_logger(__name__)


class Heartbeat:
    """Says every BEAT_S that this leader lives; `run()` it on the loop that the engine runs on."""

    def __init__(self, dsn: str, journal: PostgresJournal, name: str) -> None:
        self._dsn = dsn
        self._pid = journal.backend_pid
        self._name = name

    async def run(self) -> None:
        """Beat until canceled. A beat that fails is not the engine's end; the lock is what counts."""
        while True:
            try:
                connection = await connect(self._dsn, "pyxiu heartbeat")
            except TransientError as error:
                log.warning("heartbeat_reconnects", error=str(error))
                await asyncio.sleep(RECONNECT_S)
                continue
            try:
                # Losing the last beat in a crash of the server loses nothing.
                await connection.execute("SET synchronous_commit = off")
                beat = await connection.prepare(_BEAT)
                while True:
                    await beat.fetch(self._pid, self._name)
                    await asyncio.sleep(BEAT_S)
            except (*UNAVAILABLE, asyncpg.PostgresError) as error:
                log.warning("heartbeat_reconnects", error=repr(error))
                await asyncio.sleep(RECONNECT_S)
            finally:
                await close_quietly(connection)


class Candidate:
    """Waits to lead. `take` is asked again and again until it gives the journal."""

    def __init__(self, dsn: str, *, lease_s: float = LEASE_S) -> None:
        self._dsn = dsn
        self._lease_s = lease_s
        self._connection: Connection | None = None

    async def take(self) -> PostgresJournal | None:
        """The leader's hold on the journal if it is to be had now. Evicts a holder that hangs."""
        try:
            if self._connection is None:
                self._connection = await connect(self._dsn, "pyxiu engine")
            connection = self._connection
            if await connection.fetchval("SELECT pg_try_advisory_lock($1)", LEADER_LOCK):
                self._connection = None
                return await prepare_to_lead(connection)
            await self._evict_if_hung(connection)
        except (*UNAVAILABLE, TransientError) as error:
            log.warning("standby_reconnects", error=repr(error))
            await self.close()
            await asyncio.sleep(RECONNECT_S)
        return None

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await close_quietly(connection)

    async def _evict_if_hung(self, connection: Connection) -> None:
        async with connection.transaction():
            # The right to look at sessions and to end them is the login's; the engine's role has neither.
            await connection.execute("SET LOCAL ROLE NONE")
            holder = await connection.fetchrow(_HOLDER, LEADER_LOCK)
            if holder is None or holder["silent_s"] is None or holder["silent_s"] < self._lease_s:
                return
            log.warning("leader_evicted", leader=holder["name"], backend=holder["pid"], silent_s=holder["silent_s"])
            await connection.execute("SELECT pg_terminate_backend($1)", holder["pid"])
