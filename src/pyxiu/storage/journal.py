"""The journal in PostgreSQL: one row per batch, one INSERT, one COMMIT, rows linked by hashes.

Invariant: at most one engine appends. An advisory lock on the appending connection elects it, and the primary key
fences it: an engine that leads no longer, whatever it believes, inserts a `seq_first` that is taken and fails. That
connection is never replaced; losing it is losing leadership. Limit: a batch is one value of at most 1 GB.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import asyncpg

from pyxiu.engine.errors import LeadershipHeldError, LeadershipLostError
from pyxiu.engine.ports import GENESIS_HASH, JournalHead, JournalRow, row_hash
from pyxiu.kit import failpoints
from pyxiu.kit.errors import PermanentError
from pyxiu.kit.failpoints import failpoint
from pyxiu.storage.database import (
    AnyConnection,
    Connection,
    DatabaseUnavailableError,
    Pool,
    close_quietly,
    connect,
)

#: The advisory lock of the leading engine. Advisory locks are per database; the number only has to be ours.
LEADER_LOCK: Final = 0x7079786975_6C6561
APPLICATION: Final = "pyxiu engine"
#: How long to wait for an engine that is on its way out, or whose server has not noticed yet that it died.
LEADER_WAIT_S: Final = 10.0
#: A commit that takes longer has failed; the engine stops and recovers.
APPEND_TIMEOUT_S: Final = 30.0
#: Rows are read in chunks of about this many records.
CHUNK_RECORDS: Final = 20_000
_POLL_S: Final = 0.1
#: The session may be idle for ever, but the server frees the lock some 20 s after the leader's machine has vanished.
_SESSION: Final = """
    SET idle_session_timeout = 0; SET statement_timeout = 0;
    SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3
"""

#: A commit that takes longer than this is none.
PROOF_MAX_S: Final = 10.0
_PROOF: Final = """
    INSERT INTO engine_leader (backend_pid, name, beat_at)
    VALUES (pg_backend_pid(), current_setting('application_name'), clock_timestamp())
    ON CONFLICT (one) DO UPDATE SET backend_pid = EXCLUDED.backend_pid, name = EXCLUDED.name,
        beat_at = EXCLUDED.beat_at
"""
_INSERT = "INSERT INTO journal (seq_first, seq_last, records, hash, prev_hash) VALUES ($1, $2, $3, $4, $5)"
_COLUMNS = "seq_first, seq_last, records, hash, prev_hash"
_HEAD = "SELECT seq_last, hash FROM journal ORDER BY seq_first DESC LIMIT 1"
_HASH_AT = """
    SELECT hash FROM journal
    WHERE seq_first = (SELECT max(seq_first) FROM journal WHERE seq_first <= $1) AND seq_last = $1
"""
#: Numbers have no gaps, so a range of them bounds the size of a chunk; the first row may begin before the range.
_CHUNK = f"""
    SELECT {_COLUMNS} FROM journal
    WHERE seq_first >= coalesce((SELECT max(seq_first) FROM journal WHERE seq_first <= $1), 1)
        AND seq_first < $1 + $2 AND seq_last >= $1
    ORDER BY seq_first
"""  # noqa: S608 - constants
_HOLDER = """
    SELECT format('%s, server process %s, from %s since %s', application_name, pid,
        coalesce(client_addr::text, 'this machine'), to_char(backend_start, 'YYYY-MM-DD HH24:MI:SS'))
    FROM pg_stat_activity JOIN pg_locks USING (pid)
    WHERE locktype = 'advisory' AND granted AND datname = current_database()
        AND database = datid
        AND (classid::bigint << 32 | objid::bigint) = $1 AND objsubid = 1
"""


class PostgresJournalReader:
    """Reads the journal on pooled connections. Needs no leadership."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def head(self) -> JournalHead:
        async with self._pool.acquire() as connection:
            return await read_head(connection)

    async def hash_at(self, seq: int) -> bytes | None:
        async with self._pool.acquire() as connection:
            found: bytes | None = await connection.fetchval(_HASH_AT, seq)
            return found

    async def rows(self, seq_after: int) -> AsyncIterator[JournalRow]:
        """See JournalReader. The next chunk is read while the caller works on this one."""
        end = (await self.head()).seq
        reading = asyncio.ensure_future(self._chunk(seq_after + 1))
        try:
            while chunk := await reading:
                reading = asyncio.ensure_future(self._chunk(chunk[-1].seq_last + 1))
                for row in chunk:
                    if row.seq_first > end:
                        return
                    yield row
        finally:
            reading.cancel()

    async def _chunk(self, seq: int) -> list[JournalRow]:
        async with self._pool.acquire() as connection:
            return await read_chunk(connection, seq, CHUNK_RECORDS)


