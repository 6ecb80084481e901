"""Deposits as the watcher makes them, step by step: scan, read, credit; and ways to look at what came of it."""

from typing import Any

from prometheus_client import CollectorRegistry
from sqlalchemy import select, text

from pyxiu.custody import store as chain_store
from pyxiu.custody.deposits.credit_deposits import credit_deposits, ripen_deposits
from pyxiu.custody.deposits.model import Deposit
from pyxiu.custody.deposits.read_payments import read_payments
from pyxiu.custody.deposits.store import COLUMNS, deposit_of
from pyxiu.custody.deposits.tables import deposit_exceptions, deposits
from pyxiu.custody.deposits.take_back import take_back_deposits
from pyxiu.custody.model import NetworkInfo
from pyxiu.custody.ports import ChainReader
from pyxiu.custody.scan_blocks import Scanner
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.watcher.metrics import WatcherMetrics
from pyxiu.custody.watcher.watch_network import NetworkWatcher


class EngineBalances:
    """The Balances port over a RecordingEngine."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    async def available(self, uid: str, asset: str) -> int:
        return int(self._engine.balance(uid, asset)[0])


async def watch(services: CustodyServices, network: str, owners: dict[str, str]) -> None:
    """Destinations with their owners."""
    async with services.database.begin() as connection:
        for destination, owner in owners.items():
            await chain_store.add_destination(connection, network, destination, f"address-{destination}", owner)


async def catch_up(services: CustodyServices, network: str, reader: ChainReader, *, first: int = 0) -> None:
    """Everything that a watcher does until nothing is left to do."""
    scanner = Scanner(network, reader, services.database, first=first)
    while True:
        progress = await scanner.step()
        while await read_payments(services, network, reader):
            pass
        if progress.left == 0 and not progress.undone:
            break
    await credit_deposits(services, network, reader)
    await take_back_deposits(services, network, reader)
    await ripen_deposits(services, network)


async def all_deposits(services: CustodyServices) -> list[Deposit]:
    async with services.database.connect() as connection:
        rows = await connection.execute(select(*COLUMNS).order_by(deposits.c.id))
        return [deposit_of(row) for row in rows.mappings()]


async def exceptions(services: CustodyServices) -> dict[str, str]:
    """Reasons by payment."""
    table = deposit_exceptions
    async with services.database.connect() as connection:
        rows = await connection.execute(select(table.c.payment_id, table.c.reason))
        return {row.payment_id: row.reason for row in rows}


async def alarms(services: CustodyServices) -> dict[str, str]:
    """Texts of open alarms by kind."""
    async with services.database.connect() as connection:
        rows = await connection.execute(text("SELECT kind, text FROM chain_alarms WHERE cleared_at IS NULL"))
        return {row.kind: row.text for row in rows}


async def turns(watcher: NetworkWatcher, *, at_most: int = 400) -> None:
    """Turns of a watcher without their waits, until it is at the tip."""
    for _ in range(at_most):
        wait_s = await watcher.turn()
        if wait_s:
            return
    raise AssertionError("the watcher does not come to an end")


def watcher_of(services: CustodyServices, network: NetworkInfo, reader: ChainReader) -> NetworkWatcher:
    return NetworkWatcher(services, network, reader, WatcherMetrics(CollectorRegistry()))
