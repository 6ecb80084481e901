"""API keys over HTTP: who gets in, and what the others are told."""

import time
from collections.abc import Awaitable

import httpx
import pytest

from pyxiu.app.known_keys import disable_other_keys, put_bare_user
from tests.support.api import PREFIX, Exchange, signed_headers
from tests.support.promptness import within_a_second

pytestmark = pytest.mark.asyncio(loop_scope="module")

PRIVATE = [
    ("GET", "/account/balances"),
    ("GET", "/account/balances/btc"),
    ("GET", "/market/orders"),
    ("GET", "/market/orders/1"),
    ("GET", "/market/orders/by_client_id/a"),
    ("GET", "/market/trades"),
    ("POST", "/market/orders"),
    ("POST", "/market/orders/1/cancel"),
    ("POST", "/market/orders/cancel"),
    ("POST", "/market/orders/batch"),
]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.mark.parametrize(("method", "path"), PRIVATE)
async def test_private_routes_refuse_visitors_and_strangers(exchange: Exchange, method: str, path: str) -> None:
    """T-63, T-69."""
    alice = await exchange.member()
    kid, secret = alice.auth.kid, alice.auth.secret
    cases = [
        ({}, 401, "authz.invalid_session"),
        ({"X-Auth-Apikey": kid}, 422, "authz.invalid_api_key_headers"),
        ({**signed_headers(kid, secret, str(now_ms())), "X-Auth-Nonce": ""}, 422, "authz.invalid_api_key_headers"),
        (signed_headers(kid, secret, "soon"), 401, "authz.nonce_not_valid_timestamp"),
        (signed_headers(kid, secret, "0"), 401, "authz.nonce_not_valid_timestamp"),
        (signed_headers(kid, secret, str(now_ms() - 6_000)), 401, "authz.nonce_expired"),
        (signed_headers(kid, secret, str(now_ms() + 6_000)), 401, "authz.nonce_expired"),
        (signed_headers(kid, "wrong", str(now_ms())), 401, "authz.invalid_signature"),
        (signed_headers("0" * 16, secret, str(now_ms())), 401, "authz.unexistent_apikey"),
    ]
    for headers, status, code in cases:
        response = await exchange.anyone.request(method, PREFIX + path, headers=headers)
        assert (response.status_code, response.json()["errors"]) == (status, [code])


async def test_a_skewed_clock_is_told_the_servers_time(exchange: Exchange) -> None:
    """T-63."""
    alice = await exchange.member()
    headers = signed_headers(alice.auth.kid, alice.auth.secret, str(now_ms() - 3_600_000))
    response = await exchange.anyone.get(f"{PREFIX}/account/balances", headers=headers)
    assert abs(int(response.headers["x-server-time"]) - now_ms()) < 60_000
    again = signed_headers(alice.auth.kid, alice.auth.secret, response.headers["x-server-time"])
    assert (await exchange.anyone.get(f"{PREFIX}/account/balances", headers=again)).status_code == 200


async def test_a_key_that_is_switched_off_is_refused(exchange: Exchange) -> None:
    alice = await exchange.member(state="inactive")
    response = await alice.get("/account/balances")
    assert (response.status_code, response.json()["errors"]) == (401, ["authz.apikey_not_active"])


async def test_switching_a_key_off_counts_within_a_second(exchange: Exchange) -> None:
    alice = await exchange.member()
    assert (await alice.get("/account/balances")).status_code == 200
    async with exchange.identity.database.begin() as connection:
        user = await put_bare_user(connection, alice.uid, level=3)
        await disable_other_keys(connection, user.id, label="", kid="none")
    await within_a_second(lambda: status_of(alice.get("/account/balances")), 401)


async def status_of(response: Awaitable[httpx.Response]) -> int:
    return (await response).status_code


async def test_the_same_signed_order_twice_is_one_order(exchange: Exchange) -> None:
    """T-63, S-3."""
    alice = await exchange.member(usd="1000")
    headers = alice.auth.headers()
    order = {"market": "btcusd", "side": "buy", "volume": "0.01", "price": "100"}
    url = f"{PREFIX}/market/orders"
    assert (await exchange.anyone.post(url, json=order, headers=headers)).status_code == 201
    again = await exchange.anyone.post(url, json=order, headers=headers)
    assert (again.status_code, again.json()["errors"]) == (401, ["authz.request_replayed"])
    assert len((await alice.get("/market/orders")).json()) == 1


async def test_the_same_signed_cancel_of_everything_twice_spares_what_came_between(exchange: Exchange) -> None:
    """T-63, S-3."""
    alice = await exchange.member(usd="1000")
    headers = alice.auth.headers()
    await exchange.anyone.post(f"{PREFIX}/market/orders/cancel", headers=headers)
    order = await alice.place(side="buy", volume="0.01", price="100")
    again = await exchange.anyone.post(f"{PREFIX}/market/orders/cancel", headers=headers)
    assert again.json()["errors"] == ["authz.request_replayed"]
    assert (await alice.get(f"/market/orders/{order['id']}")).json()["state"] == "wait"


async def test_a_member_of_too_low_a_level_may_read_but_not_place(exchange: Exchange) -> None:
    alice = await exchange.member(level=2, usd="1000")
    order = {"market": "btcusd", "side": "buy", "volume": "0.01", "price": "100"}
    response = await alice.post("/market/orders", json=order)
    assert (response.status_code, response.json()["errors"]) == (403, ["market.trade.not_permitted"])
    assert (await alice.get("/market/orders")).status_code == 200


async def test_a_key_of_a_member_the_engine_does_not_know_has_nothing(exchange: Exchange) -> None:
    auth = await exchange.api_key("stranger")
    url = f"{PREFIX}/market/orders"
    order = {"market": "btcusd", "side": "buy", "volume": "0.01", "price": "100"}
    placed = await exchange.anyone.post(url, json=order, auth=auth)
    assert (placed.status_code, placed.json()["errors"]) == (403, ["market.trade.not_permitted"])
    assert (await exchange.anyone.get(url, auth=auth)).json() == []
    assert (await exchange.anyone.post(f"{url}/cancel", auth=auth)).json() == []
    canceled = await exchange.anyone.post(f"{url}/1/cancel", auth=auth)
    assert canceled.status_code == 404


async def test_secrets_are_in_no_answer_and_no_log(
    exchange: Exchange, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """T-73."""
    alice = await exchange.member(usd="1000")
    texts = []
    for method, path in PRIVATE:
        response = await exchange.anyone.request(method, PREFIX + path, auth=alice.auth, content=b"{")
        texts.append(response.text + str(response.headers))
    captured = capsys.readouterr()
    for text in (*texts, caplog.text, captured.out, captured.err):
        assert alice.auth.secret not in text