class PostgresJournal:
    """The leader's hold on the journal. Made by `lead`, ended by `close`."""

    def __init__(self, connection: Connection, insert: Any, head: JournalHead) -> None:
        self._connection = connection
        self._insert = insert
        self._seq = head.seq
        self._hash = head.hash
        self._closing = False
        self._callback: Callable[[Exception], None] | None = None
        connection.add_termination_listener(self._terminated)

    @property
    def seq(self) -> int:
        """The last number that this engine knows to be committed."""
        return self._seq

    @property
    def hash(self) -> bytes:
        """The hash of the last row."""
        return self._hash

    @property
    def backend_pid(self) -> int:
        """The server's process that leadership hangs on."""
        return self._connection.get_server_pid()

    def on_lost(self, callback: Callable[[Exception], None]) -> None:
        self._callback = callback

    async def append(self, records: bytes, seq_first: int, seq_last: int) -> None:
        """Commit one batch; it must follow the last one."""
        assert seq_first == self._seq + 1, f"batch begins at {seq_first}, the journal ends at {self._seq}"
        assert seq_last >= seq_first, (seq_first, seq_last)
        digest = row_hash(self._hash, seq_first, seq_last, records)
        failpoint("journal_before_append")
        try:
            if failpoints.is_armed("journal_after_append_before_commit"):
                await self._insert_in_steps(seq_first, seq_last, records, digest)
            else:
                await self._insert.fetch(seq_first, seq_last, records, digest, self._hash, timeout=APPEND_TIMEOUT_S)
        except asyncpg.UniqueViolationError as error:
            raise LeadershipLostError(
                f"another engine has written a batch that begins at {seq_first}: this one leads no longer"
            ) from error
        except TimeoutError as error:
            raise PermanentError(
                f"the commit of records {seq_first} to {seq_last} took longer than {APPEND_TIMEOUT_S} s"
            ) from error
        self._seq = seq_last
        self._hash = digest

    async def close(self) -> None:
        """Give up leadership."""
        self._closing = True
        await close_quietly(self._connection)

    async def _insert_in_steps(self, *values: Any) -> None:
        """As the one statement, with a place to die between its effect and its commit."""
        async with self._connection.transaction():
            await self._insert.fetch(*values, self._hash)
            failpoint("journal_after_append_before_commit")

    def _terminated(self, _connection: Any) -> None:
        if not self._closing and self._callback is not None:
            self._callback(LeadershipLostError("the journal's database connection was lost, and leadership with it"))


async def lead(dsn: str, *, wait_s: float = LEADER_WAIT_S) -> PostgresJournal:
    """Become the one engine that may append. Raises LeadershipHeldError when another still leads after `wait_s`."""
    connection = await connect(dsn, APPLICATION)
    try:
        await _take_leadership(connection, wait_s)
    except BaseException:
        await close_quietly(connection)
        raise
    return await prepare_to_lead(connection)


async def prepare_to_lead(connection: Connection) -> PostgresJournal:
    """The journal on a connection that holds the leader's lock; the connection is closed if that fails."""
    try:
        await connection.execute(_SESSION)
        await _check_durability(connection)
        await _prove_commits(connection)
        # Read after the lock is held: nobody can append to what is read here.
        head = await read_head(connection)
        insert = await connection.prepare(_INSERT)
    except BaseException:
        await close_quietly(connection)
        raise
    return PostgresJournal(connection, insert, head)


async def read_head(connection: AnyConnection) -> JournalHead:
    row = await connection.fetchrow(_HEAD)
    if row is None:
        return JournalHead(0, GENESIS_HASH)
    return JournalHead(row["seq_last"], row["hash"])


async def read_chunk(connection: AnyConnection, seq: int, records: int) -> list[JournalRow]:
    """Rows from the one that holds `seq` on, until about so many records."""
    return [JournalRow(*row.values()) for row in await connection.fetch(_CHUNK, seq, records)]


async def _check_durability(connection: AnyConnection) -> None:
    """Refuse a server that would forget what it has confirmed."""
    fsync = await connection.fetchval("SHOW fsync")
    if fsync != "on":
        raise PermanentError(
            f"the database server runs with fsync={fsync}: a committed order could be lost; turn it on"
        )
    # A role or a database may have a weaker default; a stronger one (remote_apply) is the operator's choice.
    if await connection.fetchval("SHOW synchronous_commit") in ("off", "local"):
        await connection.execute("SET synchronous_commit = on")


async def _prove_commits(connection: AnyConnection) -> None:
    """Commit something as the journal is committed. A primary that was replaced and came back takes connections and
    gives the lock, but its commits wait for a standby that follows another now: nobody leads there.
    """
    try:
        await connection.execute(_PROOF, timeout=PROOF_MAX_S)
    except TimeoutError:
        raise DatabaseUnavailableError(
            f"the database has not committed within {PROOF_MAX_S} s: does it wait for a synchronous standby?"
        ) from None


async def _take_leadership(connection: AnyConnection, wait_s: float) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait_s
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LEADER_LOCK):
        if loop.time() > deadline:
            holder = await connection.fetchval(_HOLDER, LEADER_LOCK) or "unknown"
            raise LeadershipHeldError(f"another engine leads this database: {holder}")
        await asyncio.sleep(_POLL_S)
