"""A whole exchange in this process for tests of the API: PostgreSQL, engine, projector and books behind its ASGI app.

    async with running_exchange(database_dsn) as exchange:
        alice = await exchange.member("alice", usd="1000")
        response = await alice.post("/market/orders", json={...})

Members are made and funded by commands, they and their keys are rows of identity; `exchange.anyone` is a client
without a key. The catalog is seeded from `tests/data/exchange`.
"""

import asyncio
import hmac
import itertools
import secrets
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.adapters.chains.address_book import ChainAddressBook
from pyxiu.api.app import create_app
from pyxiu.api.asgi import ASGIApp
from pyxiu.api.services import ApiServices, ApiSettings, Build
from pyxiu.app.credentials import IdentityCredentials, IdentitySessions
from pyxiu.app.custody_assets import CatalogAssets
from pyxiu.app.custody_balances import FreshBalances
from pyxiu.app.custody_services import withdrawal_ports
from pyxiu.app.known_keys import KnownKey, put_bare_user, put_key
from pyxiu.app.secrets import KEY_BYTES, SecretBox
from pyxiu.app.stream.schema import STREAM_SCHEMA_PATH, stream_schema
from pyxiu.catalog.reads import CatalogReader
from pyxiu.catalog.seed_catalog import parse_files, seed_catalog
from pyxiu.catalog.tell_engine import tell_engine
from pyxiu.core.commands import Command, CreditDeposit, PutMember
from pyxiu.core.money import pack
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import AssetId, MemberId
from pyxiu.custody.services import CustodyServices
from pyxiu.identity.api_keys.model import KeyState
from pyxiu.identity.changes import ChangeFollower
from pyxiu.identity.model import Client, User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.model import OpenedSession
from pyxiu.identity.sessions.open_session import open_session
from pyxiu.identity.tokens.keyring import Keyring, TokenAlgorithm, make_key
from pyxiu.identity.worker import IdentityWorker
from pyxiu.kit.decimals import parse_decimal
from pyxiu.projections.live import BookFollower
from pyxiu.projections.projector import Projector
from pyxiu.projections.status import read_status
from pyxiu.projections.waiter import CursorWaiter
from pyxiu.storage.database import as_role, create_pool
from pyxiu.storage.orm import open_database
from pyxiu.storage.roles import role_of
from tests.support.engine import RunningEngine, running_engine
from tests.support.identity import as_staff, identity_settings

SEED = Path(__file__).parents[1] / "data/exchange"
PREFIX = "/api/v2/peatio"
BASE_URL = "http://exchange.test"
WAIT_S = 20.0
#: As the transport of these tests appears to the application.
BROWSER = Client("127.0.0.1", "Firefox/140")
#: Ed25519, because an RSA key takes longer to make than most tests run.
TOKEN_KEYS = Keyring([make_key(TokenAlgorithm.EDDSA)])
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


class Browser:
    """Somebody who is logged in; whole paths."""

    def __init__(self, exchange: "Exchange", user: User, opened: OpenedSession) -> None:
        self.exchange = exchange
        self.user = user
        self.opened = opened

    def session_headers(self, *, csrf: bool = True) -> dict[str, str]:
        return {
            "Cookie": f"{self.exchange.identity.settings.cookie_name}={self.opened.token}",
            "User-Agent": BROWSER.user_agent,
            **({"X-CSRF-Token": self.opened.csrf_token} if csrf else {}),
        }

    async def request(self, method: str, path: str, *, csrf: bool = True, **arguments: Any) -> httpx.Response:
        headers = {**self.session_headers(csrf=csrf), **arguments.pop("headers", {})}
        return await self.exchange.anyone.request(method, path, headers=headers, **arguments)


