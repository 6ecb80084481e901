"""Deposit addresses, deposits and withdrawals on their members' streams, over real sockets."""

from typing import Any

from websockets.asyncio.client import ClientConnection

from pyxiu.storage.orm import open_database
from pyxiu.storage.outbox import emit
from tests.support.api import Exchange, running_exchange
from tests.support.custody import a_wallet, running_custody
from tests.support.sockets import receive, serving_stream, until
from tests.support.stream_schema import check_told

DEPOSIT = {
    "id": 7,
    "tid": "TID0000000007",
    "currency": "btc",
    "amount": "0.5",
    "fee": "0.0",
    "state": "submitted",
    "transfer_type": "crypto",
    "created_at": "2026-01-02T03:04:05Z",
    "updated_at": "2026-01-02T03:04:05Z",
    "blockchain_key": "bitcoin",
    "blockchain_txid": "ab" * 32,
    "blockchain_confirmations": 1,
}
WITHDRAWAL = {
    **{name: value for name, value in DEPOSIT.items() if not name.startswith("blockchain")},
    "sum": "0.6",
    "rid": "DE89 3704",
    "done_at": "2026-01-02T03:04:06Z",
    "state": "succeed",
}


async def announce(exchange: Exchange, event: str, record: dict[str, Any]) -> None:
    """As the context that owns the rows does, in its transaction."""
    database = open_database(exchange.engine.dsn, "test")
    async with database.begin() as connection:
        await emit(connection, event, record, aggregate="test:1")
    await database.dispose()


async def told(socket: ClientConnection, stream: str) -> dict[str, Any]:
    """The next message of a stream, which has the shape that the schema tells."""
    payload: dict[str, Any] = await until(socket, stream)
    check_told({stream: payload})
    return payload


async def test_an_address_is_told_to_its_member_and_to_nobody_else(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        custody = exchange.services.custody
        assert custody is not None
        async with running_custody(database_dsn, assets=custody.assets, engine=exchange.engine.client) as operator:
            await a_wallet(operator, "ethereum")
        alice, bob = await exchange.member("alice"), await exchange.member("bob")
        await stream.server.announcements.following()
        async with (
            stream.connect("/private?stream=deposit_address", member=alice) as mine,
            stream.connect("/private?stream=deposit_address", member=bob) as another,
        ):
            await receive(mine), await receive(another)
            given = (await alice.get("/account/deposit_address/eth")).json()
            assert await told(mine, "deposit_address") == {"type": "create", **given}
            await another.send("ping")
            assert await another.recv() == "pong"


async def test_deposits_and_withdrawals_are_told_as_http_shows_them(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice = await exchange.member("alice")
        await stream.server.announcements.following()
        async with stream.connect("/private?stream=deposit,withdraw", member=alice) as socket:
            await receive(socket)
            await announce(exchange, "model.deposit.created", {"uid": alice.uid, **DEPOSIT})
            deposit = await told(socket, "deposit")
            assert (deposit["tid"], deposit["state"], deposit["confirmations"]) == ("TID0000000007", "submitted", 1)
            assert (deposit["txid"], deposit["completed_at"]) == ("ab" * 32, None)

            done = {**DEPOSIT, "state": "accepted", "completed_at": "2026-01-02T03:05:05Z"}
            await announce(exchange, "model.deposit.updated", {"uid": alice.uid, **done})
            assert (await told(socket, "deposit"))["completed_at"] == "2026-01-02T03:05:05Z"

            await announce(exchange, "model.withdraw.updated", {"uid": alice.uid, **WITHDRAWAL})
            withdrawal = await told(socket, "withdraw")
            assert (withdrawal["amount"], withdrawal["type"], withdrawal["rid"]) == ("0.6", "fiat", "DE89 3704")
            assert "confirmations" not in withdrawal


async def test_an_event_without_what_it_should_have_ends_no_stream(database_dsn: str) -> None:
    async with running_exchange(database_dsn) as exchange, serving_stream(exchange) as stream:
        alice = await exchange.member("alice")
        await stream.server.announcements.following()
        async with stream.connect("/private?stream=deposit", member=alice) as socket:
            await receive(socket)
            await announce(exchange, "model.deposit.created", {"uid": alice.uid, "id": 6})
            await announce(exchange, "model.deposit.created", {"uid": alice.uid, **DEPOSIT})
            assert (await told(socket, "deposit"))["id"] == 7
