"""Stand-ins for what the order routes are given, for tests of the routes alone: an engine that answers as told."""

import asyncio
import datetime
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, cast

import msgspec
from prometheus_client import CollectorRegistry

from pyxiu.api.app import create_app
from pyxiu.api.asgi import ASGIApp, Message
from pyxiu.api.auth import Member
from pyxiu.api.credentials import Credential
from pyxiu.api.services import ApiServices, ApiSettings, Build
from pyxiu.catalog.model import Currency, CurrencyType, Market, MemberLevels
from pyxiu.catalog.reads import CatalogPicture
from pyxiu.core.codec import decode_command
from pyxiu.core.commands import CancelOrder, Command, PlaceOrder
from pyxiu.core.outcomes import OrderState, Outcome
from pyxiu.core.types import (
    MarketId,
    MemberId,
    OrderId,
    OrderKind,
    OrderStatus,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from pyxiu.engine.sequencer import EngineStatus, State
from pyxiu.identity.access.decide_permission import Policy
from pyxiu.identity.access.decide_restriction import Restrictions
from pyxiu.identity.access.model import Action, Permission
from pyxiu.identity.api_keys.signatures import HmacVerifier
from pyxiu.identity.services import IdentityServices

KID, SECRET = "0123456789abcdef", b"not a secret"
UID = "ID0000000001"
PREFIX = "/api/v2/peatio"
CREATED_NS = 1_620_813_600_123_456_789

PICTURE = CatalogPicture(
    currencies={
        code: Currency(code, code.upper(), CurrencyType.COIN, 1, precision=8, decimals=10) for code in ("btc", "usd")
    },
    markets={
        "btcusd": Market("btcusd", "btc", "usd", "built-in", 1, 2, 6, Decimal("0.01"), Decimal(0), Decimal("0.0001"))
    },
)


def order_state(**changes: Any) -> OrderState:
    """An open order to buy 0.1 at 20000.50."""
    order = OrderState(
        order_id=OrderId(7),
        member=MemberId(UID),
        market=MarketId("btcusd"),
        side=Side.BUY,
        kind=OrderKind.LIMIT,
        status=OrderStatus.OPEN,
        price=2_000_050,
        quantity=100_000,
        remaining=100_000,
        filled=0,
        filled_quote=bytes(16),
        trades_count=0,
        maker_ppm=1_000,
        taker_ppm=2_000,
        time_in_force=TimeInForce.GTC,
        post_only=False,
        stp=SelfTradePrevention.CANCEL_NEWEST,
        key="",
        created_ns=CREATED_NS,
        updated_ns=CREATED_NS,
    )
    return msgspec.structs.replace(order, **changes)


class StubEngine:
    """Answers every command with `answer(command)`, which may raise; `refusal` is raised before it is taken."""

    def __init__(self, answer: Callable[[Command], Outcome] | None = None) -> None:
        self.answer = answer or (lambda _: Outcome(1, order=order_state()))
        self.refusal: Exception | None = None
        self.leading = True
        self.commands: list[Command] = []

    def submit_nowait(self, command: bytes) -> "asyncio.Future[Outcome]":
        if self.refusal is not None:
            raise self.refusal
        decoded = decode_command(command)
        self.commands.append(decoded)
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        try:
            future.set_result(self.answer(decoded))
        except Exception as failure:  # noqa: BLE001 - told to whoever waits
            future.set_exception(failure)
        return future

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]:
        return [await self.submit_nowait(command) for command in commands]

    def status(self) -> EngineStatus:
        return EngineStatus(State.LEADING if self.leading else State.STOPPED, self.leading, 1, 0, 0)

    def places(self) -> list[PlaceOrder]:
        return [command for command in self.commands if isinstance(command, PlaceOrder)]

    def cancels(self) -> list[CancelOrder]:
        return [command for command in self.commands if isinstance(command, CancelOrder)]


class StubCatalog:
    def __init__(self, picture: CatalogPicture = PICTURE) -> None:
        self._picture = picture

    async def picture(self) -> CatalogPicture:
        return self._picture

    def member_levels(self) -> MemberLevels:
        return MemberLevels()


