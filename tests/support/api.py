"""A whole exchange in this process for tests of the API: PostgreSQL, engine, projector and books behind its ASGI app.

    async with running_exchange(database_dsn) as exchange:
        alice = await exchange.member("alice", usd="1000")
        response = await alice.post("/market/orders", json={...})

Members are made and funded by commands, their keys are rows of the catalog; `exchange.anyone` is a client without a
key. The catalog is seeded from `tests/data/exchange`.
"""

import asyncio
import hmac
import itertools
import secrets
import time
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.api.app import create_app
from pyxiu.api.asgi import ASGIApp
from pyxiu.api.services import ApiServices, ApiSettings, Build
from pyxiu.app.credentials import CatalogCredentials, key_purpose
from pyxiu.app.secrets import KEY_BYTES, SecretBox
from pyxiu.catalog.model import ApiKey
from pyxiu.catalog.reads import CatalogReader
from pyxiu.catalog.seed_catalog import parse_files, seed_catalog
from pyxiu.catalog.store import open_database, writing
from pyxiu.catalog.tell_engine import tell_engine
from pyxiu.core.commands import Command, CreditDeposit, PutMember
from pyxiu.core.money import pack
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import AssetId, MemberId
from pyxiu.kit.decimals import parse_decimal
from pyxiu.projections.live import BookFollower
from pyxiu.projections.projector import Projector
from pyxiu.projections.status import read_status
from pyxiu.projections.waiter import CursorWaiter
from tests.support.engine import RunningEngine, running_engine

SEED = Path(__file__).parents[1] / "data/exchange"
PREFIX = "/api/v2/peatio"
BASE_URL = "http://exchange.test"
WAIT_S = 20.0
_numbers = itertools.count(1)


class KeyAuth(httpx.Auth):
    """Signs each request with a nonce of its own."""

    def __init__(self, kid: str, secret: str) -> None:
        self.kid = kid
        self.secret = secret
        self._last_nonce = 0

    def headers(self) -> dict[str, str]:
        self._last_nonce = max(self._last_nonce + 1, time.time_ns() // 1_000_000)
        return signed_headers(self.kid, self.secret, str(self._last_nonce))

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers.update(self.headers())
        yield request


def signed_headers(kid: str, secret: str, nonce: str) -> dict[str, str]:
    signature = hmac.new(secret.encode(), (nonce + kid).encode(), "sha256").hexdigest()
    return {"X-Auth-Apikey": kid, "X-Auth-Nonce": nonce, "X-Auth-Signature": signature}


class Trader:
    """A member with an API key; paths are below the prefix."""

    def __init__(self, client: httpx.AsyncClient, uid: str, auth: KeyAuth) -> None:
        self.uid = uid
        self.auth = auth
        self.client = client

    async def get(self, path: str, **arguments: Any) -> httpx.Response:
        return await self.client.get(PREFIX + path, auth=self.auth, **arguments)

    async def post(self, path: str, **arguments: Any) -> httpx.Response:
        return await self.client.post(PREFIX + path, auth=self.auth, **arguments)

    async def place(self, **order: Any) -> dict[str, Any]:
        """Place an order that must be accepted; btcusd, limit, unless said otherwise."""
        response = await self.post("/market/orders", json={"market": "btcusd", **order})
        assert response.status_code == 201, response.text
        placed: dict[str, Any] = response.json()
        return placed

    async def balance(self, currency: str) -> tuple[str, str]:
        """Available and locked."""
        account = (await self.get(f"/account/balances/{currency}")).json()
        return account["balance"], account["locked"]


class Exchange(msgspec.Struct):
    """What runs, and a client without a key."""

    engine: RunningEngine
    catalog: AsyncEngine
    box: SecretBox
    app: ASGIApp
    services: ApiServices
    anyone: httpx.AsyncClient

    async def get(self, path: str, **arguments: Any) -> httpx.Response:
        return await self.anyone.get(PREFIX + path, **arguments)

    async def submit(self, command: Command) -> Outcome:
        outcome = await self.engine.client.submit(command)
        assert outcome.rejection is Rejection.NONE, (command, outcome)
        return outcome

    async def member(self, name: str = "member", *, level: int = 3, state: str = "active", **funds: str) -> Trader:
        """A new member with a key, funded as said: `usd="1000"`."""
        uid = f"{name}-{next(_numbers)}"
        await self.submit(PutMember(MemberId(uid)))
        for asset, amount in funds.items():
            await self.deposit(uid, asset, amount)
        return Trader(self.anyone, uid, await self.api_key(uid, level=level, state=state))

    async def deposit(self, uid: str, asset: str, amount: str) -> None:
        decimals = (await self.services.catalog.currencies())[asset].decimals
        units = parse_decimal(amount, decimals)
        assert units, (asset, amount)
        deposit = CreditDeposit(f"deposit-{next(_numbers)}", MemberId(uid), AssetId(asset), pack(units))
        # The API did not make this deposit, so its reads do not wait for it; the test does.
        assert await self.services.waiter.wait_for((await self.submit(deposit)).seq, WAIT_S)

    async def api_key(self, uid: str, *, level: int = 3, state: str = "active") -> KeyAuth:
        kid, secret = secrets.token_hex(8), secrets.token_hex(16)
        sealed = self.box.seal(secret.encode(), purpose=key_purpose(kid))
        key = ApiKey(kid, uid, f"{uid}@example.test", level, "member", sealed, state)
        async with writing(self.catalog) as store:
            await store.put_api_key(key)
        return KeyAuth(kid, secret)

    async def projected(self) -> None:
        """Wait until all that is committed can be read, in tables and books."""
        seq = self.engine.client.status().seq
        async with asyncio.timeout(WAIT_S):
            while self.services.book.seq < seq or (await read_status(self.engine.pool)).seq < seq:  # noqa: ASYNC110
                await asyncio.sleep(0.005)


@asynccontextmanager
async def running_exchange(dsn: str, *, box: SecretBox | None = None, **settings: Any) -> AsyncIterator[Exchange]:
    """`settings` are fields of ApiSettings; pass the box of an earlier run for its keys to open."""
    catalog, box = open_database(dsn), box or SecretBox(secrets.token_bytes(KEY_BYTES))
    try:
        async with running_engine(dsn) as engine, following(dsn) as (book, waiter):
            report = await seed_catalog(catalog, parse_files([SEED]))
            assert not report.problems, report.problems
            assert not (await tell_engine(catalog, engine.client)).rejected
            services = ApiServices(
                engine=engine.client,
                pool=engine.pool,
                waiter=waiter,
                book=book,
                catalog=CatalogReader(catalog),
                credentials=CatalogCredentials(catalog, box, refresh_s=0),
                settings=ApiSettings(build=Build("0.0.0"), **settings),
                registry=CollectorRegistry(),
            )
            app = create_app(services)
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as anyone:
                exchange = Exchange(engine, catalog, box, app, services, anyone)
                await exchange.projected()
                yield exchange
    finally:
        await catalog.dispose()


@asynccontextmanager
async def following(dsn: str) -> AsyncIterator[tuple[BookFollower, CursorWaiter]]:
    """Projector, books and waiter."""
    book = BookFollower(dsn)
    await book.start()
    tasks = [asyncio.create_task(Projector(dsn).run()), asyncio.create_task(book.run())]
    try:
        async with CursorWaiter(dsn) as waiter:
            yield book, waiter
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
