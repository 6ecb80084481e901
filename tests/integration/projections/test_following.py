"""Books in memory, reading your own writes, and how far behind the tables are."""

import asyncio

import asyncpg
import pytest

from pyxiu.core.types import MarketId
from pyxiu.engine.committed import Committed, CommittedFeed
from pyxiu.kit.failpoints import FailpointError, armed
from pyxiu.projections.live import BookFollower
from pyxiu.projections.projector import Projector
from pyxiu.projections.rebuild import rebuild
from pyxiu.projections.registry import NAMES, READ_BY_MEMBERS
from pyxiu.projections.status import read_status
from pyxiu.projections.waiter import CursorWaiter
from pyxiu.storage.cursors import read_cursors
from pyxiu.storage.database import Connection
from tests.support.commands import MARKETS
from tests.support.projected import Projected, leading, reach, running
from tests.support.seeded import SeededExchange


def assert_books_equal(book: BookFollower, projected: Projected) -> None:
    for market in MARKETS:
        assert book.depth(market, 1_000) == projected.core.depth(market, 1_000)


async def test_books_start_from_the_tables_and_the_rest_of_the_journal(
    database_dsn: str, connection: Connection
) -> None:
    """E-12: the tables are behind when it starts."""
    projected = await Projected.open(database_dsn, connection, SeededExchange(41))
    await projected.trade(1_000)
    await projected.project()
    await projected.trade(1_000)
    book = BookFollower(database_dsn)
    await book.start()
    assert book.seq == projected.core.seq
    assert book.at_ns == projected.records[-1].at_ns
    assert_books_equal(book, projected)
    assert book.depth(MarketId("nosuch"), 10) is None


async def test_books_follow_what_is_committed(database_dsn: str, connection: Connection) -> None:
    """E-12: no projector runs."""
    projected = await Projected.open(database_dsn, connection, SeededExchange(42))
    book = BookFollower(database_dsn)
    following = asyncio.create_task(book.run())
    for _ in range(5):
        await projected.trade(300)
        async with asyncio.timeout(20):
            while book.seq < projected.core.seq:  # noqa: ASYNC110 - it has nobody to signal in service
                await asyncio.sleep(0.005)
        assert_books_equal(book, projected)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_books_beside_the_engine_are_fed_by_it_and_close_gaps_from_the_journal(
    database_dsn: str, connection: Connection
) -> None:
    """E-12: told of some batches, not of others, as a slow follower is."""
    projected = await Projected.open(database_dsn, connection, SeededExchange(45))
    feed = CommittedFeed()
    book = BookFollower(database_dsn, feed)
    async with running(book) as following:
        for told in (True, False, True, True):
            for batch in projected.exchange.batches(300, 64):
                async with leading(database_dsn) as journal:
                    await journal.append(batch.records, batch.seq_first, batch.seq_last)
                if told:
                    feed.tell(Committed(batch.records, batch.seq_first, batch.seq_last))
            if told:
                await reach(book, following, projected.core.seq)
                assert_books_equal(book, projected)


async def test_a_reader_waits_until_its_own_write_is_there(database_dsn: str, connection: Connection) -> None:
    projected = await Projected.open(database_dsn, connection, SeededExchange(43))
    projector = Projector(database_dsn)
    async with CursorWaiter(database_dsn) as waiter, running(projector):
        await projected.trade(500)
        seq = projected.core.seq
        readers = [asyncio.create_task(waiter.wait_for(seq - back, timeout_s=20)) for back in range(0, 200, 10)]
        assert all(await asyncio.gather(*readers))
        assert waiter.seq >= seq
        assert await connection.fetchval("SELECT min(seq) FROM projection_cursors") >= seq
        assert await waiter.wait_for(seq, timeout_s=0)


async def test_a_reader_waits_for_a_bounded_time(database_dsn: str) -> None:
    async with CursorWaiter(database_dsn) as waiter:
        assert not await waiter.wait_for(1, timeout_s=0.05)
        assert await waiter.wait_for(0, timeout_s=0)


