"""The websocket exchange on a real broker: a consumer that knows only its messages has the engine's books.

The consumer is written against the dialect's documentation and shares no code with what publishes.
"""

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import aio_pika
import pytest

from pyxiu.app.ranger import books, run
from pyxiu.app.ranger.run import EXCHANGE, SINK, RangerRelay
from pyxiu.app.stream.words import ApiWords
from pyxiu.relay import positions
from pyxiu.storage.database import as_role, create_pool
from pyxiu.storage.orm import open_database
from pyxiu.storage.outbox import emit
from pyxiu.storage.roles import role_of
from tests.support.api import Exchange, Trader, in_background, running_exchange
from tests.support.rabbitmq import RabbitMqNode, rabbitmq_node

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("rabbitmq")]

WAIT_S = 30.0


@pytest.fixture(scope="module")
def node() -> Iterator[RabbitMqNode]:
    with rabbitmq_node() as started:
        yield started


class Ranger:
    """What an external ranger has: the last snapshot and what came after it, and everything else as it came."""

    def __init__(self) -> None:
        self.books: dict[str, dict[str, dict[Decimal, Decimal]]] = {}
        self.sequences: dict[str, int] = {}
        self.snapshots: dict[str, int] = defaultdict(int)
        self.gaps: list[tuple[str, int, int]] = []
        self.trades: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
        self.candles: dict[str, list[Any]] = {}
        self.tickers: dict[str, Any] = {}
        self.private: dict[tuple[str, str], list[Any]] = defaultdict(list)

    def take(self, key: str, body: Any) -> None:
        scope, name, event = key.split(".", 2)
        if scope == "private":
            self.private[name, event].append(body)
        elif event == "ob-snap":
            self._snapshot(name, body)
        elif event == "ob-inc":
            self._increment(name, body)
        elif event == "trades":
            self.trades[name] |= {trade["tid"]: trade for trade in body["trades"]}
        elif event.startswith("kline-"):
            self.candles[f"{name}.{event}"] = body
        else:
            assert key == "public.global.tickers", key
            self.tickers = body

    def _snapshot(self, market: str, body: Any) -> None:
        book = {side: {Decimal(price): Decimal(volume) for price, volume in body[side]} for side in ("asks", "bids")}
        assert [*book["asks"]] == sorted(book["asks"]), "best first"
        assert [*book["bids"]] == sorted(book["bids"], reverse=True), "best first"
        known = self.sequences.get(market)
        if known == body["sequence"]:
            assert book == self.books[market], "a snapshot in between says what the increments have said"
        self.books[market], self.sequences[market] = book, body["sequence"]
        self.snapshots[market] += 1

    def _increment(self, market: str, body: Any) -> None:
        if body["sequence"] <= self.sequences.get(market, 2**60):
            return  # known, or without a snapshot to apply it to
        if body["sequence"] != self.sequences[market] + 1:
            self.gaps.append((market, self.sequences[market], body["sequence"]))
        self.sequences[market] = body["sequence"]
        [side] = {"asks", "bids"} & body.keys()
        price, volume = Decimal(body[side][0]), Decimal(body[side][1] or "0")
        if volume:
            self.books[market][side][price] = volume
        else:
            del self.books[market][side][price]


