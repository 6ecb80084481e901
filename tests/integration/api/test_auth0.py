"""Logging in by an outside provider as a front-end meets it: configuration, cookie, codes, links; and Geetest."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from pyxiu.identity.model import Client
from pyxiu.identity.ports import CaptchaRegistration, Challenge, NoCaptcha, NoIdentityTokens
from pyxiu.kit.clock import SystemClock
from pyxiu.storage.embedded import EmbeddedPostgres
from tests.support.api import BASE_URL, Exchange, running_exchange
from tests.support.identity import PASSWORD, a_user
from tests.support.postgres import fresh_database
from tests.support.tenant import CLIENT_ID, DOMAIN, ISSUER, Tenant, running_tenant

pytestmark = pytest.mark.asyncio(loop_scope="module")

PREFIX = "/api/v2/barong"
LOG_IN = f"{PREFIX}/identity/sessions/auth0"
LINKS = f"{PREFIX}/resource/external_identities"
CONFIGS = f"{PREFIX}/public/configs/auth0"
GEETEST = f"{PREFIX}/identity/users/register_geetest"
INVALID_PARAMS = ["identity.session.auth0.invalid_params"]


@pytest.fixture(scope="module")
def tenant() -> Iterator[Tenant]:
    with running_tenant(SystemClock()) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exchange(
    postgres_server: EmbeddedPostgres, migrated_template: str, tenant: Tenant
) -> AsyncIterator[Exchange]:
    tokens = tenant.checker()
    async for dsn in fresh_database(postgres_server.dsn, migrated_template):
        async with running_exchange(dsn, plugged=lambda given: replace(given, identity_tokens=tokens)) as running:
            yield running


def browser(exchange: Exchange) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(exchange.app), base_url=BASE_URL, headers={"User-Agent": "Firefox/140"}
    )


async def test_front_ends_are_told_the_tenant(exchange: Exchange) -> None:
    shown = await exchange.anyone.get(CONFIGS)
    assert shown.json() == {"auth0_domain": DOMAIN, "auth0_client_id": CLIENT_ID}


async def test_a_log_in_answers_as_that_by_password_does(exchange: Exchange, tenant: Tenant) -> None:
    async with browser(exchange) as client:
        # As a form, which is how front-ends of this line send it.
        answer = await client.post(LOG_IN, data={"id_token": tenant.token(email="ann@example.com")})
        assert answer.status_code == 201, answer.text
        account = answer.json()
        assert (account["email"], account["state"]) == ("ann@example.com", "active")
        assert "HttpOnly" in answer.headers["set-cookie"]
        me = await client.get(f"{PREFIX}/resource/users/me")
        assert me.json()["uid"] == account["uid"]
        out = await client.put(f"{PREFIX}/resource/users/me", json={"data": "{}"})
        assert out.json() == {"errors": ["authz.missing_csrf_token"]}
        client.headers["X-CSRF-Token"] = account["csrf_token"]
        assert (await client.put(f"{PREFIX}/resource/users/me", json={"data": "{}"})).status_code == 200


@pytest.mark.parametrize("body", [{}, {"id_token": ""}, {"id_token": None}])
async def test_without_a_token_the_request_is_wrong(exchange: Exchange, body: dict[str, Any]) -> None:
    answer = await exchange.anyone.post(LOG_IN, json=body)
    assert (answer.status_code, answer.json()) == (422, {"errors": INVALID_PARAMS})


async def test_what_is_refused_says_why(exchange: Exchange, tenant: Tenant) -> None:
    user = await a_user(exchange.identity)
    for token, code in (
        ("nonsense", "invalid_params"),
        (tenant.token(aud="somebody-else"), "invalid_params"),
        (tenant.token(email_verified=False), "email_not_verified"),
        (tenant.token(email=user.email), "not_linked"),
    ):
        answer = await exchange.anyone.post(LOG_IN, json={"id_token": token})
        assert (answer.status_code, answer.json()) == (401, {"errors": [f"identity.session.auth0.{code}"]})
        assert "set-cookie" not in answer.headers


async def test_an_account_is_linked_from_a_session_and_opened_then(exchange: Exchange, tenant: Tenant) -> None:
    user = await a_user(exchange.identity)
    async with browser(exchange) as client:
        account = await client.post(f"{PREFIX}/identity/sessions", json={"email": user.email, "password": PASSWORD})
        client.headers["X-CSRF-Token"] = account.json()["csrf_token"]
        missing = await client.post(LINKS, json={})
        prefix = "resource.external_identity"
        assert missing.json() == {"errors": [f"{prefix}.missing_id_token", f"{prefix}.missing_password"]}
        token = tenant.token(sub="auth0|link", email=user.email)
        wrong = await client.post(LINKS, json={"id_token": token, "password": "wrong-password-9"})
        assert (wrong.status_code, wrong.json()) == (422, {"errors": [f"{prefix}.invalid_password"]})
        made = await client.post(LINKS, json={"id_token": token, "password": PASSWORD})
        assert made.status_code == 201, made.text
        assert (made.json()["issuer"], made.json()["subject"]) == (ISSUER, "auth0|link")
        assert (await client.get(LINKS)).json() == [made.json()]

        opened = await exchange.anyone.post(LOG_IN, json={"id_token": tenant.token(sub="auth0|link")})
        assert (opened.status_code, opened.json()["uid"]) == (201, user.uid)
        for path, status in ((f"{LINKS}/{made.json()['id']}", 204), (f"{LINKS}/{made.json()['id']}", 404)):
            assert (await client.delete(path)).status_code == status
        assert (await client.delete(f"{LINKS}/none")).status_code == 404
        assert (await client.get(LINKS)).json() == []


async def test_a_provider_that_is_away_is_no_fault_of_the_visitor(database_dsn: str) -> None:
    with running_tenant(SystemClock()) as away:
        away.status = 503
        tokens = away.checker()
        async with running_exchange(database_dsn, plugged=lambda given: replace(given, identity_tokens=tokens)) as here:
            answer = await here.anyone.post(LOG_IN, json={"id_token": away.token()})
    assert (answer.status_code, answer.json()) == (503, {"errors": ["server.unavailable"]})
    assert int(answer.headers["retry-after"]) > 0


async def test_where_no_provider_is_set_front_ends_see_that(database_dsn: str, tenant: Tenant) -> None:
    def plugged(given: Any) -> Any:
        return replace(given, identity_tokens=NoIdentityTokens(), captcha=Geetest())

    async with running_exchange(database_dsn, plugged=plugged) as exchange:
        assert (await exchange.anyone.get(CONFIGS)).json() == {"auth0_domain": "", "auth0_client_id": ""}
        answer = await exchange.anyone.post(LOG_IN, json={"id_token": tenant.token()})
        assert (answer.status_code, answer.json()) == (401, {"errors": INVALID_PARAMS})
        # An operator's own captcha that is Geetest answers for itself.
        assert (await exchange.anyone.get(GEETEST)).json() == {"gt": "the-id", "challenge": "of-127.0.0.1"}


class Geetest(NoCaptcha):
    """What an operator may plug in."""

    kind = "geetest"

    async def challenge(self, client: Client, flow: str) -> Challenge | None:  # noqa: ARG002 - the port's signature
        return None

    async def register(self, client: Client) -> CaptchaRegistration | None:
        return CaptchaRegistration("the-id", f"of-{client.ip}")


async def test_there_is_nothing_to_register_for_another_captcha(exchange: Exchange) -> None:
    answer = await exchange.anyone.get(GEETEST)
    assert (answer.status_code, answer.json()) == (404, {"errors": ["record.not_found"]})