async def test_a_lost_notification_is_made_good_by_looking(database_dsn: str, connection: Connection) -> None:
    projected = await Projected.open(database_dsn, connection, SeededExchange(44))
    async with CursorWaiter(database_dsn) as waiter:
        reader = asyncio.create_task(waiter.wait_for(500, timeout_s=20))
        await asyncio.sleep(0)
        await connection.execute("UPDATE projection_cursors SET seq = 500")
        assert await reader
        assert waiter.seq == 500
    assert projected.core.seq == 0


@pytest.mark.parametrize("name", READ_BY_MEMBERS)
async def test_a_reader_waits_while_a_table_is_made_anew(name: str, projected: Projected) -> None:
    seq = projected.core.seq
    async with CursorWaiter(projected.dsn) as waiter:
        assert await waiter.wait_for(seq, timeout_s=20)
        with armed("projection_after_commit=raise@2"), pytest.raises(FailpointError):
            await rebuild(projected.dsn, name, records_max=100)
        again = (await read_cursors(projected.connection))[name]
        assert 0 < again < seq
        while waiter.seq != again:  # noqa: ASYNC110 - what is there is looked up now and then
            await asyncio.sleep(0.01)
        assert await waiter.wait_for(again, timeout_s=0)
        assert not await waiter.wait_for(again + 1, timeout_s=0.05)
        await rebuild(projected.dsn, name, resume=True)
        assert await waiter.wait_for(seq, timeout_s=20)


async def test_a_rebuild_of_what_members_read_is_announced_as_it_empties_the_table(projected: Projected) -> None:
    listener = await asyncpg.connect(projected.dsn)
    told: list[object] = []
    await listener.add_listener("pyxiu_projection", lambda *notification: told.append(notification[-1]))
    for name in NAMES:
        with armed("rebuild_after_truncate=raise"), pytest.raises(FailpointError):
            await rebuild(projected.dsn, name)
    await listener.execute("SELECT 1")
    assert told == ["0"] * len(READ_BY_MEMBERS)
    await listener.close()


async def test_a_projection_that_runs_alone_tells_nobody(projected: Projected) -> None:
    """Rebuilding candles up to the end says nothing of orders that are behind."""
    listener = await asyncpg.connect(projected.dsn)
    told: list[object] = []
    await listener.add_listener("pyxiu_projection", lambda *notification: told.append(notification[-1]))
    await projected.connection.execute("UPDATE projection_cursors SET seq = 0 WHERE name = 'candles'")
    await projected.connection.execute("TRUNCATE candles")
    projector = Projector(projected.dsn)
    async with running(projector) as task:
        await reach(projector, task, projected.core.seq)
    await listener.execute("SELECT 1")
    assert told == []
    await listener.close()


async def test_status_tells_lag_in_records_and_seconds(database_dsn: str, connection: Connection) -> None:
    projected = await Projected.open(database_dsn, connection, SeededExchange(45))
    empty = await read_status(connection)
    assert (empty.head, empty.lag_records, empty.lag_s) == (0, 0, 0)
    assert [each.name for each in empty.projections] == list(NAMES)

    await projected.trade(500)
    behind = await read_status(connection)
    assert behind.head == behind.lag_records == projected.core.seq
    assert behind.lag_s > 0
    assert behind.seq == 0

    await projected.project()
    current = await read_status(connection)
    assert (current.seq, current.lag_records, current.lag_s) == (projected.core.seq, 0, 0)

    await connection.execute("UPDATE projection_cursors SET seq = seq - 1 WHERE name = 'trades'")
    one_behind = await read_status(connection)
    assert (one_behind.lag_records, one_behind.seq) == (1, projected.core.seq - 1)
    assert 0 < one_behind.lag_s < behind.lag_s + 60


async def test_a_projection_that_never_ran_is_behind_by_everything(database_dsn: str, connection: Connection) -> None:
    projected = Projected(database_dsn, connection, SeededExchange(46))
    await projected.trade(200)
    assert (await read_status(connection)).lag_records == projected.core.seq
