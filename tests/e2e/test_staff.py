"""Staff at work over HTTP: beside the public in every process, or at an address of its own that the public lacks.

Both with the roles of the database in force: `Server.stop` fails where one of them asked for more than it may.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.server import Server
from tests.e2e.test_accounts import BARONG, PASSWORD, PEATIO, WAIT_S, Person, three_codes, until
from tests.e2e.topologies import SPLIT, server_in
from tests.support.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

BOSS = "boss@example.com"
RULE = {"role": "trader", "verb": "GET", "path": "api/v2/barong/admin/levels", "action": "ACCEPT"}
ORDERS = f"{PEATIO}/market/orders"


def at(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, trust_env=False, timeout=30)


@pytest.fixture
async def apart(home: Path) -> AsyncIterator[tuple[Server, str]]:
    """A family with a process for staff alone, and the address of that."""
    admin_port = free_port()
    server = server_in(SPLIT, home, gateways=1, admin_port=admin_port)
    try:
        await server.start()
        yield server, f"http://127.0.0.1:{admin_port}"
        assert await server.stop() == 0, server.log_tail()
    finally:
        server.kill()


async def becomes_superadmin(server: Server, client: httpx.AsyncClient) -> Person:
    """By the operator's token, and with a second factor, without which staff is not heard."""
    boss = Person(client)
    async with asyncio.timeout(WAIT_S):
        # It prints a token itself when it is ready, and each voids the one before.
        while "Pyxiu is ready" not in server.log_text():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    ran = await server.run("admin", "token")
    assert ran.returncode == 0, ran.stderr
    token = ran.stdout.strip()
    made = await boss.call(
        "POST", "/identity/users/superadmin", 201, bootstrap_token=token, email=BOSS, password=PASSWORD
    )
    assert made["role"] == "superadmin"
    await boss.call("POST", "/identity/sessions", 200, email=BOSS, password=PASSWORD)
    unheard = await client.get(BARONG + "/admin/users")
    assert unheard.json()["errors"] == ["admin.second_factor.required"]
    barcode = (await boss.call("POST", "/resource/otp/generate_qrcode", 201))["data"]
    await boss.call("POST", "/resource/otp/enable", 201, code=next(await three_codes(barcode["url"])))
    return boss


async def works(boss: Person) -> None:
    """What only the role of the admin may write, with its entries in the trail."""
    emails = [user["email"] for user in await boss.call("GET", "/admin/users", 200)]
    assert BOSS in emails
    made = await boss.client.post(BARONG + "/admin/permissions", json=RULE)
    assert made.status_code == 200, made.text
    gone = await boss.client.delete(BARONG + "/admin/permissions", params={"id": made.json()["id"]})
    assert gone.status_code == 200, gone.text
    restricted = {"scope": "ip", "value": "192.0.2.7", "category": "blacklist"}
    await boss.call("POST", "/admin/restrictions", 200, **restricted)
    entries = await boss.call("GET", "/admin/activities/admin", 200)
    assert [entry["action"] for entry in entries][:3] == ["create", "delete", "create"]


async def test_staff_works_where_the_public_trades(exchange: Server) -> None:
    async with at(exchange.url) as client:
        await works(await becomes_superadmin(exchange, client))


async def test_staff_and_the_public_have_processes_of_their_own(apart: tuple[Server, str]) -> None:
    server, staffs = apart
    async with at(staffs) as inside, at(server.url) as outside:
        boss = await becomes_superadmin(server, inside)
        await works(boss)
        outside.cookies = inside.cookies
        outside.headers["X-CSRF-Token"] = inside.headers["X-CSRF-Token"]
        # The same session, and it is no session of staff out here.
        me = await until(outside, 200, method="GET", url=BARONG + "/resource/users/me")
        assert me.json()["role"] == "superadmin"
        for method, path in (("GET", "/admin/users"), ("POST", "/admin/permissions"), ("PUT", "/admin/restrictions")):
            assert (await outside.request(method, BARONG + path, json=RULE)).status_code == 404, path
        assert (await outside.post(BARONG + "/identity/users/superadmin", json={})).status_code == 404
        assert [(await client.get(f"{PEATIO}/public/markets")).status_code for client in (outside, inside)] == [
            200,
            404,
        ]
        assert [(await client.post(ORDERS, json={})).status_code for client in (outside, inside)] == [422, 404]
        alive = f"{PEATIO}/public/health/alive"
        assert [(await client.get(alive)).status_code for client in (outside, inside)] == [200, 200]
