"""T-01, T-02, T-03 for withdrawals: many clients at once against a running server spend nothing twice."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import text

from pyxiu.custody.withdrawals.payload import new_tid, transfer_hash, withdrawal_hash
from pyxiu.kit.decimals import parse_decimal
from pyxiu.storage.embedded import EmbeddedPostgres
from tests.support.api import PREFIX, Exchange, running_exchange
from tests.support.http import Connection, connections, serving
from tests.support.members import BTC_ADDRESSES, Withdrawer, a_withdrawer
from tests.support.postgres import fresh_database

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLIENTS = 64
WITHDRAWALS = 1_000


class Served(msgspec.Struct):
    exchange: Exchange
    port: int


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(postgres_server: EmbeddedPostgres, migrated_template: str) -> AsyncIterator[Served]:
    async for dsn in fresh_database(postgres_server.dsn, migrated_template):
        async with running_exchange(dsn) as running, serving(running.app) as port:
            yield Served(running, port)


async def approved(member: Withdrawer, client_ids: list[str], amount: str) -> list[dict[str, Any]]:
    """Bodies of withdrawals, each with an approval of its own."""
    units = await units_of(member.exchange, amount)
    actions = [
        withdrawal_hash(
            tid=new_tid("withdrawal", member.uid, client_id),
            network="bitcoin",
            currency="btc",
            address=BTC_ADDRESSES[0],
            amount=units,
        )
        for client_id in client_ids
    ]
    body = {"beneficiary_id": member.beneficiary_id, "currency": "btc", "amount": amount}
    return [
        {**body, "client_withdrawal_id": client_id, "approval": token}
        for client_id, token in zip(client_ids, await member.approvals(actions), strict=True)
    ]


async def units_of(exchange: Exchange, amount: str) -> int:
    units = parse_decimal(amount, (await exchange.services.catalog.currencies())["btc"].decimals)
    assert units is not None
    return units


async def check(exchange: Exchange) -> None:
    """The engine's own invariants, and that every withdrawal's hold is what its row says."""
    exchange.engine.core.check_invariants()
    await exchange.projected()
    query = text(
        """
        SELECT w.tid, w.state, h.remaining FROM withdrawals w LEFT JOIN holds h ON h.hold_id = w.hold_id
        WHERE coalesce(h.remaining, 0) <> CASE WHEN w.state IN ('held', 'approved', 'paying', 'parked')
            THEN w.sum ELSE 0 END OR w.owed IS NOT NULL
        """
    )
    async with exchange.catalog.connect() as connection:
        assert [tuple(row) for row in await connection.execute(query)] == []


async def test_t01_a_thousand_withdrawals_of_the_whole_balance_at_once_leave_one(served: Served) -> None:
    alice = await a_withdrawer(served.exchange, btc="0.04")
    bodies = await approved(alice, [f"w{number}" for number in range(WITHDRAWALS)], "0.04")
    waiting = iter([msgspec.json.encode(body) for body in bodies])

    async def client(connection: Connection) -> list[int]:
        headers = {**alice.browser.session_headers(), "Content-Type": "application/json"}
        path = f"{PREFIX}/account/withdraws"
        return [(await connection.post(path, headers, body))[0] for body in waiting]

    async with connections(served.port, CLIENTS) as opened:
        found = await asyncio.gather(*(client(connection) for connection in opened))
    statuses = [status for part in found for status in part]
    assert (len(statuses), statuses.count(201), statuses.count(422)) == (WITHDRAWALS, 1, WITHDRAWALS - 1)
    assert await alice.balance() == ("0.0", "0.04")
    await check(served.exchange)


async def test_t03_withdrawals_orders_transfers_and_cancels_race_on_the_same_funds(served: Served) -> None:
    """T-02 too: the transfers go round in a ring."""
    generator = random.Random(11)
    exchange = served.exchange
    members = [await a_withdrawer(exchange, btc="0.1", usd="1000") for _ in range(3)]
    ring = dict(zip(members, members[1:] + members[:1], strict=True))
    base = httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}", timeout=60, trust_env=False)

    async def act(number: int) -> int:
        member = generator.choice(members)
        amount = f"0.0{generator.randint(1, 9)}"
        match generator.randrange(4):
            case 0:
                path, (body,) = "/account/withdraws", await approved(member, [f"race{number}"], amount)
            case 1:
                path, body = "/account/internal_transfers", await transfer(member, ring[member], number, amount)
            case 2:
                order = {"market": "btcusd", "side": "sell", "volume": amount, "price": "900", "n": number}
                path, body = "/market/orders", order
            case _:
                mine = (await member.request("GET", "/account/withdraws", params={"state": "accepted"})).json()
                path, body = f"/account/withdraws/{mine[0]['id'] if mine else 0}/cancel", {}
        response = await base.post(PREFIX + path, json=body, headers=member.browser.session_headers())
        return response.status_code

    async with base:
        statuses = await asyncio.gather(*(act(number) for number in range(200)))
    assert set(statuses) <= {201, 404, 422}
    assert statuses.count(201) > 10
    for member in members:
        await member.post("/market/orders/cancel")
    await check(exchange)
    total = 0
    for member in members:
        for part in await member.balance():
            total += await units_of(exchange, part)
    assert total == await units_of(exchange, "0.3")


async def transfer(member: Withdrawer, receiver: Withdrawer, number: int, amount: str) -> dict[str, Any]:
    tid = new_tid("transfer", member.uid, f"race{number}")
    units = await units_of(member.exchange, amount)
    token = await member.approval(transfer_hash(tid=tid, receiver=receiver.uid, currency="btc", amount=units))
    body = {"currency": "btc", "amount": amount, "username_or_uid": receiver.uid}
    return {**body, "client_transfer_id": f"race{number}", "approval": token}