class Exchange(msgspec.Struct):
    """What runs, and a client without a key."""

    engine: RunningEngine
    catalog: AsyncEngine
    identity: IdentityServices
    box: SecretBox
    app: ASGIApp
    services: ApiServices
    anyone: httpx.AsyncClient

    async def get(self, path: str, **arguments: Any) -> httpx.Response:
        return await self.anyone.get(PREFIX + path, **arguments)

    @property
    def staff(self) -> IdentityServices:
        """Identity with the rights of staff."""
        assert self.services.staff is not None
        return self.services.staff

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

    async def browser(self, *, role: str = "member", level: int = 3, uid: str = "") -> Browser:
        """A user with a session; paths are whole."""
        uid = uid or f"IDUSER{next(_numbers):06}"
        await self.submit(PutMember(MemberId(uid)))
        async with self.identity.database.begin() as connection:
            await as_staff(connection)
            user = await put_bare_user(connection, uid, level=level, role=role)
            opened = await open_session(connection, self.identity, user, BROWSER, factor="password")
        return Browser(self, user, opened)

    async def api_key(self, uid: str, *, level: int = 3, state: str = "active", **key: Any) -> KeyAuth:
        """`key` has further fields of KnownKey."""
        kid, secret = secrets.token_hex(8), secrets.token_hex(16)
        known = KnownKey(kid=kid, secret=secret, state=KeyState(state), **key)
        async with self.identity.database.begin() as connection:
            user = await put_bare_user(connection, uid, level=level)
            await put_key(connection, self.box, user.id, known)
        return KeyAuth(kid, secret)

    async def projected(self) -> None:
        """Wait until all that is committed can be read, in tables and books."""
        seq = self.engine.client.status().seq
        async with asyncio.timeout(WAIT_S):
            while self.services.book.seq < seq or (await read_status(self.engine.pool)).seq < seq:  # noqa: ASYNC110
                await asyncio.sleep(0.005)


@asynccontextmanager
async def running_exchange(
    dsn: str,
    *,
    box: SecretBox | None = None,
    plugged: Callable[[IdentityServices], IdentityServices] = lambda services: services,
    **settings: Any,
) -> AsyncIterator[Exchange]:
    """`settings` are fields of ApiSettings; pass the box of an earlier run for its keys to open. `plugged` replaces
    parts of identity.
    """
    # Seeding is the owner's; what answers has the rights of the API and no others, and for staff those of the admin.
    catalog, acting = open_database(dsn, "pyxiu catalog"), as_role(dsn, role_of("api"))
    read, identity, counters, custody = (open_database(acting, "pyxiu test") for _ in range(4))
    staff = open_database(as_role(dsn, role_of("admin")), "pyxiu test")
    box = box or SecretBox(secrets.token_bytes(KEY_BYTES))
    pool = await create_pool(acting, "pyxiu test")
    try:
        async with running_engine(dsn) as engine, following(dsn) as (book, waiter), following_changes(dsn) as changes:
            report = await seed_catalog(catalog, parse_files([SEED]))
            assert not report.problems, report.problems
            assert not (await tell_engine(catalog, engine.client)).rejected
            bare = IdentityServices(identity, box, settings=identity_settings(), counters=counters)
            services_of_identity = plugged(bare)
            reader = CatalogReader(read)
            services = ApiServices(
                engine=engine.client,
                pool=pool,
                waiter=waiter,
                book=book,
                catalog=reader,
                credentials=IdentityCredentials(services_of_identity),
                sessions=IdentitySessions(services_of_identity),
                identity=services_of_identity,
                staff=replace(services_of_identity, database=staff),
                custody=CustodyServices(
                    database=custody,
                    assets=CatalogAssets(reader),
                    engine=engine.client,
                    addresses=ChainAddressBook(),
                    balances=FreshBalances(pool, waiter),
                    withdrawal_ports=withdrawal_ports(services_of_identity, reader),
                ),
                keyring=lambda: TOKEN_KEYS,
                vouching=changes,
                settings=ApiSettings(build=Build("0.0.0"), **settings),
                documents={STREAM_SCHEMA_PATH: stream_schema()},
                registry=CollectorRegistry(),
            )
            app = create_app(services)
            changes.subscribe(app.forget)
            transport = httpx.ASGITransport(app)
            worker = IdentityWorker(acting, services_of_identity, engine.client)
            async with in_background(worker.run()), httpx.AsyncClient(transport=transport, base_url=BASE_URL) as anyone:
                exchange = Exchange(engine, catalog, services_of_identity, box, app, services, anyone)
                await exchange.projected()
                yield exchange
    finally:
        await pool.close()
        for database in (staff, custody, counters, identity, read, catalog):
            await database.dispose()


@asynccontextmanager
async def following_changes(dsn: str) -> AsyncIterator[ChangeFollower]:
    """Identity's changes, as the API follows them."""
    follower = ChangeFollower(as_role(dsn, role_of("api")), name="test")
    async with in_background(follower.run()):
        yield follower


@asynccontextmanager
async def in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Something that runs until the end of the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def following(dsn: str) -> AsyncIterator[tuple[BookFollower, CursorWaiter]]:
    """Projector, books and waiter."""
    book = BookFollower(as_role(dsn, role_of("api")))
    await book.start()
    projector = Projector(as_role(dsn, role_of("projector")), pnl_currencies=("usd",))
    tasks = [asyncio.create_task(projector.run()), asyncio.create_task(book.run())]
    try:
        async with CursorWaiter(as_role(dsn, role_of("api"))) as waiter:
            yield book, waiter
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