class StubCredentials:
    """One key."""

    def __init__(self, level: int = 3) -> None:
        self.level = level

    async def find(self, kid: str) -> Credential | None:
        if kid != KID:
            return None
        return Credential(kid, Member(UID, self.level, "member"), HmacVerifier(SECRET), legacy=True)


class RunsForAnHour:
    """The system's clock, but whoever asks it first, as things do that are made at the start, did so an hour ago."""

    def __init__(self) -> None:
        self._asked = False

    def now_ns(self) -> int:
        asked, self._asked = self._asked, True
        return time.time_ns() - (0 if asked else 3_600 * 10**9)


class TakesAnything:
    """A database that does what it is told, and has nothing to tell."""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["TakesAnything"]:
        yield self

    async def execute(self, _statement: object) -> "TakesAnything":
        return self

    rowcount = 1


class StubRules:
    """Everything is permitted to everybody, from everywhere."""

    async def policy(self) -> Policy:
        now = datetime.datetime.now(datetime.UTC)
        row = Permission(
            id=1,
            role="member",
            verb="ALL",
            path="api/v2",
            action=Action.ACCEPT,
            topic=None,
            created_at=now,
            updated_at=now,
        )
        return Policy([row])

    async def restrictions(self) -> Restrictions:
        return Restrictions([])


class StubWaiter:
    seq = 0

    async def wait_for(self, seq: int, timeout_s: float = 2.0) -> bool:
        assert timeout_s > 0
        self.seq = max(self.seq, seq)
        return True


class NoRows:
    """A pool of connections to an empty database."""

    async def fetchrow(self, *_: object) -> None:
        return None


def stub_services(engine: StubEngine, *, level: int = 3, **settings: Any) -> ApiServices:
    return ApiServices(
        engine=cast("Any", engine),
        pool=cast("Any", NoRows()),
        waiter=cast("Any", StubWaiter()),
        book=cast("Any", None),
        catalog=cast("Any", StubCatalog()),
        credentials=StubCredentials(level),
        identity=IdentityServices(cast("Any", TakesAnything()), cast("Any", None)),
        rules=StubRules(),
        clock=RunsForAnHour(),
        alone=lambda: True,
        settings=ApiSettings(build=Build("0.0.0"), **settings),
        registry=CollectorRegistry(),
    )


class Answered(msgspec.Struct):
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Caller:
    """Calls an application without a server in between: what it gets is what a test says, byte for byte."""

    def __init__(self, engine: StubEngine, *, level: int = 3, **settings: Any) -> None:
        self.app: ASGIApp = create_app(stub_services(engine, level=level, **settings))
        self._nonce = 0

    def key_headers(self) -> list[tuple[bytes, bytes]]:
        self._nonce = max(self._nonce + 1, time.time_ns() // 1_000_000)
        nonce = str(self._nonce).encode()
        signature = HmacVerifier(SECRET).sign(nonce + KID.encode()).encode()
        return [(b"x-auth-apikey", KID.encode()), (b"x-auth-nonce", nonce), (b"x-auth-signature", signature)]

    async def post(
        self,
        path: str,
        body: bytes | dict[str, Any] = b"",
        *,
        query: bytes = b"",
        headers: list[tuple[bytes, bytes]] | None = None,
        chunks: Sequence[bytes] | None = None,
    ) -> Answered:
        """`chunks` sends the body in pieces."""
        whole = body if isinstance(body, bytes) else msgspec.json.encode(body)
        pieces = list(chunks if chunks is not None else [whole])
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": PREFIX + path,
            "raw_path": (PREFIX + path).encode(),
            "root_path": "",
            "query_string": query,
            "headers": self.key_headers() if headers is None else headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        sent: list[Message] = []

        async def receive() -> Message:
            piece = pieces.pop(0) if pieces else b""
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        answer = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answered(sent[0]["status"], answer, b"".join(message.get("body", b"") for message in sent[1:]))
