"""An engine that dies between a command and its answer: 504 with the id to retry, and the retry has the one effect.

Covers T-08 and E-10 for the split stack: the gateway is another process than the engine that dies.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from pyxiu.core.events import OrderAccepted
from pyxiu.storage.follow import JournalFollower
from tests.e2e.server import Server
from tests.e2e.traders import PREFIX, make_demo
from tests.support.api import KeyAuth
from tests.support.ports import free_port
from tests.support.postgres import StartPostgres

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

WAIT_S = 60.0
ORDERS_MAX = 50


@pytest.fixture
def stack(home: Path, private_postgres: StartPostgres) -> Iterator[tuple[Server, Server]]:
    """An engine and a gateway, not started yet."""
    dsn, address = private_postgres().dsn, f"127.0.0.1:{free_port()}"
    for name in ("engine", "api"):
        (home / name).mkdir()
    engine = Server(home / "engine", "run", "engine", database_url=dsn, engine_listen=address)
    api = Server(home / "api", "run", "api", "projector", database_url=dsn, engines=(address,))
    yield engine, api
    for one in (engine, api):
        one.kill()


@pytest.mark.parametrize(
    ("failpoint", "happened"),
    [("engine_after_commit_before_ack", True), ("journal_after_append_before_commit", False)],
)
async def test_t08_an_engine_that_dies_before_it_answers_is_504_and_the_retry_happens_once(
    stack: tuple[Server, Server], failpoint: str, *, happened: bool
) -> None:
    engine, api = stack
    credentials = await make_demo(msgspec.structs.replace(api.settings, engines=()))
    engine.spawn(failpoints=f"{failpoint}=exit@3")
    api.spawn()
    await api.until_ready()
    auth = KeyAuth(credentials.maker.api_key, credentials.maker.api_secret)
    async with httpx.AsyncClient(base_url=api.url, auth=auth, timeout=20, trust_env=False) as client:
        key, answer = await until_refused(client)
        assert (answer.status_code, answer.json()["errors"]) == (504, ["server.outcome_unknown"]), answer.text
        assert answer.json()["client_order_id"] == key
        assert int(answer.headers["Retry-After"]) >= 1
        await engine.until_crashed()
        gone = await place(client, "while-nobody-leads")
        assert (gone.status_code, gone.json()["errors"]) == (503, ["server.engine_unavailable"]), gone.text
        assert (key in await keys_in_journal(api)) is happened
        engine.spawn()
        again = await until_answered(client, key)
        assert again.status_code == 201, again.text
        assert again.json()["client_order_id"] == key
        assert (await place(client, key)).json() == again.json()
    keys = await keys_in_journal(api)
    assert keys.count(key) == 1
    assert "while-nobody-leads" not in keys


async def place(client: httpx.AsyncClient, key: str) -> httpx.Response:
    order: dict[str, Any] = {"market": "btcusdt", "side": "buy", "volume": "0.001", "price": "60000"}
    return await client.post(f"{PREFIX}/market/orders", json=order | {"client_order_id": key})


async def until_refused(client: httpx.AsyncClient) -> tuple[str, httpx.Response]:
    """Place orders until one is not accepted."""
    for number in range(ORDERS_MAX):
        answer = await place(client, f"order-{number}")
        if answer.status_code != 201:
            return f"order-{number}", answer
    raise AssertionError("the engine did not die")


async def until_answered(client: httpx.AsyncClient, key: str) -> httpx.Response:
    """As a client does it: 503 is retried."""
    async with asyncio.timeout(WAIT_S):
        while (answer := await place(client, key)).status_code == 503:  # noqa: ASYNC110 - as said
            await asyncio.sleep(0.1)
    return answer


async def keys_in_journal(server: Server) -> list[str]:
    keys: list[str] = []
    async with JournalFollower(server.settings.database_url or "", seq_after=0) as follower:
        while records := await follower.poll():
            keys += [event.key for record in records for event in record.events if isinstance(event, OrderAccepted)]
    return keys
