"""A transaction of custody that says nothing loses its session, so that whoever hangs in it holds up nobody (T-51)."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.app.connections import CUSTODY_IDLE_TRANSACTION_S, open_connections
from pyxiu.storage.database import IDLE_SETTING

DEADLINE_S = 30.0


async def test_custodys_connections_are_bounded_and_others_are_not(database_dsn: str) -> None:
    shown = text("SELECT setting FROM pg_settings WHERE name = :name")
    opened = await open_connections(database_dsn)
    try:
        for database, expected_ms in ((opened.custody, CUSTODY_IDLE_TRANSACTION_S * 1_000), (opened.identity, 0)):
            async with database.connect() as connection:
                setting = (await connection.execute(shown, {"name": IDLE_SETTING})).scalar_one()
            assert int(setting) == expected_ms
    finally:
        await opened.close()


async def test_t51_what_hangs_with_a_lock_loses_it_and_cannot_write_when_it_wakes_up(database_dsn: str) -> None:
    soon = f"{database_dsn}{'&' if '?' in database_dsn else '?'}{IDLE_SETTING}=200ms"
    hung, other = await open_connections(soon), await open_connections(database_dsn)
    try:
        with pytest.raises(DBAPIError):
            await hang_and_write(hung.custody, other.custody)
        async with other.custody.connect() as connection:
            assert (await connection.execute(text("SELECT count(*) FROM adopted_facts"))).scalar_one() == 0
    finally:
        await hung.close()
        await other.close()


async def hang_and_write(hung: AsyncEngine, other: AsyncEngine) -> None:
    lock = text("SELECT pg_advisory_xact_lock(51)")
    async with hung.begin() as first:
        await first.execute(lock)
        async with asyncio.timeout(DEADLINE_S), other.begin() as second:
            # Waits until the first has lost it.
            await second.execute(lock)
        await first.execute(text("INSERT INTO adopted_facts VALUES ('n', 'f', 'a', 'r')"))
