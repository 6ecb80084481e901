"""The PostgreSQL primary dies while members trade, and its synchronous replica is promoted: T-78.

No acknowledged command is lost, the exchange goes on by itself once its processes are started again as a supervisor
does it, and a primary that comes back as it was does not get an engine to lead.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import msgspec
import pytest

from pyxiu.core.outcomes import Record
from pyxiu.engine.verify import verify_journal
from pyxiu.storage import journal, migrate
from pyxiu.storage.database import DatabaseUnavailableError, create_pool
from pyxiu.storage.follow import JournalFollower
from pyxiu.storage.journal import PostgresJournalReader, lead, read_head
from tests.e2e.server import Server
from tests.e2e.traders import Traders, make_demo
from tests.support.ports import free_port
from tests.support.replicated import Pair, replicated

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

#: Orders that must have been answered before the primary dies, and after its replica has been promoted.
ENOUGH = 20
WAIT_S = 120.0


@pytest.fixture
def pair() -> Iterator[Pair]:
    with replicated() as found:
        found.start()
        yield found


@pytest.fixture
def services(home: Path, pair: Pair) -> Iterator[tuple[Server, Server]]:
    """An engine, and a gateway with a projector; not started yet."""
    address = f"127.0.0.1:{free_port()}"
    for name in ("engine", "api"):
        (home / name).mkdir()
    engine = Server(home / "engine", "run", "engine", database_url=pair.dsn, engine_listen=address)
    api = Server(home / "api", "run", "api", "projector", database_url=pair.dsn, engines=(address,))
    yield engine, api
    for server in (engine, api):
        server.kill()


async def supervise(*servers: Server) -> None:
    """What systemd or Kubernetes does: start again what has ended."""
    while True:
        for server in servers:
            if not server.is_running():
                server.spawn()
        await asyncio.sleep(0.5)


async def test_t78_no_acknowledged_command_is_lost_when_the_primary_dies(
    pair: Pair, services: tuple[Server, Server]
) -> None:
    engine, api = services
    await migrate.upgrade(pair.dsn)
    traders = Traders(api, await make_demo(msgspec.structs.replace(api.settings, engines=())), seed=78)
    engine.spawn()
    api.spawn()
    await api.until_ready()
    stop = asyncio.Event()
    trading = asyncio.create_task(traders.trade_until(stop))
    await until_placed(traders, ENOUGH)
    await asyncio.to_thread(pair.primary.kill)
    supervising = asyncio.create_task(supervise(engine, api))
    try:
        await asyncio.to_thread(pair.replica.promote)
        await until_placed(traders, len(traders.placed) + ENOUGH)
    finally:
        stop.set()
        await asyncio.gather(trading, return_exceptions=True)
        supervising.cancel()
        await asyncio.gather(supervising, return_exceptions=True)
    await api.until_ready()
    await traders.resolve()
    traders.check(await journal_of(pair.replica.dsn))
    audit = await api.run("audit", "--json")
    assert audit.returncode == 0, audit.stdout + audit.stderr


async def test_t78_a_primary_that_was_replaced_and_comes_back_gets_nobody_to_lead(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "PROOF_MAX_S", 1.0)
    await migrate.upgrade(pair.dsn)
    leading = await lead(pair.dsn)
    await asyncio.to_thread(pair.primary.kill)
    await asyncio.to_thread(pair.replica.promote)
    after = await lead(pair.replica.dsn)
    assert (after.seq, after.hash) == (leading.seq, leading.hash)
    await asyncio.to_thread(pair.primary.start)
    connection = await asyncpg.connect(pair.primary.dsn)
    assert not await connection.fetchval("SELECT pg_is_in_recovery()"), "it takes itself for the primary"
    assert (await read_head(connection)).seq == leading.seq, "and can be read"
    await connection.close()
    with pytest.raises(DatabaseUnavailableError, match="does it wait for a synchronous standby"):
        await lead(pair.primary.dsn)
    await after.close()


async def until_placed(traders: Traders, count: int) -> None:
    async with asyncio.timeout(WAIT_S):
        while len(traders.placed) < count:  # noqa: ASYNC110 - answers set no event
            await asyncio.sleep(0.05)


async def journal_of(dsn: str) -> list[Record]:
    pool = await create_pool(dsn, "test", size_max=2)
    await verify_journal(PostgresJournalReader(pool))
    await pool.close()
    records: list[Record] = []
    async with JournalFollower(dsn, seq_after=0) as follower:
        while batch := await follower.poll():
            records += batch
    return records
