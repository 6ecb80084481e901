"""Benchmarks run; what they measure is not looked at here, because tests do not time."""

from collections.abc import Iterator

import msgspec
import pytest

from pyxiu.app.settings import Settings
from pyxiu.cli.bench.e2e import BATCH_ORDERS, Load, bench_e2e
from pyxiu.cli.bench.recovery import bench_recovery
from pyxiu.cli.bench.watcher import bench_watcher
from tests.support.postgres import home_folder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def settings(database_dsn: str) -> Iterator[Settings]:
    with home_folder() as home:
        yield Settings(home=home, database_url=database_dsn)


async def test_recovery_is_measured_both_ways(settings: Settings) -> None:
    figures = await bench_recovery(settings, records=25_000)
    assert figures["journal_alone"]["replayed"] == figures["records"] >= 25_000
    assert 0 < figures["snapshot_and_tail"]["replayed"] < figures["records"]
    assert list(settings.home.iterdir()) == []


async def test_orders_over_http_are_measured_against_a_noop(settings: Settings) -> None:
    embedded = msgspec.structs.replace(settings, database_url=None)
    figures = await bench_e2e(embedded, Load(0.3, 1, 4), gateways=(1,))
    assert set(figures["noop"]["statuses"]) == {"200"}
    assert set(figures["single_orders"]["statuses"]) == {"201"}
    assert set(figures["batched_orders"]["statuses"]) == {"201"}
    assert figures["batched_orders"]["orders"] == figures["batched_orders"]["requests"] * BATCH_ORDERS
    assert figures["ratio_single_to_noop"] > 0
    assert figures["paced_orders"]["requests"] == 300
    apart = figures["engine_and_1_api_apart"]
    assert set(apart["single_orders"]["statuses"]) == set(apart["batched_orders"]["statuses"]) == {"201"}
    assert apart["single_orders_against_one_process"] > 0
    assert list(settings.home.iterdir()) == []


async def test_full_blocks_are_scanned_and_a_block_of_deposits_is_credited(settings: Settings) -> None:
    figures = await bench_watcher(settings, blocks=2, transactions=30, addresses=500, deposits=20)
    assert figures["block"]["transactions"] == 30
    assert figures["scan"]["payments_found"] == 40
    assert figures["deposits"]["deposits"] == 20
    assert list(settings.home.iterdir()) == []
