"""Programs of users over HTTP: they trade as themselves, no longer than their owner may, and never act for them."""

from collections.abc import Awaitable, Callable

import httpx
import msgspec
import pytest

from pyxiu.api.admin.overview import ENDPOINTS as OVERVIEW
from pyxiu.api.admin.refusals import NOT_PERMITTED
from pyxiu.api.auth import Member, Via
from pyxiu.api.edge import Edge
from pyxiu.api.endpoint import Call, Endpoint, NoQuery
from pyxiu.api.errors import INVALID_PERMISSION, ApiError
from pyxiu.api.identity.user_activities import ActivityQuery
from pyxiu.api.routes import ENDPOINTS
from pyxiu.identity.accounts.change_user import decide_state
from pyxiu.identity.labels.change_labels import remove_label
from pyxiu.identity.model import User, UserState
from tests.support.api import BROWSER, PREFIX, Exchange, KeyAuth
from tests.support.promptness import within_a_second
from tests.support.service_accounts import Bot, a_service_account
from tests.support.staff import a_browser

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDERS = f"{PREFIX}/market/orders"
ORDER = {"market": "btcusd", "side": "buy", "volume": "0.01", "price": "100"}
#: What of the account itself can be asked for without a body, and writing labels.
SETTINGS = [
    endpoint
    for endpoint in ENDPOINTS
    if endpoint.private
    and endpoint.scope is None
    and endpoint.full_path.startswith("/api/v2/barong/resource/")
    and (endpoint.body is None or "/labels" in endpoint.path)
    and not endpoint.late_query
    and endpoint.query in {NoQuery, ActivityQuery}
]
Ask = Callable[[], Awaitable[httpx.Response]]


async def outcome(ask: Ask) -> tuple[int, str]:
    answered = await ask()
    return answered.status_code, "" if answered.status_code < 400 else answered.json()["errors"][0]


async def a_trading_bot(exchange: Exchange) -> tuple[User, Bot, dict[str, Ask]]:
    """A user of level 3, a program of theirs, and how it places an order by key and by token."""
    owner = (await a_browser(exchange, level=3)).user
    bot = await a_service_account(exchange.staff, owner)
    auth = KeyAuth(bot.kid, bot.secret)
    answered = await exchange.anyone.get(f"/api/v2/auth{PREFIX}/account/balances", auth=auth)
    bearer = {"Authorization": answered.headers["authorization"]}
    ways: dict[str, Ask] = {
        "key": lambda: exchange.anyone.post(ORDERS, auth=auth, json=ORDER),
        "token": lambda: exchange.anyone.post(ORDERS, headers=bearer, json=ORDER),
    }
    return owner, bot, ways


async def funded(exchange: Exchange, bot: Bot, ask: Ask) -> None:
    """Wait until the engine knows the program, and let it have traded."""
    while (await outcome(ask))[1] == "market.trade.not_permitted":
        pass
    await exchange.deposit(bot.uid, "usd", "1000")
    assert (await outcome(ask))[0] == 201


@pytest.mark.parametrize("way", ["key", "token"])
async def test_a_program_trades_no_longer_than_its_owners_level_lets_it(exchange: Exchange, way: str) -> None:
    owner, bot, ways = await a_trading_bot(exchange)
    await funded(exchange, bot, ways[way])
    async with exchange.staff.database.begin() as connection:
        await remove_label(connection, exchange.identity, owner.id, "phone")
    await within_a_second(lambda: outcome(ways[way]), (403, "market.trade.not_permitted"))


@pytest.mark.parametrize("way", ["key", "token"])
async def test_a_program_of_somebody_banned_is_out_within_a_second(exchange: Exchange, way: str) -> None:
    owner, bot, ways = await a_trading_bot(exchange)
    await funded(exchange, bot, ways[way])
    async with exchange.staff.database.begin() as connection:
        await decide_state(connection, exchange.identity, owner, UserState.BANNED)
    # Its keys are switched off with its owner's, and that is said first.
    await within_a_second(lambda: outcome(ways[way]), (401, "authz.apikey_not_active"))


@pytest.mark.parametrize("endpoint", SETTINGS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
async def test_nothing_of_the_owners_account_is_a_service_accounts(exchange: Exchange, endpoint: Endpoint) -> None:
    """Asked of what answers, because the gate lets no key and no token of one come so far."""
    owner = (await a_browser(exchange, level=3)).user
    assert await refusal(exchange, endpoint, owner) == (INVALID_PERMISSION.code,)


@pytest.mark.parametrize("endpoint", OVERVIEW, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
async def test_a_service_account_of_staff_is_not_staff(exchange: Exchange, endpoint: Endpoint) -> None:
    """Asked of what answers, as above."""
    owner = (await a_browser(exchange, level=3, role="admin")).user
    assert await refusal(exchange, endpoint, owner) == (NOT_PERMITTED.code,)


async def refusal(exchange: Exchange, endpoint: Endpoint, owner: User) -> tuple[str, ...]:
    """What a service account of this user is told."""
    bot = await a_service_account(exchange.staff, owner)
    member = Member(bot.uid, 3, "sa_maker", user_id=owner.id, via=Via.TOKEN)
    path = {"id": "1", "key": "hello", "topic": "all", "kid": bot.kid}
    query = ActivityQuery(limit=10, page=1) if endpoint.query is ActivityQuery else NoQuery()
    scope = {"type": "http", "path": endpoint.full_path, "headers": [], "query_string": b"", "client": ("127.0.0.1", 1)}
    body = None if endpoint.body is None else msgspec.convert({"key": "hello", "value": "world"}, endpoint.body)
    call = Call(Edge(exchange.services), query, path, scope, BROWSER, member, body)
    assert endpoint.handler is not None
    with pytest.raises(ApiError) as refused:
        await endpoint.handler(call)
    return tuple(refused.value.codes)
