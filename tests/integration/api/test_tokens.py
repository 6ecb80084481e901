"""What a gateway was given comes back to us: a token does what its key or session may do now, and ends with it."""

from collections.abc import Awaitable
from typing import Any

import httpx
import jwt
import pytest

from pyxiu.identity.changes import Change, announce
from pyxiu.identity.sessions.close_sessions import close_session
from pyxiu.identity.tables.accounts import sessions, users
from pyxiu.identity.tables.factors import api_keys
from tests.support.api import PREFIX, Browser, Exchange, KeyAuth
from tests.support.identity import as_staff
from tests.support.promptness import within_a_second

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDERS = f"{PREFIX}/market/orders"
BALANCES = f"{PREFIX}/account/balances"
ME = "/api/v2/barong/resource/users/me"
ORDER = {"market": "btcusd", "side": "buy", "volume": "0.01", "price": "100"}


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]


async def got(response: Awaitable[httpx.Response]) -> int:
    return (await response).status_code


async def refusal(response: Awaitable[httpx.Response]) -> tuple[int, str]:
    answered = await response
    return (answered.status_code, "") if answered.status_code < 400 else code(answered)


class Service:
    """A service behind the gateway, which hands back the token that it was given for a request."""

    def __init__(self, exchange: Exchange, answered: httpx.Response) -> None:
        assert answered.status_code == 200, answered.text
        self.headers = {"Authorization": answered.headers["authorization"]}
        self._exchange = exchange

    @property
    def claims(self) -> dict[str, Any]:
        token = self.headers["Authorization"].removeprefix("Bearer ")
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        return claims

    async def ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        return await self._exchange.anyone.request(method, path, headers=self.headers, **arguments)


async def behind(exchange: Exchange, asks: Browser | KeyAuth) -> Service:
    url = f"/api/v2/auth{BALANCES}"
    if isinstance(asks, KeyAuth):
        return Service(exchange, await exchange.anyone.get(url, auth=asks))
    return Service(exchange, await asks.request("GET", url))


async def change_key(exchange: Exchange, kid: str, **values: Any) -> None:
    async with exchange.identity.database.begin() as connection:
        await connection.execute(api_keys.update().where(api_keys.c.kid == kid).values(values))
        await announce(connection, Change.API_KEY, kid)


async def test_a_token_of_a_key_that_reads_does_no_more_than_read(exchange: Exchange) -> None:
    alice = await exchange.member(usd="1000")
    reader = await exchange.api_key(alice.uid, scopes=("read",))
    service = await behind(exchange, reader)
    assert (await service.ask("GET", BALANCES)).status_code == 200
    for path in (ORDERS, f"{ORDERS}/batch", f"{ORDERS}/cancel", f"{ORDERS}/1/cancel", f"/api/v2/auth{ORDERS}"):
        assert code(await service.ask("POST", path, json=ORDER)) == (403, "authz.apikey_scope_not_allowed"), path
    trader = await behind(exchange, alice.auth)
    assert (await trader.ask("POST", ORDERS, json=ORDER)).status_code == 201


async def test_a_token_of_a_key_does_not_open_the_account_itself(exchange: Exchange) -> None:
    alice = await exchange.member()
    service = await behind(exchange, alice.auth)
    for method, path in (
        ("GET", ME),
        ("GET", "/api/v2/barong/resource/sessions"),
        ("DELETE", "/api/v2/barong/resource/sessions"),
        ("GET", "/api/v2/barong/resource/api_keys"),
        ("GET", "/api/v2/barong/admin/users"),
    ):
        assert code(await service.ask(method, path)) == (403, "authz.apikey_scope_not_allowed"), path


async def test_a_key_that_is_deleted_ends_its_tokens_within_a_second(exchange: Exchange) -> None:
    alice = await exchange.member()
    service = await behind(exchange, alice.auth)
    assert (await service.ask("GET", BALANCES)).status_code == 200
    async with exchange.identity.database.begin() as connection:
        await connection.execute(api_keys.delete().where(api_keys.c.kid == alice.auth.kid))
        await announce(connection, Change.API_KEY, alice.auth.kid)
    await within_a_second(lambda: refusal(service.ask("GET", BALANCES)), (401, "authz.unexistent_apikey"))


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"state": "inactive"}, (401, "authz.apikey_not_active")),
        ({"networks": ["10.1.2.3/32"]}, (401, "authz.apikey_address_not_allowed")),
        ({"scopes": ["trade"]}, (403, "authz.apikey_scope_not_allowed")),
    ],
)
async def test_what_is_taken_from_a_key_is_taken_from_its_tokens_within_a_second(
    exchange: Exchange, values: dict[str, Any], wanted: tuple[int, str]
) -> None:
    alice = await exchange.member()
    service = await behind(exchange, alice.auth)
    assert (await service.ask("GET", BALANCES)).status_code == 200
    await change_key(exchange, alice.auth.kid, **values)
    await within_a_second(lambda: refusal(service.ask("GET", BALANCES)), wanted)


