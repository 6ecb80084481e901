"""The Event API over the whole program and a real broker: a consumer gets every event of the journal (T-19, T-77).

The broker is killed while members trade. Trading goes on, and when the broker is back everything comes.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aio_pika
import pytest

from pyxiu.core.events import OrderAccepted, TradeExecuted
from pyxiu.core.outcomes import Record
from pyxiu.relay.envelope import open_envelope
from pyxiu.storage.follow import JournalFollower
from tests.e2e.server import Server
from tests.e2e.topologies import SINGLE, SPLIT, server_in
from tests.e2e.traders import Traders, make_demo
from tests.support.rabbitmq import RabbitMqNode, rabbitmq_node

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("rabbitmq")]

WAIT_S = 60.0
KEYS = [f"btcusdt.{name}" for name in ("order_created", "order_canceled", "order_completed", "order_updated")]


@pytest.fixture
def broker() -> Iterator[RabbitMqNode]:
    with rabbitmq_node() as node:
        yield node


@pytest.fixture(params=[SINGLE, SPLIT])
async def server(
    request: pytest.FixtureRequest, home: Path, database_dsn: str, broker: RabbitMqNode
) -> AsyncIterator[Server]:
    """On a database of its own, in one process or with a relay, an engine and so on apart."""
    server = server_in(request.param, home, gateways=1, database_url=database_dsn)
    server.variables = {"PYXIU_RABBITMQ_URL": broker.url, "PYXIU_RABBITMQ_DURABLE": "1"}
    yield server
    server.kill()


async def bind(broker: RabbitMqNode) -> None:
    """A durable queue for all that happens to orders and trades of one market."""
    connection = await aio_pika.connect(broker.url)
    async with connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange("peatio.events.market", aio_pika.ExchangeType.DIRECT, durable=True)
        queue = await channel.declare_queue("books", durable=True)
        for key in [*KEYS, "btcusdt.trade_completed"]:
            await queue.bind(exchange, key)


async def taken(broker: RabbitMqNode, public_key: bytes, ids: set[str]) -> dict[str, dict[str, Any]]:
    """Events by id, verified, until all of these have come."""
    events: dict[str, dict[str, Any]] = {}
    connection = await aio_pika.connect(broker.url)
    async with connection, asyncio.timeout(WAIT_S):
        channel = await connection.channel()
        queue = await channel.declare_queue("books", durable=True)
        while not ids <= events.keys():
            message = await queue.get(fail=False)
            if message is None:
                await asyncio.sleep(0.02)
                continue
            claims = open_envelope(json.loads(message.body), public_key)
            events[claims["jti"]] = claims["event"]
            await message.ack()
    return events


async def journal_after(dsn: str, seq: int) -> list[Record]:
    records: list[Record] = []
    async with JournalFollower(dsn, seq_after=seq) as follower:
        while batch := await follower.poll():
            records += batch
    return records


async def test_t19_t77_every_event_comes_although_the_broker_was_killed_while_members_traded(
    server: Server, broker: RabbitMqNode, database_dsn: str
) -> None:
    traders = Traders(server, await make_demo(server.settings), seed=3)
    await bind(broker)
    await server.start()
    start = (await journal_after(database_dsn, 0))[-1].seq
    await until_relaying(database_dsn)

    await traders.trade(20)
    broker.kill()
    await traders.trade(40)
    broker.start()
    await traders.trade(5)

    public_key = (await server.run("events", "public-key")).stdout.encode()
    records = await journal_after(database_dsn, start)
    expected = {
        f"journal:{record.seq}:{number}": event
        for record in records
        for number, event in enumerate(record.events)
        if isinstance(event, OrderAccepted | TradeExecuted)
    }
    events = await taken(broker, public_key, set(expected))
    accepted = {name for name, event in expected.items() if isinstance(event, OrderAccepted)}
    assert {events[name]["name"] for name in accepted} == {"market.btcusdt.order_created"}
    assert len(accepted) >= 40
    status = await server.run("events", "status", "--json-output")
    assert {json.loads(line)["refused"] for line in status.stdout.splitlines()} == {0}


async def until_relaying(dsn: str) -> None:
    """A new destination begins at the end: wait until it has."""
    import asyncpg

    connection = await asyncpg.connect(dsn)
    async with asyncio.timeout(WAIT_S):
        while await connection.fetchval("SELECT count(*) FROM relay_cursors") < 2:  # noqa: ASYNC110 - a row is no event
            await asyncio.sleep(0.02)
    await connection.close()
