"""Accounts and sessions as a browser meets them: cookies, CSRF, codes, and what never depends on the Host header."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from pyxiu.identity.labels.change_labels import set_label
from pyxiu.identity.model import User
from pyxiu.identity.tables.accounts import identity_commands
from pyxiu.storage.outbox import outbox
from tests.support.api import BASE_URL, WAIT_S, Exchange
from tests.support.identity import PASSWORD, a_user, mailed_tokens, reset_token, signed_up

pytestmark = pytest.mark.asyncio(loop_scope="module")

PREFIX = "/api/v2/barong"
COOKIE = "_barong_session"
NEW = "Zebra-lantern-91"


class Browser(httpx.AsyncClient):
    """Keeps cookies as a browser does; `csrf` is what its front-end was told at the log-in."""

    def __init__(self, exchange: Exchange, user_agent: str = "Firefox/140", **headers: str) -> None:
        super().__init__(
            transport=httpx.ASGITransport(exchange.app),
            base_url=BASE_URL + PREFIX,
            headers={"User-Agent": user_agent, **headers},
        )

    async def log_in(self, user: User, password: str = PASSWORD) -> dict[str, Any]:
        response = await self.post("/identity/sessions", json={"email": user.email, "password": password})
        assert response.status_code == 200, response.text
        account: dict[str, Any] = response.json()
        self.headers["X-CSRF-Token"] = account["csrf_token"]
        return account

    @property
    def token(self) -> str | None:
        return self.cookies.get(COOKIE)


async def told_of_all(exchange: Exchange) -> None:
    """Wait until the engine has heard of everybody who signed up."""
    async with asyncio.timeout(WAIT_S):
        while True:
            async with exchange.identity.database.connect() as connection:
                if (await connection.execute(select(func.count()).select_from(identity_commands))).scalar_one() == 0:
                    return
            await asyncio.sleep(0.02)


async def until_heard(ask: Callable[[], Awaitable[httpx.Response]], status: int) -> httpx.Response:
    """What is asked for, once this process has heard of the change."""
    async with asyncio.timeout(WAIT_S):
        while (response := await ask()).status_code != status:  # noqa: ASYNC110 - the exchange tells nobody
            await asyncio.sleep(0.02)
    return response


def errors_of(response: httpx.Response, status: int) -> list[str]:
    assert response.status_code == status, response.text
    codes: list[str] = response.json()["errors"]
    return codes


async def test_signing_up_opens_a_session_in_a_cookie_that_no_script_reads(exchange: Exchange) -> None:
    async with Browser(exchange) as browser:
        response = await browser.post(
            "/identity/users",
            json={"email": "first@example.com", "password": PASSWORD, "data": '{"language":"en"}'},
        )
        assert response.status_code == 201, response.text
        account = response.json()
        assert (account["state"], account["level"], account["role"]) == ("pending", 0, "member")
        assert account["labels"] == account["phones"] == account["profiles"] == account["data_storages"] == []
        cookie = response.headers["set-cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {word.strip() for word in cookie.split(";")}
        me = (await browser.get("/resource/users/me")).json()
        assert me == {**account, "csrf_token": None}
        assert PASSWORD not in response.text


async def test_t70_nothing_but_the_declared_fields_is_taken_from_a_sign_up(exchange: Exchange) -> None:
    async with Browser(exchange) as browser:
        wanted = {"role": "superadmin", "level": 3, "state": "active", "uid": "ID1", "otp": True, "fee_group": "vip-9"}
        body = {**wanted, "email": "greedy@example.com", "password": PASSWORD, "staff_state": "active", "id": 1}
        account = (await browser.post("/identity/users", json=body)).json()
        assert (account["role"], account["level"], account["state"], account["otp"]) == ("member", 0, "pending", False)
        assert account["uid"] != "ID1"
        browser.headers["X-CSRF-Token"] = account["csrf_token"]
        changed = await browser.put("/resource/users/me", json={**wanted, "data": "{}"})
        assert changed.status_code == 200, changed.text
        assert (changed.json()["role"], changed.json()["level"]) == ("member", 0)
        assert changed.json()["data"] == "{}"


async def test_t67_a_log_in_changes_the_token_and_the_old_one_is_dead(exchange: Exchange) -> None:
    user = await a_user(exchange.identity)
    async with Browser(exchange) as browser, Browser(exchange) as thief:
        await browser.log_in(user)
        planted = browser.token
        await browser.log_in(user)
        assert browser.token != planted
        thief.cookies.set(COOKIE, planted or "")
        assert errors_of(await thief.get("/resource/users/me"), 401) == ["authz.invalid_session"]
        assert (await browser.get("/resource/users/me")).status_code == 200


async def test_t67_a_cookie_in_another_browser_opens_nothing_and_ends_the_session(exchange: Exchange) -> None:
    user = await a_user(exchange.identity)
    async with Browser(exchange) as browser, Browser(exchange, "curl/8") as thief:
        await browser.log_in(user)
        thief.cookies.set(COOKIE, browser.token or "")
        assert errors_of(await thief.get("/resource/users/me"), 401) == ["authz.client_session_mismatch"]
        assert errors_of(await browser.get("/resource/users/me"), 401) == ["authz.invalid_session"]


async def test_t67_a_log_out_needs_no_csrf_token_and_is_final(exchange: Exchange) -> None:
    user = await a_user(exchange.identity)
    async with Browser(exchange) as browser, Browser(exchange) as thief:
        await browser.log_in(user)
        thief.cookies.set(COOKIE, browser.token or "")
        del browser.headers["X-CSRF-Token"]
        response = await browser.delete("/identity/sessions")
        assert response.status_code == 200
        assert "Max-Age=0" in response.headers["set-cookie"]
        assert errors_of(await thief.get("/resource/users/me"), 401) == ["authz.invalid_session"]
        assert errors_of(await thief.delete("/identity/sessions"), 404) == ["identity.session.not_found"]


async def test_t68_a_change_without_the_csrf_token_changes_nothing(exchange: Exchange) -> None:
    user = await a_user(exchange.identity)
    change = {"old_password": PASSWORD, "new_password": NEW, "confirm_password": NEW}
    async with Browser(exchange) as browser:
        await browser.log_in(user)
        good = browser.headers.pop("X-CSRF-Token")
        assert errors_of(await browser.put("/resource/users/password", json=change), 401) == [
            "authz.missing_csrf_token"
        ]
        wrong = {"X-CSRF-Token": "0" * len(good)}
        refused = await browser.put("/resource/users/password", json=change, headers=wrong)
        assert errors_of(refused, 401) == ["authz.csrf_token_mismatch"]
        done = await browser.put("/resource/users/password", json=change, headers={"X-CSRF-Token": good})
        assert done.status_code == 201
        await browser.log_in(user, NEW)


@pytest.mark.parametrize("form", ["json", "data", "params"])
async def test_a_log_in_is_taken_as_json_as_a_form_and_as_parameters(exchange: Exchange, form: str) -> None:
    user = await a_user(exchange.identity)
    async with Browser(exchange) as browser:
        sent: dict[str, Any] = {form: {"email": user.email, "password": PASSWORD}}
        response = await browser.post("/identity/sessions", **sent)
        assert response.status_code == 200, response.text
        assert response.json()["uid"] == user.uid


async def test_what_is_missing_or_empty_is_named(exchange: Exchange) -> None:
    async with Browser(exchange) as browser:
        nothing = await browser.post("/identity/sessions", json={})
        assert errors_of(nothing, 422) == ["identity.session.missing_email", "identity.session.missing_password"]
        empty = await browser.post("/identity/users", json={"email": " ", "password": ""})
        assert errors_of(empty, 422) == ["identity.user.empty_email", "identity.user.empty_password"]
        odd = await browser.post("/identity/sessions", json={"email": ["a"], "password": {"$ne": 1}})
        assert errors_of(odd, 422) == ["identity.session.missing_email", "identity.session.missing_password"]


async def test_t66_answers_do_not_tell_whether_an_address_has_an_account(exchange: Exchange) -> None:
    user = await a_user(exchange.identity)
    async with Browser(exchange) as browser:
        for path in ("/identity/users/password/generate_code", "/identity/users/email/generate_code"):
            known, unknown = [await browser.post(path, json={"email": one}) for one in (user.email, "no@example.com")]
            assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (201, b"{}")
            assert known.headers.keys() == unknown.headers.keys()
        wrong = [
            await browser.post("/identity/sessions", json={"email": email, "password": "wrong"})
            for email in (user.email, "no@example.com")
        ]
        assert [errors_of(one, 401) for one in wrong] == [["identity.session.invalid_params"]] * 2


async def test_t66_links_in_mails_do_not_follow_the_host_header(exchange: Exchange) -> None:
    evil = {"Host": "evil.test", "X-Forwarded-Host": "evil.test", "Forwarded": "host=evil.test", "Origin": BASE_URL}
    async with Browser(exchange) as browser:
        body = {"email": "poisoned@example.com", "password": PASSWORD}
        sent = await browser.post("/identity/users", json=body, headers={"Host": "evil.test"})
        assert sent.status_code == 201, sent.text
        await browser.post("/identity/users/email/generate_code", json=body, headers=evil)
    async with exchange.identity.database.connect() as connection:
        records = list((await connection.execute(select(outbox.c.record))).scalars())
    assert {record["domain"] for record in records if "domain" in record} == {"localhost:8000"}
    assert "evil.test" not in str(records)


async def test_t66_a_forgotten_password_is_replaced_over_the_mail(exchange: Exchange) -> None:
    user = await a_user(exchange.identity)
    async with Browser(exchange) as browser, Browser(exchange) as other:
        await other.log_in(user)
        token = await reset_token(exchange.identity, user.email)
        body = {"reset_password_token": token, "password": NEW, "confirm_password": NEW}
        path = "/identity/users/password/confirm_code"
        assert (await browser.post(path, data=body)).status_code == 201
        assert errors_of(await browser.post(path, data=body), 422) == ["identity.user.utilized_token"]
        assert errors_of(await other.get("/resource/users/me"), 401) == ["authz.invalid_session"]
        await browser.log_in(user, NEW)


async def test_a_confirmed_address_makes_the_account_active_and_logs_in(exchange: Exchange) -> None:
    made = await signed_up(exchange.identity)
    (token,) = await mailed_tokens(exchange.identity, made.user.email, "confirmation")
    async with Browser(exchange) as browser:
        response = await browser.post("/identity/users/email/confirm_code", json={"token": token})
        assert response.status_code == 201, response.text
        account = response.json()
        assert (account["state"], account["level"]) == ("active", 1)
        assert [(label["key"], label["value"], label["scope"]) for label in account["labels"]] == [
            ("email", "verified", "private")
        ]
        assert (await browser.get("/resource/users/me")).status_code == 200


async def test_a_member_trades_as_soon_as_the_level_is_reached_and_stops_when_locked(exchange: Exchange) -> None:
    user = await a_user(exchange.identity, level=1)
    orders = f"{BASE_URL}/api/v2/peatio/market/orders"
    order = {"market": "btcusd", "side": "buy", "volume": "0.1", "price": "100"}
    async with Browser(exchange) as browser:
        await browser.log_in(user)
        assert errors_of(await browser.post(orders, json=order), 403) == ["market.trade.not_permitted"]
        async with exchange.identity.database.begin() as connection:
            for key in ("phone", "document"):
                await set_label(connection, exchange.identity, user.id, key, "verified")
        await told_of_all(exchange)
        await exchange.deposit(user.uid, "usd", "1000")
        assert (await until_heard(lambda: browser.post(orders, json=order), 201)).status_code == 201
        async with exchange.identity.database.begin() as connection:
            await set_label(connection, exchange.identity, user.id, "lock", "by_support")
        refused = await until_heard(lambda: browser.post(orders, json=order), 401)
        assert errors_of(refused, 401) == ["authz.invalid_session"]


async def test_a_member_sees_and_ends_the_own_sessions(exchange: Exchange) -> None:
    user = await a_user(exchange.identity)
    async with Browser(exchange) as browser, Browser(exchange, "Phone/1") as phone, Browser(exchange, "TV/1") as tv:
        for one in (phone, tv, browser):
            await one.log_in(user)
        devices = (await browser.get("/resource/sessions")).json()
        assert [device["user_agent"] for device in devices if device["current"]] == ["Firefox/140"]
        (phones,) = [device["id"] for device in devices if device["user_agent"] == "Phone/1"]
        assert (await browser.delete(f"/resource/sessions/{phones}")).status_code == 200
        assert errors_of(await phone.get("/resource/users/me"), 401) == ["authz.invalid_session"]
        for unknown in (phones, 0, "x", "9" * 40, "-1"):
            assert errors_of(await browser.delete(f"/resource/sessions/{unknown}"), 404) == ["record.not_found"]
        # The sign-up of this user left one, too.
        assert (await browser.delete("/resource/sessions")).json() == {"ended": 2}
        assert errors_of(await tv.get("/resource/users/me"), 401) == ["authz.invalid_session"]
        assert (await browser.get("/resource/users/me")).status_code == 200


async def test_t69_somebody_elses_session_is_not_to_be_found(exchange: Exchange) -> None:
    user, stranger = await a_user(exchange.identity), await a_user(exchange.identity)
    async with Browser(exchange) as browser, Browser(exchange) as other:
        await browser.log_in(user)
        await other.log_in(stranger)
        (session,) = [one["id"] for one in (await browser.get("/resource/sessions")).json() if one["current"]]
        assert errors_of(await other.delete(f"/resource/sessions/{session}"), 404) == ["record.not_found"]
        assert (await browser.get("/resource/users/me")).status_code == 200


async def test_too_many_wrong_passwords_are_told_when_to_go_on(exchange: Exchange) -> None:
    user = await a_user(exchange.identity)
    limit = exchange.identity.settings.rates.login_pair.limit
    async with Browser(exchange) as browser:
        body = {"email": user.email, "password": "wrong"}
        for _ in range(limit):
            errors_of(await browser.post("/identity/sessions", json=body), 401)
        refused = await browser.post("/identity/sessions", json=body)
        assert errors_of(refused, 429) == ["server.too_many_requests"]
        assert 0 < int(refused.headers["retry-after"]) <= 900


async def test_labels_are_listed_and_public_ones_written(exchange: Exchange) -> None:
    user = await a_user(exchange.identity, level=2)
    async with Browser(exchange) as browser:
        await browser.log_in(user)
        assert (await browser.post("/resource/labels", json={"key": "colour", "value": "blue"})).status_code == 201
        changed = await browser.patch("/resource/labels/colour", json={"value": "green"})
        assert (changed.status_code, changed.json()["value"]) == (200, "green")
        keys = [label["key"] for label in (await browser.get("/resource/labels")).json()]
        assert keys == ["email", "phone", "colour"]
        assert (await browser.get("/resource/labels/phone")).json()["scope"] == "private"
        assert errors_of(await browser.get("/resource/labels/none"), 404) == ["record.not_found"]
        assert errors_of(await browser.delete("/resource/labels/email"), 400) == ["resource.labels.private"]
        gone = await browser.delete("/resource/labels/colour")
        assert (gone.status_code, gone.content) == (204, b"")


async def test_a_member_reads_what_was_done_with_the_own_account(exchange: Exchange) -> None:
    user = await a_user(exchange.identity)
    async with Browser(exchange) as browser:
        await browser.post("/identity/sessions", json={"email": user.email, "password": "wrong"})
        await browser.log_in(user)
        page = await browser.get("/resource/users/activity/session?limit=1")
        assert page.headers["total"] == "2"
        assert [(row["action"], row["result"]) for row in page.json()] == [("login", "succeed")]
        failed = (await browser.get("/resource/users/activity/all?result=failed")).json()
        assert [row["action"] for row in failed] == ["login"]
        wrong = await browser.get("/resource/users/activity/nonsense")
        assert errors_of(wrong, 422) == ["resource.user.wrong_topic"]


async def test_an_account_is_closed_with_its_password(exchange: Exchange) -> None:
    user = await a_user(exchange.identity)
    async with Browser(exchange) as browser:
        await browser.log_in(user)
        wrong = await browser.request("DELETE", "/resource/users/me", json={"password": "wrong"})
        assert errors_of(wrong, 422) == ["resource.user.invalid_password"]
        done = await browser.delete("/resource/users/me", params={"password": PASSWORD})
        assert done.status_code == 200
        assert errors_of(await browser.get("/resource/users/me"), 401) == ["authz.invalid_session"]
        again = await browser.post("/identity/sessions", json={"email": user.email, "password": PASSWORD})
        assert errors_of(again, 401) == ["identity.session.deleted"]


@pytest.mark.parametrize("group", ["identity", "public"])
async def test_what_forms_depend_on_is_told_to_everybody(exchange: Exchange, group: str) -> None:
    async with Browser(exchange) as browser:
        assert (await browser.get(f"/{group}/ping")).json() == {"ping": "pong"}
        assert (await browser.get(f"/{group}/time")).json()["time"].endswith("Z")
        assert (await browser.get(f"/{group}/version")).json()["version"] == "0.0.0"
        configs = (await browser.get(f"/{group}/configs")).json()
        assert (configs["captcha_type"], configs["session_expire_time"]) == ("none", 1800)
        judged = await browser.post(f"/{group}/password/validate", json={"password": "password"})
        assert judged.status_code == 201
        assert judged.json()["entropy"] < configs["password_min_entropy"]