async def test_a_key_that_is_given_more_gives_its_older_tokens_nothing(exchange: Exchange) -> None:
    alice = await exchange.member(usd="1000")
    reader = await exchange.api_key(alice.uid, scopes=("read",))
    older = await behind(exchange, reader)
    await change_key(exchange, reader.kid, scopes=["read", "trade"])
    await within_a_second(lambda: got(exchange.anyone.post(f"{ORDERS}/cancel", auth=reader)), 201)
    assert code(await older.ask("POST", ORDERS, json=ORDER)) == (403, "authz.apikey_scope_not_allowed")
    newer = await behind(exchange, reader)
    assert (await newer.ask("POST", ORDERS, json=ORDER)).status_code == 201


async def test_a_user_that_is_banned_has_no_token_left(exchange: Exchange) -> None:
    alice = await exchange.member()
    service = await behind(exchange, alice.auth)
    assert (await service.ask("GET", BALANCES)).status_code == 200
    async with exchange.staff.database.begin() as connection:
        await as_staff(connection)
        await connection.execute(users.update().where(users.c.uid == alice.uid).values(state="banned"))
        await announce(connection, Change.USER, alice.uid)
    await within_a_second(lambda: refusal(service.ask("GET", BALANCES)), (401, "authz.invalid_session"))


async def test_a_token_of_a_session_does_what_the_session_does_and_ends_with_it(exchange: Exchange) -> None:
    browser = await exchange.browser()
    await exchange.deposit(browser.user.uid, "usd", "1000")
    service = await behind(exchange, browser)
    assert (await service.ask("POST", ORDERS, json=ORDER)).status_code == 201
    assert (await service.ask("GET", ME)).json()["uid"] == browser.user.uid
    devices = (await service.ask("GET", "/api/v2/barong/resource/sessions")).json()
    assert [device["current"] for device in devices] == [True]
    assert (await browser.request("DELETE", "/api/v2/barong/identity/sessions")).status_code == 200
    await within_a_second(lambda: refusal(service.ask("GET", ME)), (401, "authz.invalid_session"))
    assert code(await service.ask("POST", ORDERS, json=ORDER)) == (401, "authz.invalid_session")


async def test_a_session_that_staff_ends_ends_its_tokens_and_no_others(exchange: Exchange) -> None:
    one = await exchange.browser()
    other = await exchange.browser(uid=one.user.uid)
    ended, kept = await behind(exchange, one), await behind(exchange, other)
    assert ended.headers != kept.headers
    assert (await ended.ask("GET", BALANCES)).status_code == 200
    async with exchange.staff.database.begin() as connection:
        await close_session(connection, exchange.identity, one.opened.session_id, reason="test")
    await within_a_second(lambda: refusal(ended.ask("GET", BALANCES)), (401, "authz.invalid_session"))
    assert (await kept.ask("GET", BALANCES)).status_code == 200


async def test_using_a_token_does_not_keep_its_session_from_becoming_idle(exchange: Exchange) -> None:
    browser = await exchange.browser()
    service = await behind(exchange, browser)
    async with exchange.identity.database.begin() as connection:
        row = sessions.update().where(sessions.c.id == browser.opened.session_id)
        seen_at = (
            await connection.execute(row.values(seen_at=sessions.c.created_at).returning(sessions.c.seen_at))
        ).one()
    assert (await service.ask("GET", BALANCES)).status_code == 200
    async with exchange.identity.database.connect() as connection:
        row_now = sessions.select().where(sessions.c.id == browser.opened.session_id)
        assert (await connection.execute(row_now)).one().seen_at == seen_at[0]


async def test_one_users_keys_and_sessions_get_tokens_of_their_own(exchange: Exchange) -> None:
    browser = await exchange.browser()
    keys = [await exchange.api_key(browser.user.uid, scopes=scopes) for scopes in (("read",), ("read", "trade"))]
    all_three: list[Browser | KeyAuth] = [*keys, browser]
    services = [await behind(exchange, asks) for asks in all_three]
    assert [service.claims["pyxiu_origin"] for service in services] == [
        {"kind": "api_key", "kid": keys[0].kid, "scopes": ["read"]},
        {"kind": "api_key", "kid": keys[1].kid, "scopes": ["read", "trade"]},
        {"kind": "session", "id": browser.opened.session_id},
    ]
    again = [await behind(exchange, asks) for asks in all_three]
    assert [service.headers for service in again] == [service.headers for service in services]


async def test_a_token_gets_no_longer_one_from_the_gateway(exchange: Exchange) -> None:
    service = await behind(exchange, await exchange.browser())
    passed_on = await service.ask("GET", f"/api/v2/auth{BALANCES}")
    assert passed_on.headers["authorization"] == service.headers["Authorization"]