@asynccontextmanager
async def listening(node: RabbitMqNode) -> AsyncIterator[Ranger]:
    ranger = Ranger()
    connection = await aio_pika.connect(node.url)
    async with connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=False)
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(exchange, "#")

        async def on_message(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            ranger.take(str(message.routing_key), json.loads(message.body))

        await queue.consume(on_message, no_ack=True)
        yield ranger


@asynccontextmanager
async def relaying(node: RabbitMqNode, dsn: str) -> AsyncIterator[None]:
    """The relay with the rights of its role."""
    acting = as_role(dsn, role_of("relay"))
    pool, database = await create_pool(acting, "ranger test"), open_database(acting, "ranger test")
    try:
        relay = RangerRelay(node.url, acting, pool, database, ApiWords(), durable=False)
        async with in_background(relay.run()):
            yield
    finally:
        await pool.close()
        await database.dispose()


async def until(condition: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(WAIT_S):
            while not condition():  # noqa: ASYNC110 - what arrives sets no event of ours
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"after {WAIT_S} s: {what}") from None


@pytest.fixture
async def exchange(database_dsn: str) -> AsyncIterator[Exchange]:
    async with running_exchange(database_dsn) as running:
        yield running


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds for people's sake takes less for a test's."""
    for name in ("FLUSH_S", "BOOKS_S", "CANDLES_S", "TICKERS_S", "RESTART_S"):
        monkeypatch.setattr(run, name, 0.05)
    monkeypatch.setattr(books, "SNAPSHOT_S", 1.0)
    monkeypatch.setattr(books, "BUSY_SNAPSHOT_S", 0.3)


async def trade_at_random(traders: list[Trader], rng: random.Random, count: int) -> None:
    """Orders that rest, trade and are canceled, around one price."""
    for _ in range(count):
        trader = rng.choice(traders)
        if rng.random() < 0.2:
            await trader.post("/market/orders/cancel", json={"market": "btcusd"})
            continue
        side, price = rng.choice(["buy", "sell"]), 20_000 + rng.randint(-30, 30)
        await trader.post(
            "/market/orders",
            json={"market": "btcusd", "side": side, "volume": f"0.{rng.randint(1, 99):02}", "price": str(price)},
        )


async def engines_book(exchange: Exchange) -> dict[str, dict[Decimal, Decimal]]:
    await exchange.projected()
    depth = (await exchange.get("/public/markets/btcusd/depth", params={"limit": 300})).json()
    return {side: {Decimal(price): Decimal(volume) for price, volume in depth[side]} for side in ("asks", "bids")}


async def agrees(exchange: Exchange, ranger: Ranger) -> None:
    expected = await engines_book(exchange)
    await until(lambda: ranger.books.get("btcusd") == expected, f"expected {expected}, found {ranger.books}")
    assert ranger.gaps == []


@pytest.mark.usefixtures("impatient")
async def test_a_ranger_has_the_engines_books_trades_candles_and_tickers(
    exchange: Exchange, node: RabbitMqNode, database_dsn: str
) -> None:
    alice = await exchange.member("alice", usd="1000000", btc="100")
    bob = await exchange.member("bob", usd="1000000", btc="100")
    rng = random.Random(5)
    await alice.place(side="sell", volume="1", price="25000")
    await exchange.projected()
    async with listening(node) as ranger, relaying(node, database_dsn):
        await until(lambda: "btcusd" in ranger.books, "the book that stood before")
        assert ranger.books["btcusd"]["asks"] == {Decimal(25000): Decimal(1)}
        for _ in range(4):
            await trade_at_random([alice, bob], rng, 25)
            await agrees(exchange, ranger)
        trades = (await exchange.get("/public/markets/btcusd/trades", params={"limit": 1000})).json()
        assert len(trades) >= 5
        await until(lambda: {trade["id"] for trade in trades} <= ranger.trades["btcusd"].keys(), "all trades")
        for trade in trades:
            told = ranger.trades["btcusd"][trade["id"]]
            assert (Decimal(told["price"]), Decimal(told["amount"])) == (
                Decimal(str(trade["price"])),
                Decimal(str(trade["amount"])),
            )
            assert (told["taker_type"], told["date"]) == (trade["taker_type"], trade["created_at"])
        [candle] = (await exchange.get("/public/markets/btcusd/k-line", params={"period": 1440, "limit": 1})).json()
        await until(lambda: ranger.candles.get("btcusd.kline-1d") == candle, f"{candle} and not {ranger.candles}")
        tickers = (await exchange.get("/public/markets/tickers")).json()
        expected = tickers["btcusd"]["ticker"]["last"]
        await until(lambda: ranger.tickers.get("btcusd", {}).get("last") == expected, f"the price {expected}")
        assert ranger.gaps == []


@pytest.mark.usefixtures("impatient")
async def test_members_get_their_orders_trades_and_addresses_and_nobody_elses(
    exchange: Exchange, node: RabbitMqNode, database_dsn: str
) -> None:
    alice, bob = await exchange.member("alice", btc="10"), await exchange.member("bob", usd="1000000")
    resting = await alice.place(side="sell", volume="1", price="20000")
    await exchange.projected()
    async with listening(node) as ranger, relaying(node, database_dsn):
        await until(lambda: "btcusd" in ranger.books, "the relay works")
        # Alice's order is older than the relay, so that it has to look it up.
        taken = await bob.place(side="buy", volume="0.4", ord_type="market")
        await until(lambda: len(ranger.private[alice.uid, "trade"]) == 1, "her half of the trade")
        await until(lambda: len(ranger.private[alice.uid, "order"]) == 1, "her order")
        await until(lambda: len(ranger.private[bob.uid, "order"]) == 1, "his order")
        await until(lambda: len(ranger.private[bob.uid, "trade"]) == 1, "his half of the trade")
        [order] = ranger.private[alice.uid, "order"]
        await exchange.projected()
        shown = (await alice.get(f"/market/orders/{resting['id']}")).json()
        assert (order["id"], order["kind"], order["state"]) == (resting["id"], "ask", "wait")
        for name in ("remaining_volume", "executed_volume", "origin_volume", "avg_price", "trades_count", "price"):
            assert order[name] == shown[name], name
        assert isinstance(order["at"], int)
        [done] = ranger.private[bob.uid, "order"]
        assert (done["id"], done["state"], done["ord_type"]) == (taken["id"], "done", "market")
        [his], [hers] = ranger.private[bob.uid, "trade"], ranger.private[alice.uid, "trade"]
        assert (his["id"], his["side"], his["order_id"]) == (hers["id"], "buy", taken["id"])
        assert (hers["side"], hers["order_id"], hers["total"]) == ("sell", resting["id"], "8000.0")
        record = {"uid": bob.uid, "currencies": ["ltc"], "address": "ltc1q", "state": "active", "blockchain_key": "ltc"}
        async with exchange.catalog.begin() as connection:
            await emit(connection, "model.deposit_address.created", record, aggregate="deposit_address:1")
            await emit(connection, "system.session.create", {"uid": bob.uid}, aggregate="user:1")
        await until(lambda: bool(ranger.private[bob.uid, "deposit_address"]), "his address")
        [address] = ranger.private[bob.uid, "deposit_address"]
        assert (address["type"], address["currencies"], address["address"]) == ("create", ["ltc"], "ltc1q")
        assert {uid for uid, _ in ranger.private if ranger.private[uid, _]} == {alice.uid, bob.uid}


@pytest.mark.usefixtures("impatient")
async def test_t19_a_broker_that_is_killed_and_a_relay_that_begins_again_leave_no_gap(
    exchange: Exchange, node: RabbitMqNode, database_dsn: str
) -> None:
    alice = await exchange.member("alice", usd="1000000", btc="100")
    bob = await exchange.member("bob", usd="1000000", btc="100")
    rng = random.Random(6)
    async with relaying(node, database_dsn):
        async with listening(node) as ranger:
            await trade_at_random([alice, bob], rng, 10)
            await agrees(exchange, ranger)
            node.kill()
        await trade_at_random([alice, bob], rng, 30)
        node.start()
        async with listening(node) as ranger:
            await agrees(exchange, ranger)
            last = ranger.sequences["btcusd"]
    await trade_at_random([alice, bob], rng, 20)
    await alice.place(side="sell", volume="0.1", price="15000")
    await bob.place(side="buy", volume="0.1", ord_type="market")
    async with listening(node) as ranger, relaying(node, database_dsn):
        await agrees(exchange, ranger)
        assert ranger.sequences["btcusd"] > last, "who has missed something notices"
        [trade] = (await exchange.get("/public/markets/btcusd/trades", params={"limit": 1})).json()
        await until(lambda: trade["id"] in ranger.trades["btcusd"], "what was traded while nobody relayed")
        await until_position(exchange)


async def until_position(exchange: Exchange) -> None:
    """Until the place in the journal is at its end: everything was confirmed."""
    pool = await create_pool(exchange.engine.dsn, "ranger test")
    seq = exchange.engine.client.status().seq
    async with asyncio.timeout(WAIT_S):
        while await positions.load_position(pool, SINK, "journal") != seq:  # noqa: ASYNC110 - a row is no event
            await asyncio.sleep(0.02)
    await pool.close()
