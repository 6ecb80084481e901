"""What travels over a real socket is what /stream.schema.json says, both ways."""

from typing import Any

import jsonschema_rs
import msgspec
from websockets.asyncio.client import ClientConnection

from pyxiu.app.stream.schema import STREAM_SCHEMA_PATH
from tests.support.api import Exchange, running_exchange
from tests.support.sockets import Stream, receive, serving_stream
from tests.support.stream_schema import SCHEMA, check_asked, check_told, is_a

ORDER = {"market": "btcusd", "side": "buy", "volume": "1", "price": "10"}
PUBLIC = ["global.tickers", "btcusd.trades", "btcusd.update", "btcusd.ob-inc"]
PRIVATE = ["order", "orders", "trade", "balance", "balances"]


class Held:
    """A connection whose every message is held against the schema."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def say(self, *, packed: bool = False, **message: Any) -> None:
        check_asked(message)
        await self._socket.send(msgspec.msgpack.encode(message) if packed else msgspec.json.encode(message).decode())

    async def refused(self, raw: str) -> Any:
        """The code with which something is refused that the schema does not allow."""
        await self._socket.send(raw)
        return (await self.until("error"))["error"]

    async def until(self, *keys: str) -> dict[str, Any]:
        """What was told until each of these keys has come: the last of each."""
        heard: dict[str, Any] = {}
        while not heard.keys() >= set(keys):
            message = await receive(self._socket)
            check_told(message)
            heard |= message
        return heard

    async def flat_changes(self, *names: str) -> None:
        """Until an increment of each of these shapes has come."""
        missing = set(names)
        while missing:
            increment = (await self.until("btcusd.ob-inc"))["btcusd.ob-inc"]
            missing -= {name for name in missing if is_a(name, increment)}


async def test_the_schema_is_served_beside_the_openapi_document(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange:
        served = await exchange.anyone.get(STREAM_SCHEMA_PATH)

    assert (served.status_code, served.json()) == (200, SCHEMA)
    assert served.headers["content-type"].partition(";")[0] == "application/json"
    jsonschema_rs.meta.validate(SCHEMA)


async def test_frames_of_every_stream_are_as_the_schema_says(database_dsn: str) -> None:
    candles = [f"btcusd.{kind}" for kind in kinds() if kind.startswith("kline")]
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice, bob = await exchange.member(usd="1000"), await exchange.member(btc="10")
        async with (
            stream.connect(f"/public?stream={','.join([*PUBLIC, *candles])}") as flat_socket,
            stream.connect("/public?book=nested&stream=btcusd.ob-inc") as nested_socket,
            stream.connect(f"/private?stream={','.join(PRIVATE)}", member=alice) as private_socket,
        ):
            flat, nested, private = Held(flat_socket), Held(nested_socket), Held(private_socket)
            await flat.until("success", "btcusd.ob-snap", "btcusd.update", "global.tickers")
            await nested.until("btcusd.ob-snap")
            await private.until("success", "orders", "balances")

            await bob.place(side="sell", volume="2", price="20")
            await alice.place(side="buy", volume="1", price="10.5")
            await flat.flat_changes("AskChange", "BidChange")
            await bob.place(side="sell", volume="0.5", price="10.5")
            await flat.until("btcusd.trades", "btcusd.update", "global.tickers", *candles)
            increment = (await nested.until("btcusd.ob-inc"))["btcusd.ob-inc"]
            assert is_a("BookChanges", increment)
            await private.until(*PRIVATE[:1], *PRIVATE[2:])
        seen = {name.removeprefix("btcusd.") for name in [*PUBLIC[1:], *candles, "btcusd.ob-snap"]}
        assert seen == set(kinds()), "every stream of a market is seen here"
        elsewhere = {"deposit_address", "deposit", "withdraw"}  # seen in test_announcements.py
        assert {*PRIVATE, *elsewhere, "global.tickers"} == SCHEMA["$defs"]["StreamFrame"]["properties"].keys()


async def test_order_messages_and_their_replies_are_as_the_schema_says(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        for packed in (False, True):
            await trade(exchange, stream, packed=packed)


async def trade(exchange: Exchange, stream: Stream, *, packed: bool) -> None:
    """One message of each kind, and one that is refused."""
    alice = await exchange.member(usd="1000")
    async with stream.connect("/private", member=alice) as socket:
        held = Held(socket)
        await held.say(event="order.place", id=1, data=ORDER, packed=packed)
        placed = (await held.until("reply"))["reply"]
        await held.say(event="order.cancel", id="two", data={"id": placed["body"]["id"]}, packed=packed)
        canceled = (await held.until("reply"))["reply"]
        items = [ORDER, {"action": "cancel", "id": placed["body"]["id"]}]
        await held.say(event="order.batch", data={"items": items}, packed=packed)
        batch = (await held.until("reply"))["reply"]
        await held.say(event="order.cancel_all", id=4, data={"market": "btcusd"}, packed=packed)
        ended = (await held.until("reply"))["reply"]
        await held.say(event="order.cancel", id=5, data={"client_order_id": "nosuch"}, packed=packed)
        refused = (await held.until("reply"))["reply"]

    assert [(reply["id"], reply["status"]) for reply in (placed, canceled, batch, ended, refused)] == [
        (1, 201),
        ("two", 201),
        (None, 201),
        (4, 201),
        (5, 404),
    ]
    assert [item["status"] for item in batch["body"]] == [201, 422]
    assert [is_a("Order", body) for body in (placed["body"], canceled["body"], *ended["body"])] == [True] * 3


async def test_refusals_and_answers_to_subscriptions_are_as_the_schema_says(database_dsn: str) -> None:
    async with (
        running_exchange(database_dsn) as exchange,
        serving_stream(exchange) as stream,
        stream.connect("/public") as socket,
    ):
        held = Held(socket)
        await held.say(event="subscribe", streams=["btcusd.trades", "nosuch.trades", "order"])
        assert (await held.until("success"))["success"]["streams"] == []
        assert (await held.until("error"))["streams"] == ["nosuch.trades"]
        assert (await held.until("error"))["streams"] == ["order"]
        await held.say(event="unsubscribe", streams=["btcusd.trades"])
        assert (await held.until("success"))["success"]["message"] == "subscribed"
        assert (await held.until("success"))["success"]["message"] == "unsubscribed"
        assert await held.refused("{") == "stream.invalid_message"
        assert await held.refused('{"event":"dance"}') == "stream.unknown_event"
        assert await held.refused('{"event":"subscribe"}') == "stream.missing_streams"


def kinds() -> list[str]:
    """What follows the market's id in the names that the schema has."""
    patterns = SCHEMA["$defs"]["StreamFrame"]["patternProperties"]
    return [pattern.removeprefix(r"^.+\.").removesuffix("$") for pattern in patterns]
