"""The api module: the HTTP server on the context's listening socket, with everything that answers need.

Invariant: requests are taken only when the engine, the books and the database are there. Limit: one HTTP server per
process; signals are the lifecycle's, not the server's.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import NamedTuple

import uvicorn

from pyxiu.api.app import create_app
from pyxiu.api.asgi import ASGIApp
from pyxiu.api.audience import Audience
from pyxiu.api.faucet import Faucet
from pyxiu.api.gate import DEFAULT_RATES, Rates
from pyxiu.api.hot_routes import HotRoutes
from pyxiu.api.market.trading import Trading
from pyxiu.api.rate_limits import Rate
from pyxiu.api.server import server_config
from pyxiu.api.services import ApiServices, ApiSettings, Build
from pyxiu.app.access_settings import AccessChoice
from pyxiu.app.alone import aloneness
from pyxiu.app.context import Context
from pyxiu.app.credentials import IdentityCredentials, IdentitySessions
from pyxiu.app.custody_balances import FreshBalances
from pyxiu.app.custody_services import custody_services
from pyxiu.app.file_limit import raise_file_limit
from pyxiu.app.identity_services import identity_services
from pyxiu.app.mail_settings import Way
from pyxiu.app.metered_gate import with_metered_gate
from pyxiu.app.module_dsns import STAFF, check_staff_login
from pyxiu.app.noop_route import with_noop
from pyxiu.app.note_uses import note_uses
from pyxiu.app.rate_sharing import share_rates
from pyxiu.app.secrets import open_secret_box
from pyxiu.app.settings import Settings
from pyxiu.app.stream.compose import close_changed, started_stream
from pyxiu.app.stream.schema import STREAM_SCHEMA_PATH, stream_schema
from pyxiu.app.token_keys import KeyringFolder
from pyxiu.catalog.model import MemberLevels
from pyxiu.catalog.reads import CatalogReader
from pyxiu.identity.changes import ChangeFollower
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.settings import IdentitySettings
from pyxiu.identity.tokens.keyring import Purpose, TokenAlgorithm
from pyxiu.mailer.mailbox_store import MailboxReader
from pyxiu.projections.live import BookFollower
from pyxiu.projections.waiter import CursorWaiter


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Http(NamedTuple):
    """What answers HTTP, and what the stream needs of it. `orders` are served straight from the parser."""

    app: ASGIApp
    trading: Trading
    orders: HotRoutes | None = None
    lifespan: str = "on"


@asynccontextmanager
async def api(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    async with (
        aloneness(context.dsn, has_engine=_has_engine_to_itself(context)) as alone,
        serving(context, partial(_http, context.settings), alone, context.settings.access.audience) as tasks,
    ):
        context.serves_stream = True
        yield first_of(tasks)


@asynccontextmanager
async def serving(
    context: Context,
    http_of: Callable[[ApiServices], Http],
    alone: Callable[[], bool] = lambda: False,
    audience: Audience = Audience.PUBLIC,
) -> AsyncIterator[set[asyncio.Task[None]]]:
    """HTTP on the context's listening socket, and the stream, which is not for staff."""
    raise_file_limit()
    book = BookFollower(context.dsn, context.committed)
    await book.start()
    async with CursorWaiter(context.dsn) as waiter:
        changes = ChangeFollower(context.dsn, name="api")
        services = _services(context, waiter, book, changes, alone, audience)
        http = http_of(services)
        changes.subscribe(http.trading.gate.forget)
        stream = None if audience is Audience.STAFF else await started_stream(context.dsn, services, http.trading)
        if stream is not None:
            changes.subscribe(partial(close_changed, stream))
        sockets = "none" if stream is None else stream.protocol
        server = _Server(server_config(http.app, orders=http.orders, ws=sockets, lifespan=http.lifespan))
        serve = asyncio.create_task(server.serve(sockets=[context.listener]), name="http")
        following = {
            asyncio.create_task(book.run(), name="books"),
            asyncio.create_task(changes.run(), name="changes"),
            asyncio.create_task(note_uses(http.trading.gate.authenticator, services.identity), name="uses"),
            asyncio.create_task(share_rates(context.dsn, http.trading.gate.limits, alone), name="rates"),
        }
        if stream is not None:
            following.add(asyncio.create_task(stream.run(), name="stream"))
        try:
            yield {serve, *following}
        finally:
            server.should_exit = True
            for task in following:
                task.cancel()
            await asyncio.gather(serve, *following, return_exceptions=True)


async def first_of(tasks: set[asyncio.Task[None]]) -> None:
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


def _has_engine_to_itself(context: Context) -> bool:
    return context.committed is not None and context.settings.engine_listen is None


def _has_mailbox(context: Context) -> bool:
    return context.settings.mail.way(context.settings.host) is Way.MAILBOX


def _http(settings: Settings, services: ApiServices) -> Http:
    app = create_app(services)
    outermost = with_metered_gate(app, app.trading) if settings.bench and settings.bench_gate else app
    return Http(with_noop(outermost) if settings.bench else app, app.trading, orders=app)


def _services(
    context: Context,
    waiter: CursorWaiter,
    book: BookFollower,
    changes: ChangeFollower,
    alone: Callable[[], bool],
    audience: Audience,
) -> ApiServices:
    box = open_secret_box(context.settings.home)
    identity = identity_services(context, box)
    access = context.settings.access
    catalog = CatalogReader(context.catalog, levels=_levels(identity.settings))
    return ApiServices(
        engine=context.engine,
        pool=context.pool,
        waiter=waiter,
        book=book,
        catalog=catalog,
        credentials=IdentityCredentials(identity),
        sessions=IdentitySessions(identity),
        identity=identity,
        staff=_staff(context, identity, audience),
        custody=custody_services(context, catalog, identity, FreshBalances(context.pool, waiter)),
        faucet=_faucet(context.settings),
        settings=ApiSettings(
            build=Build(version=version("pyxiu")),
            trusted_proxies=access.trusted_proxies,
            cors_origins=access.cors_origins,
            rates=_rates(access),
            audience=audience,
        ),
        keyring=KeyringFolder(context.settings.home, Purpose.SESSION, TokenAlgorithm(access.token_algorithm)),
        vouching=changes,
        alone=alone,
        mailbox=MailboxReader(context.identity) if _has_mailbox(context) else None,
        documents={STREAM_SCHEMA_PATH: stream_schema()},
        extra_routes=context.plugins.all_routes(),
        registry=context.registry,
    )


def _staff(context: Context, identity: IdentityServices, audience: Audience) -> IdentityServices | None:
    """The same with the rights of staff. Raises PermanentError where this process may not have them."""
    if audience is Audience.PUBLIC:
        return None
    if audience is Audience.STAFF:
        return identity
    check_staff_login(context.settings)
    staff = context.acting_as(STAFF)
    return replace(identity, database=staff.identity, counters=staff.counters)


def _faucet(settings: Settings) -> Faucet | None:
    """Imported where there is one: it belongs to the demo."""
    if not settings.nodes.faucet:
        return None
    from pyxiu.app.demo.chains.faucet import DemoFaucet

    return DemoFaucet(settings.nodes.faucet)


def _levels(settings: IdentitySettings) -> MemberLevels:
    return MemberLevels(
        deposit=settings.level_deposit, trading=settings.level_trading, withdraw=settings.level_withdraw
    )


def _rates(access: AccessChoice) -> Rates:
    address, member = access.rate_address, access.rate_member
    return Rates(
        DEFAULT_RATES.address if address is None else Rate(address.per_s, address.burst),
        DEFAULT_RATES.member if member is None else Rate(member.per_s, member.burst),
    )
