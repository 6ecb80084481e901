"""Who is let in over HTTP: sessions, permissions, restrictions, tokens, scopes, rates; and who is kept out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import jwt
import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry

from pyxiu.api.app import create_app
from pyxiu.api.gate import Rates
from pyxiu.api.rate_limits import Rate
from pyxiu.identity.access.change_rules import add_rule, remove_rule
from pyxiu.identity.access.model import Permission, Restriction
from pyxiu.identity.access.permissions import PERMISSIONS, PermissionDraft
from pyxiu.identity.access.restrictions import RESTRICTIONS, RestrictionDraft
from pyxiu.identity.access.whitelinks import make_whitelink
from pyxiu.identity.sessions.close_sessions import close_session
from pyxiu.kit.clock import now_of
from tests.support.api import BASE_URL, PREFIX, Exchange
from tests.support.promptness import within_a_second

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDERS = f"{PREFIX}/market/orders"
BALANCES = f"{PREFIX}/account/balances"
ORDER = {"market": "btcusd", "side": "buy", "volume": "0.01", "price": "100"}


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]


@pytest_asyncio.fixture(loop_scope="module")
async def restrict(exchange: Exchange) -> AsyncIterator[Callable[..., Awaitable[Restriction]]]:
    """Adds restrictions, and removes them again."""
    added: list[Restriction] = []

    async def add(category: str, scope: str, value: str, **fields: Any) -> Restriction:
        async with exchange.staff.database.begin() as connection:
            row = await add_rule(
                connection, RESTRICTIONS, RestrictionDraft(category=category, scope=scope, value=value, **fields)
            )
        assert isinstance(row, Restriction), row
        added.append(row)
        return row

    yield add
    async with exchange.staff.database.begin() as connection:
        for row in added:
            await remove_rule(connection, RESTRICTIONS, row.id)
    await within_a_second(lambda: status_of(exchange, "/public/markets"), 200)


async def status_of(exchange: Exchange, path: str) -> int:
    return (await exchange.get(path)).status_code


async def test_a_session_places_and_cancels_orders(exchange: Exchange) -> None:
    browser = await exchange.browser()
    await exchange.deposit(browser.user.uid, "usd", "1000")
    placed = await browser.request("POST", ORDERS, json=ORDER)
    assert placed.status_code == 201, placed.text
    canceled = await browser.request("POST", f"{ORDERS}/{placed.json()['id']}/cancel")
    assert canceled.json()["state"] == "cancel"
    assert (await browser.request("GET", BALANCES, csrf=False)).status_code == 200


@pytest.mark.parametrize("path", [ORDERS, f"{ORDERS}/1/cancel", f"{ORDERS}/batch", f"{ORDERS}/cancel"])
async def test_t68_what_a_session_changes_needs_its_csrf_token(exchange: Exchange, path: str) -> None:
    browser = await exchange.browser()
    missing = await browser.request("POST", path, csrf=False, json=ORDER)
    wrong = await browser.request("POST", path, csrf=False, headers={"X-CSRF-Token": "0" * 32}, json=ORDER)
    other = (await exchange.browser()).opened.csrf_token
    others = await browser.request("POST", path, csrf=False, headers={"X-CSRF-Token": other}, json=ORDER)
    assert code(missing) == (401, "authz.missing_csrf_token")
    assert code(wrong) == code(others) == (401, "authz.csrf_token_mismatch")


async def test_t68_json_as_plain_text_is_no_way_around_it(exchange: Exchange) -> None:
    browser = await exchange.browser()
    headers = {"Content-Type": "text/plain"}
    response = await browser.request("POST", ORDERS, csrf=False, headers=headers, content=b'{"market":"btcusd"}')
    assert code(response) == (401, "authz.missing_csrf_token")


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
    ids=["origin", "opaque", "fetch"],
)
async def test_t68_other_sites_change_nothing_not_even_with_the_token(
    exchange: Exchange, headers: dict[str, str]
) -> None:
    browser = await exchange.browser()
    private = await browser.request("POST", f"{ORDERS}/cancel", headers=headers)
    login = await exchange.anyone.post(
        "/api/v2/barong/identity/sessions", headers=headers, json={"email": "a@b.example", "password": "x"}
    )
    assert code(private) == code(login) == (403, "authz.cross_site_request")


async def test_our_own_page_may_ask(exchange: Exchange) -> None:
    browser = await exchange.browser()
    headers = {"Origin": "http://exchange.test", "Sec-Fetch-Site": "same-origin"}
    assert (await browser.request("POST", f"{ORDERS}/cancel", headers=headers)).status_code == 201


async def test_t68_no_other_origin_reads_answers_or_frames_pages(exchange: Exchange) -> None:
    browser = await exchange.browser()
    response = await browser.request("GET", BALANCES, headers={"Origin": "https://evil.example"})
    assert not [name for name in response.headers if name.startswith("access-control-")]
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    preflight = await exchange.anyone.options(BALANCES, headers={"Origin": "https://evil.example"})
    assert not [name for name in preflight.headers if name.startswith("access-control-")]


async def test_t67_a_cookie_in_another_browser_ends_the_session(exchange: Exchange) -> None:
    browser = await exchange.browser()
    assert (await browser.request("GET", BALANCES)).status_code == 200
    stolen = await browser.request("GET", BALANCES, headers={"User-Agent": "curl/8"})
    assert code(stolen) == (401, "authz.client_session_mismatch")
    await within_a_second(lambda: got(browser.request("GET", BALANCES)), (401, "authz.invalid_session"))


async def got(response: Awaitable[httpx.Response]) -> tuple[int, str]:
    answered = await response
    return (200, "") if answered.status_code == 200 else code(answered)


async def test_a_session_that_ends_is_refused_within_a_second(exchange: Exchange) -> None:
    browser = await exchange.browser()
    assert (await browser.request("GET", BALANCES)).status_code == 200
    async with exchange.staff.database.begin() as connection:
        await close_session(connection, exchange.identity, browser.opened.session_id, reason="test")
    await within_a_second(lambda: got(browser.request("GET", BALANCES)), (401, "authz.invalid_session"))


@pytest.mark.parametrize("cookie", ["", "x", "a" * 43, "a" * 5_000, '"', "é"])
async def test_what_is_no_session_is_nobody(exchange: Exchange, cookie: str) -> None:
    headers = {b"Cookie": f"_barong_session={cookie}".encode()}
    assert code(await exchange.anyone.get(BALANCES, headers=headers)) == (401, "authz.invalid_session")


async def test_a_wrong_key_never_falls_back_to_the_cookie(exchange: Exchange) -> None:
    browser = await exchange.browser()
    response = await browser.request("GET", BALANCES, headers={"X-Auth-Apikey": "0" * 16})
    assert code(response) == (422, "authz.invalid_api_key_headers")


async def test_a_key_does_what_its_scopes_say(exchange: Exchange) -> None:
    reader = await exchange.api_key("reader", scopes=("read",))
    trader = await exchange.api_key("only-trades", scopes=("trade",))
    assert (await exchange.anyone.get(BALANCES, auth=reader)).status_code == 200
    for path in (ORDERS, f"{ORDERS}/1/cancel", f"{ORDERS}/batch", f"{ORDERS}/cancel"):
        response = await exchange.anyone.post(path, auth=reader, json=ORDER)
        assert code(response) == (403, "authz.apikey_scope_not_allowed")
    assert code(await exchange.anyone.get(BALANCES, auth=trader)) == (403, "authz.apikey_scope_not_allowed")
    assert (await exchange.anyone.post(f"{ORDERS}/cancel", auth=trader)).status_code == 201


async def test_no_key_opens_the_account_itself(exchange: Exchange) -> None:
    key = await exchange.api_key("bot", scopes=("read", "trade", "withdraw", "transfer"))
    response = await exchange.anyone.get("/api/v2/barong/resource/users/me", auth=key)
    assert code(response) == (403, "authz.apikey_scope_not_allowed")


async def test_roles_are_denied_what_no_row_accepts(exchange: Exchange) -> None:
    nobody = await exchange.browser(role="unheard-of")
    assert code(await nobody.request("GET", BALANCES)) == (401, "authz.invalid_permission")
    assert code(await nobody.request("POST", ORDERS, json=ORDER)) == (401, "authz.invalid_permission")


async def test_permissions_change_within_a_second_and_drop_beats_accept(exchange: Exchange) -> None:
    role = "guest"
    guest = await exchange.browser(role=role)
    drafts = [
        PermissionDraft(role=role, verb="all", path="/api/v2/peatio/account/", action="accept"),
        PermissionDraft(role=role, verb="GET", path="api/v2/peatio/account/balances", action="DROP"),
    ]
    rows = []
    for draft, wanted in zip(drafts, [(200, ""), (401, "authz.invalid_permission")], strict=True):
        async with exchange.staff.database.begin() as connection:
            row = await add_rule(connection, PERMISSIONS, draft)
        assert isinstance(row, Permission), row
        rows.append(row)
        await within_a_second(lambda: got(guest.request("GET", BALANCES)), wanted)
    async with exchange.staff.database.begin() as connection:
        assert await remove_rule(connection, PERMISSIONS, rows[1].id)
    await within_a_second(lambda: got(guest.request("GET", BALANCES)), (200, ""))


async def test_maintenance_keeps_everybody_out_but_whoever_is_whitelisted(
    exchange: Exchange, restrict: Callable[..., Awaitable[Restriction]]
) -> None:
    alice = await exchange.member(usd="1000")
    await restrict("maintenance", "all", "all")
    await within_a_second(lambda: status_of(exchange, "/public/markets"), 471)
    for response in (await exchange.get("/public/markets"), await alice.post("/market/orders", json=ORDER)):
        assert code(response) == (471, "authz.restrict.maintenance")
    assert (await exchange.get("/public/health/alive")).status_code == 200
    now = now_of(exchange.identity.clock)
    async with exchange.staff.database.begin() as connection:
        token = await make_whitelink(connection, now.replace(year=now.year + 1) - now, now)
    url = "/api/v2/barong/identity/users/access"
    wrong = await exchange.anyone.post(url, json={"whitelink_token": "0" * 64})
    assert code(wrong) == (422, "identity.user.access.invalid_token")
    assert (await exchange.anyone.post(url, json={"whitelink_token": token})).status_code == 201
    await within_a_second(lambda: status_of(exchange, "/public/markets"), 200)
    async with exchange.staff.database.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM restrictions WHERE category = 'whitelist'")


@pytest.mark.parametrize(
    ("scope", "value", "status"),
    [("ip", "127.0.0.1", 401), ("ip_subnet", "127.0.0.0/8", 403), ("all", "all", 401)],
)
async def test_the_blacklist_goes_by_address(
    exchange: Exchange, restrict: Callable[..., Awaitable[Restriction]], scope: str, value: str, status: int
) -> None:
    await restrict("blacklist", scope, value)
    await within_a_second(lambda: status_of(exchange, "/public/markets"), status)
    assert code(await exchange.get("/public/markets")) == (status, "authz.restrict.blacklist")


async def test_blocked_logins_end_all_sessions_and_let_nobody_log_in(
    exchange: Exchange, restrict: Callable[..., Awaitable[Restriction]]
) -> None:
    browser = await exchange.browser()
    assert (await browser.request("GET", BALANCES)).status_code == 200
    await restrict("blocklogin", "all", "all")
    await within_a_second(lambda: got(browser.request("GET", BALANCES)), (401, "authz.invalid_session"))
    login = {"email": "a@b.example", "password": "x"}
    url = "/api/v2/barong/identity/sessions"
    assert code(await exchange.anyone.post(url, json=login)) == (401, "authz.restrict.blocklogin")
    assert (await exchange.get("/public/markets")).status_code == 200


async def test_a_path_with_more_slashes_is_kept_out_all_the_same(
    exchange: Exchange, restrict: Callable[..., Awaitable[Restriction]]
) -> None:
    doubled = [
        f"{BASE_URL}/{PREFIX}/public/markets",
        f"{BASE_URL}{PREFIX}//public/markets",
        f"{BASE_URL}///api//v2/peatio/public/markets/",
    ]
    for url in doubled:
        answered = await exchange.anyone.get(url)
        assert (answered.status_code, answered.json()) == (200, (await exchange.get("/public/markets")).json())
    await restrict("blacklist", "all", "all")
    await within_a_second(lambda: status_of(exchange, "/public/markets"), 401)
    for url in doubled:
        assert code(await exchange.anyone.get(url)) == (401, "authz.restrict.blacklist")
    login = {"email": "a@b.example", "password": "x"}
    for url in ("//api/v2/barong/identity/sessions", "/api/v2/barong/identity//sessions"):
        assert code(await exchange.anyone.post(BASE_URL + url, json=login)) == (401, "authz.restrict.blacklist")


async def test_a_gateway_is_given_a_token_that_the_published_keys_check(exchange: Exchange) -> None:
    browser = await exchange.browser()
    answered = await browser.request("GET", f"/api/v2/auth{BALANCES}")
    assert (answered.status_code, answered.content) == (200, b"")
    token = answered.headers["authorization"].removeprefix("Bearer ")
    published = [
        (await exchange.anyone.get(url)).json() for url in ("/.well-known/jwks.json", "/api/v2/barong/public/jwks")
    ]
    assert published[0] == published[1]
    keys = jwt.PyJWKSet.from_dict(published[0])
    key = next(key for key in keys.keys if key.key_id == jwt.get_unverified_header(token)["kid"])
    claims = jwt.decode(token, key, algorithms=["EdDSA"], audience="peatio", issuer="barong")
    expected = {"uid": browser.user.uid, "role": "member", "level": 3, "state": "active", "sub": "session"}
    assert expected.items() <= claims.items()
    assert claims["exp"] - claims["iat"] == 3_600
    assert claims["aud"] == ["peatio", "barong"]
    assert {"jti", "email", "username", "referral_id"} <= set(claims)
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await exchange.anyone.get(BALANCES, headers=bearer)).status_code == 200
    forged = {"Authorization": f"Bearer {token[:-4]}AAAA"}
    assert code(await exchange.anyone.get(BALANCES, headers=forged)) == (401, "jwt.decode_and_verify")
    none = jwt.encode(claims, "", algorithm="none")
    unsigned = {"Authorization": f"Bearer {none}"}
    assert code(await exchange.anyone.get(BALANCES, headers=unsigned)) == (401, "jwt.decode_and_verify")


async def test_a_gateway_is_told_no_as_the_client_would_be(exchange: Exchange) -> None:
    browser = await exchange.browser()
    key = await exchange.api_key("gateway-reader", scopes=("read",))
    ask = exchange.anyone.request
    cases = [
        (await ask("GET", f"/api/v2/auth{BALANCES}"), (401, "authz.invalid_session")),
        (await browser.request("POST", f"/api/v2/auth{ORDERS}", csrf=False), (401, "authz.missing_csrf_token")),
        (await browser.request("GET", "/api/v2/auth/api/v2/barong/admin/users"), (401, "authz.invalid_permission")),
        (await ask("GET", "/api/v2/auth/api/v2/peatio/management/x"), (401, "authz.permission_denied")),
        (await ask("POST", f"/api/v2/auth{ORDERS}", auth=key), (403, "authz.apikey_scope_not_allowed")),
        (await ask("POST", "/api/v2/auth/api/v2/applogic/private", auth=key), (403, "authz.apikey_scope_not_allowed")),
    ]
    for response, wanted in cases:
        assert code(response) == wanted
    for path in ("/api/v2/barong/identity/sessions", "/api/v2/peatio/public/markets", "/api/v2/barong/public/x/y"):
        response = await ask("POST", f"/api/v2/auth{path}")
        assert (response.status_code, "authorization" in response.headers) == (200, False)


async def test_a_gateway_is_told_of_the_path_that_others_make_of_it(exchange: Exchange) -> None:
    role = "kiosk"
    browser = await exchange.browser(role=role)
    withdraws = "/api/v2/peatio/account/withdraws"
    async with exchange.staff.database.begin() as connection:
        for verb, path, action in (("all", "/api/v2/peatio/", "accept"), ("POST", withdraws, "drop")):
            row = await add_rule(
                connection, PERMISSIONS, PermissionDraft(role=role, verb=verb, path=path, action=action)
            )
            assert isinstance(row, Permission), row
    await within_a_second(lambda: got(browser.request("GET", BALANCES)), (200, ""))
    asked = "/api/v2/auth/api/v2/peatio"
    assert (await browser.request("POST", f"{asked}/account/transfers")).status_code == 200
    for path in ("account/withdraws", "account//withdraws", "/account/withdraws"):
        answered = await browser.request("POST", f"{BASE_URL}{asked}/{path}")
        assert answered.status_code == 401, path
        assert "authorization" not in answered.headers
    # Written so because the client tidies up what is written plainly.
    for path in ("account/x/%2e%2e/withdraws", "account/%2e/withdraws"):
        refused = await browser.request("POST", f"{asked}/{path}")
        assert code(refused) == (401, "authz.permission_denied"), path


async def test_no_prefix_is_mistaken_for_a_segment(exchange: Exchange) -> None:
    browser = await exchange.browser()
    near = "/api/v2/auth/api/v2/peatio/accountant/x"
    assert code(await browser.request("GET", near)) == (401, "authz.invalid_permission")
    public = await exchange.anyone.get("/api/v2/auth/api/v2/peatio/publicity")
    assert code(public) == (401, "authz.invalid_session")


async def test_t63_a_signed_request_with_an_effect_has_one_in_whatever_process(exchange: Exchange) -> None:
    """S-3: what is not an order notes its signature where all processes see it, also when they race."""
    alice = await exchange.member()
    headers = alice.auth.headers()
    url = f"{PREFIX}/market/orders/cancel"
    answers = await asyncio.gather(*(exchange.anyone.post(url, headers=headers) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201, *[401] * 7]


async def test_t63_an_order_that_two_processes_get_is_one_order(exchange: Exchange) -> None:
    """S-3: the engine knows it by a client order id made of its signature, which nobody is shown."""
    alice = await exchange.member(usd="1000")
    other = httpx.ASGITransport(create_app(replace(exchange.services, registry=CollectorRegistry())))
    headers = alice.auth.headers()
    async with httpx.AsyncClient(transport=other, base_url=BASE_URL) as second:
        sent = [client.post(ORDERS, json=ORDER, headers=headers) for client in (exchange.anyone, second) * 4]
        answers = await asyncio.gather(*sent)
        assert sorted(answer.status_code for answer in answers) == [201, *[401] * 7]
        (order,) = (await alice.get("/market/orders")).json()
        assert order["client_order_id"] is None
        batch = {"items": [ORDER, ORDER]}
        headers = alice.auth.headers()
        first = await exchange.anyone.post(f"{ORDERS}/batch", json=batch, headers=headers)
        there = await second.post(f"{ORDERS}/batch", json=batch, headers=headers)
    assert [item["status"] for item in first.json()] == [201, 201]
    assert [item["errors"] for item in there.json()] == [["authz.request_replayed"]] * 2
    again = await exchange.anyone.post(f"{ORDERS}/batch", json=batch, headers=headers)
    assert code(again) == (401, "authz.request_replayed")
    assert len((await alice.get("/market/orders")).json()) == 3


async def test_t72_a_flood_is_slowed_down_and_hurts_nobody_else(exchange: Exchange) -> None:
    rates = Rates(address=Rate(per_s=0.5, burst=3), member=Rate(per_s=0.5, burst=3))
    settings = replace(exchange.services.settings, rates=rates)
    app = create_app(replace(exchange.services, settings=settings, registry=CollectorRegistry()))

    async def ask(address: str, path: str, **arguments: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            return await client.request("POST" if "json" in arguments else "GET", path, **arguments)

    markets = f"{PREFIX}/public/markets"
    statuses = [(await ask("198.51.100.1", markets)).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    refused = await ask("198.51.100.1", ORDERS, json=ORDER)
    assert code(refused) == (429, "server.too_many_requests")
    assert int(refused.headers["retry-after"]) >= 1
    assert (await ask("198.51.100.2", markets)).status_code == 200
    alice, bob = await exchange.member(usd="1000"), await exchange.member(usd="1000")
    placed = [await ask(f"203.0.113.{number}", ORDERS, json=ORDER, auth=alice.auth) for number in range(5)]
    assert [answer.status_code for answer in placed] == [201, 201, 201, 429, 429]
    assert (await ask("203.0.113.9", ORDERS, json=ORDER, auth=bob.auth)).status_code == 201
    one_network = [(await ask(f"2001:db8::{number}", markets)).status_code for number in range(1, 6)]
    assert one_network == [200, 200, 200, 429, 429]


async def test_t70_nobody_gives_themselves_a_role_or_a_level(exchange: Exchange) -> None:
    wished = {"role": "superadmin", "level": 3, "state": "active", "otp": True, "fee_group": "vip-3", "uid": "IDROOT"}
    account = {"email": "climber@example.com", "password": "Kq7-vulture-Marsh", **wished}
    made = (await exchange.anyone.post("/api/v2/barong/identity/users", json=account)).json()
    assert (made["role"], made["level"], made["state"], made["otp"]) == ("member", 0, "pending", False)
    browser = await exchange.browser(level=1)
    me = "/api/v2/barong/resource/users/me"
    await browser.request("PUT", me, json={"data": "{}", **wished})
    shown = (await browser.request("GET", me)).json()
    assert (shown["role"], shown["level"], shown["uid"]) == ("member", 1, browser.user.uid)
    label = {"key": "email", "value": "verified", "scope": "private"}
    await browser.request("POST", "/api/v2/barong/resource/labels", json=label)
    assert (await browser.request("GET", me)).json()["level"] == 1
