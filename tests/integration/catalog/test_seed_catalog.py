"""Seeding a real database and a real engine: all or nothing, once, and repaired after a crash in between."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.catalog.model import MarketStatus
from pyxiu.catalog.reads import CatalogReader
from pyxiu.catalog.seed_catalog import parse_files, seed_catalog
from pyxiu.catalog.store import reading
from pyxiu.catalog.tell_engine import tell_engine
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import MarketState
from pyxiu.engine.errors import EngineStoppedError
from pyxiu.storage.orm import open_database
from tests.support.engine import running_engine

FILES = {
    "blockchains.yml": "- {key: bitcoin, client: bitcoin}\n",
    "currencies.yml": (
        "- {id: btc, blockchain_key: bitcoin, base_factor: 100000000, min_deposit_amount: 0.0001}\n"
        "- {id: usd, type: fiat, precision: 2, options: {note: [1, 0.5]}}\n"
    ),
    "engines.yml": "- {name: peatio-default-engine, driver: peatio}\n",
    "markets.yml": (
        "- {base_unit: btc, quote_unit: usd, engine_name: peatio-default-engine, price_precision: 2,"
        " amount_precision: 6, min_amount: 0.0001, state: hidden}\n"
    ),
    "trading_fees.yml": "- {maker: 0.001, taker: 0.002}\n",
    "withdraw_limits.yml": "- {limit_24_hour: 100, limit_1_month: 1000}\n",
}


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[AsyncEngine]:
    database = open_database(database_dsn, "pyxiu catalog")
    yield database
    await database.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


class DeadEngine:
    """One that a crash has taken away."""

    async def submit_many(self, _commands: Sequence[bytes]) -> list[Outcome]:
        raise EngineStoppedError("the engine is gone")


class RefusingEngine:
    """One that will have none of it."""

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]:
        return [Outcome(0, Rejection.ASSET_CONFLICT) for _ in commands]


async def test_rows_and_engine_say_the_same(database: AsyncEngine, database_dsn: str, folder: Path) -> None:
    async with running_engine(database_dsn) as engine:
        report = await seed_catalog(database, parse_files([folder]))
        delivery = await tell_engine(database, engine.client)
        assert not report.problems
        assert not delivery.rejected
        assert sum(report.added.values()) == 9
        assert engine.core.assets() == {"btc": 10, "usd": 10}
        [market] = engine.core.markets()
        assert (market.market, market.price_precision, market.amount_precision) == ("btcusd", 2, 6)
        assert (market.min_price, market.max_price, market.min_quantity) == (1, 0, 100)
        assert market.state is MarketState.HIDDEN
    picture = await CatalogReader(database).picture()
    assert picture.markets["btcusd"].state is MarketStatus.HIDDEN
    assert picture.currencies["usd"].networks[0].options == {"note": [1, "0.5"]}
    assert picture.currencies["btc"].networks[0].base_factor == 10**8
    assert picture.trading_fees[0].id > 0
    assert picture.trading_fees[0].created_at is not None


async def test_seeding_twice_changes_nothing(database: AsyncEngine, database_dsn: str, folder: Path) -> None:
    async with running_engine(database_dsn) as engine:
        await seed_catalog(database, parse_files([folder]))
        await tell_engine(database, engine.client)
        seq, before = engine.core.seq, await CatalogReader(database).picture()
        report = await seed_catalog(database, parse_files([folder]))
        delivery = await tell_engine(database, engine.client)
        assert not any(report.added.values())
        assert len(report.skipped) == 7
        assert delivery.applied == 0
        assert engine.core.seq == seq
        after = await CatalogReader(database).picture()
        assert msgspec.structs.replace(after, version=before.version) == before


async def test_existing_rows_are_never_updated(database: AsyncEngine, folder: Path) -> None:
    await seed_catalog(database, parse_files([folder]))
    (folder / "trading_fees.yml").write_text("- {maker: 0.5, taker: 0.5}\n- {group: vip-1, maker: 0, taker: 0}\n")
    report = await seed_catalog(database, parse_files([folder]))
    assert report.added["trading_fees"] == 1
    fees = (await CatalogReader(database).picture()).trading_fees
    assert {(fee.group, str(fee.maker)) for fee in fees} == {("any", "0.001000"), ("vip-1", "0.000000")}


async def test_one_problem_in_one_file_leaves_all_as_it_was(database: AsyncEngine, folder: Path) -> None:
    (folder / "trading_fees.yml").write_text("- {market_id: nowhere}\n")
    report = await seed_catalog(database, parse_files([folder]))
    assert len(report.problems) == 1
    assert not (await CatalogReader(database).picture()).currencies
    (folder / "markets.yml").write_text("- {base_unit: btc}\n")
    assert (await seed_catalog(database, parse_files([folder]))).problems
    assert not (await CatalogReader(database).picture()).currencies


async def test_a_crash_between_rows_and_engine_is_repaired_by_the_next_run(
    database: AsyncEngine, database_dsn: str, folder: Path
) -> None:
    await seed_catalog(database, parse_files([folder]))
    with pytest.raises(EngineStoppedError):
        await tell_engine(database, DeadEngine())
    async with running_engine(database_dsn) as engine:
        report = await seed_catalog(database, parse_files([folder]))
        delivery = await tell_engine(database, engine.client)
        assert not any(report.added.values())
        assert delivery.applied == 5
        assert engine.core.assets() == {"btc": 10, "usd": 10}
        assert (await tell_engine(database, engine.client)).applied == 0


async def test_commands_sent_twice_have_the_effect_of_once(
    database: AsyncEngine, database_dsn: str, folder: Path
) -> None:
    """The crash after the engine's commit, before the note that it was told."""
    await seed_catalog(database, parse_files([folder]))
    async with reading(database) as store:
        owed = await store.pending_commands()
    async with running_engine(database_dsn) as engine:
        await engine.client.submit_many([item.command for item in owed])
        once = engine.core.markets(), engine.core.assets()
        delivery = await tell_engine(database, engine.client)
        assert not delivery.rejected
        assert (engine.core.markets(), engine.core.assets()) == once


async def test_what_the_engine_refuses_is_named_and_stays_owed(database: AsyncEngine, folder: Path) -> None:
    await seed_catalog(database, parse_files([folder]))
    delivery = await tell_engine(database, RefusingEngine())
    assert delivery.applied == 0
    assert delivery.rejected[0].startswith("currency btc: ASSET_CONFLICT: The asset exists with other decimals")
    async with reading(database) as store:
        assert len(await store.pending_commands()) == 5


async def test_positions_follow_those_that_exist(database: AsyncEngine, folder: Path) -> None:
    await seed_catalog(database, parse_files([folder]))
    (folder / "currencies.yml").write_text("- {id: eur, type: fiat}\n")
    await seed_catalog(database, parse_files([folder / "currencies.yml"]))
    picture = await CatalogReader(database).picture()
    assert [(row.id, row.position) for row in picture.currencies.values()] == [("btc", 1), ("usd", 2), ("eur", 3)]


async def test_a_reader_sees_a_change_within_its_time_and_not_a_query_each_time(
    database: AsyncEngine, folder: Path
) -> None:
    slow, eager = CatalogReader(database, ttl_s=3600), CatalogReader(database, ttl_s=0)
    assert await slow.markets() == await eager.markets() == {}
    await seed_catalog(database, parse_files([folder]))
    assert await slow.markets() == {}
    assert list(await eager.markets()) == ["btcusd"]
    assert list((await slow.refresh()).markets) == ["btcusd"]
