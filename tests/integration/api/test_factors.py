"""Second factors and API keys over HTTP, as a front-end uses them: the dialect's answers and the extensions."""

import asyncio
import base64
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio

from pyxiu.api.endpoint import Endpoint
from pyxiu.api.identity import api_keys, otp, passkey_login, passkeys, service_accounts
from pyxiu.identity.api_keys.create_service_account import create_service_account
from pyxiu.identity.factors.totp import PERIOD_S, code_at
from tests.support.api import BASE_URL, Exchange, KeyAuth
from tests.support.authenticator import Authenticator
from tests.support.staff import USER_AGENT, Browser, a_browser

pytestmark = pytest.mark.asyncio(loop_scope="module")
KEYS = "/resource/api_keys"


class Person:
    """A member with a browser, and an app whose next code is never one that was used."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.secret = ""
        self._step = 0

    def code(self) -> str:
        """A code that is good now: of this period, then of the next, which may come a period early."""
        step = int(time.time()) // PERIOD_S
        self._step = max(step - 1, self._step + 1)
        assert self._step <= step + 1, "a test asks for no more than three codes in one period"
        return code_at(self.secret, self._step * PERIOD_S)

    async def enable_app(self) -> list[str]:
        generated = await self.browser.post("/resource/otp/generate_qrcode")
        assert generated.status_code == 201, generated.text
        self.secret = parse_qs(urlsplit(generated.json()["data"]["url"]).query)["secret"][0]
        enabled = await self.browser.post("/resource/otp/enable", code=self.code())
        assert enabled.status_code == 201, enabled.text
        codes: list[str] = enabled.json()["recovery_codes"]
        return codes

    async def add_passkey(self, **proof: Any) -> tuple[Authenticator, dict[str, Any]]:
        options = (await self.browser.post("/resource/passkeys/registration_options")).json()
        device = Authenticator()
        registered = await self.browser.post("/resource/passkeys", credential=device.create(options), **proof)
        assert registered.status_code == 201, registered.text
        passkey: dict[str, Any] = registered.json()["passkey"]
        return device, passkey

    async def assertion(self, device: Authenticator, kind: str, **fields: Any) -> dict[str, Any]:
        asked = await self.browser.post("/resource/passkeys/assertion_options", kind=kind, fields=fields)
        assert asked.status_code == 201, asked.text
        return device.get(asked.json())


@pytest_asyncio.fixture(loop_scope="module")
async def person(exchange: Exchange) -> Person:
    return Person(await a_browser(exchange, second_factor=False, level=3))


def errors_of(response: httpx.Response) -> tuple[int, list[str]]:
    return response.status_code, response.json()["errors"]


async def test_the_qr_code_is_a_png_and_its_address_holds_the_secret(person: Person) -> None:
    data = (await person.browser.post("/resource/otp/generate_qrcode")).json()["data"]
    assert base64.b64decode(data["barcode"], validate=True).startswith(b"\x89PNG")
    assert data["url"].startswith("otpauth://totp/")
    assert "secret=" in data["url"]


async def test_the_app_is_enabled_verified_and_disabled_with_the_dialects_answers(person: Person) -> None:
    browser = person.browser
    assert errors_of(await browser.post("/resource/otp/disable", code="123456")) == (400, ["resource.otp.not_enabled"])
    assert errors_of(await browser.post("/resource/otp/verify", code="123456")) == (400, ["resource.otp.not_enabled"])
    assert errors_of(await browser.post("/resource/otp/enable", code="12345")) == (422, ["resource.otp.invalid"])
    assert errors_of(await browser.post("/resource/otp/enable")) == (422, ["resource.otp.missing_code"])
    assert len(await person.enable_app()) == 10
    refused = await browser.post("/resource/otp/generate_qrcode")
    assert errors_of(refused) == (400, ["resource.otp.already_enabled"])
    assert (await browser.get("/resource/factors")).json() == {"totp": True, "passkeys": [], "recovery_codes_left": 10}
    code = person.code()
    assert (await browser.post("/resource/otp/verify", code=code)).status_code == 201
    assert errors_of(await browser.post("/resource/otp/verify", code=code)) == (422, ["resource.otp.invalid"])
    assert (await browser.post("/resource/otp/disable", code=person.code())).status_code == 200


async def test_a_key_is_made_used_switched_off_and_deleted_as_front_ends_do(exchange: Exchange, person: Person) -> None:
    browser = person.browser
    refused = await browser.post(KEYS, algorithm="HS256", totp_code="123456")
    assert errors_of(refused) == (400, ["resource.api_key.2fa_disabled"])
    await person.enable_app()
    refused = await browser.post(KEYS, algorithm="HS256")
    assert errors_of(refused) == (422, ["resource.api_key.missing_totp"])
    refused = await browser.post(KEYS, algorithm="HS256", totp_code="1234567")
    assert errors_of(refused) == (422, ["resource.api_key.invalid_totp"])
    assert errors_of(await browser.post(KEYS)) == (422, ["resource.api_key.missing_algorithm"])
    made = await browser.post(KEYS, algorithm="HS256", totp_code=person.code())
    assert made.status_code == 201, made.text
    key = made.json()
    assert (key["algorithm"], key["scope"], key["state"]) == ("HS256", ["read", "trade"], "active")
    listed = await browser.get(KEYS, page=1, limit=4)
    assert listed.headers["Total"] == "1"
    assert [(row["kid"], row.get("secret")) for row in listed.json()] == [(key["kid"], None)]
    auth = KeyAuth(key["kid"], key["secret"])
    balances = "/api/v2/peatio/account/balances"
    assert (await exchange.anyone.get(balances, auth=auth)).status_code == 200
    switched = await browser.call("PATCH", f"{KEYS}/{key['kid']}", totp_code=person.code(), state="inactive")
    assert (switched.status_code, switched.json()["state"]) == (200, "inactive")
    assert switched.json()["scope"] == ["read", "trade"]


async def test_a_key_is_deleted_with_a_code_in_the_query(person: Person) -> None:
    await person.enable_app()
    key = (await person.browser.post(KEYS, algorithm="HS256", totp_code=person.code())).json()
    deleted = await person.browser.delete(f"{KEYS}/{key['kid']}", totp_code=person.code())
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await person.browser.get(KEYS)).json() == []
    assert errors_of(await person.browser.delete(f"{KEYS}/{key['kid']}", totp_code="000000")) == (
        404,
        ["record.not_found"],
    )


async def test_wrong_codes_are_limited_with_retry_after(person: Person) -> None:
    await person.enable_app()
    for _ in range(10):
        refused = await person.browser.post("/resource/otp/verify", code="000000")
        assert refused.status_code == 422
    refused = await person.browser.delete(f"{KEYS}/0123456789abcdef", totp_code=person.code())
    assert refused.status_code == 404
    refused = await person.browser.post(KEYS, algorithm="HS256", totp_code=person.code())
    assert errors_of(refused) == (429, ["server.too_many_requests"])
    assert 0 < int(refused.headers["Retry-After"]) <= 900


async def test_t64_of_fifty_parallel_requests_with_one_code_one_gets_through(person: Person) -> None:
    await person.enable_app()
    code = person.code()
    answers = await asyncio.gather(*(person.browser.post("/resource/otp/verify", code=code) for _ in range(50)))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 422, 429}


async def test_a_passkey_logs_in_and_its_session_works(exchange: Exchange, person: Person) -> None:
    device, passkey = await person.add_passkey(label="laptop")
    assert (passkey["label"], passkey["state"], passkey["transports"]) == ("laptop", "active", ["internal"])
    headers = {"User-Agent": USER_AGENT}
    options = await exchange.anyone.post("/api/v2/barong/identity/sessions/passkey/options", headers=headers)
    assert options.json()["allowCredentials"] == []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(exchange.app), base_url=BASE_URL) as client:
        logged_in = await client.post(
            "/api/v2/barong/identity/sessions/passkey",
            json={"assertion": device.get(options.json())},
            headers=headers,
        )
        assert logged_in.status_code == 200, logged_in.text
        assert logged_in.json()["csrf_token"]
        me = await client.get("/api/v2/barong/resource/users/me", headers=headers)
    assert me.json()["uid"] == person.browser.uid
    refused = await exchange.anyone.post("/api/v2/barong/identity/sessions/passkey", json={"assertion": {}})
    assert errors_of(refused) == (401, ["identity.session.invalid_params"])
    refused = await exchange.anyone.post("/api/v2/barong/identity/sessions/passkey", json={})
    assert errors_of(refused) == (422, ["identity.session.missing_assertion"])


async def test_t65_a_passkeys_assertion_makes_the_key_it_was_asked_for_and_no_other(person: Person) -> None:
    device, _ = await person.add_passkey()
    wanted = {"algorithm": "HS256", "scopes": "read", "label": "watcher"}
    for changed in ({"scopes": "read,withdraw"}, {"ip_allow_list": "0.0.0.0/0"}):
        assertion = await person.assertion(device, "api_key.create", **wanted)
        refused = await person.browser.post(KEYS, **{**wanted, **changed}, assertion=assertion)
        assert errors_of(refused) == (422, ["resource.api_key.invalid_totp"])
    assertion = await person.assertion(device, "api_key.create", **wanted)
    made = await person.browser.post(KEYS, **wanted, assertion=assertion)
    assert (made.status_code, made.json()["scope"]) == (201, ["read"])


async def test_t65_an_approval_lets_its_own_action_through_once(person: Person) -> None:
    await person.enable_app()
    action = {"kind": "api_key.create", "fields": {"algorithm": "HS256", "label": "bot"}}
    approved = await person.browser.post("/resource/factors/approvals", **action, otp_code=person.code())
    assert approved.status_code == 201, approved.text
    approval = approved.json()["approval"]
    made = await person.browser.post(KEYS, algorithm="HS256", label="bot", approval=approval)
    assert made.status_code == 201
    again = await person.browser.post(KEYS, algorithm="HS256", label="bot", approval=approval)
    assert errors_of(again) == (422, ["resource.api_key.invalid_totp"])
    for body, code in (
        ({"kind": "everything"}, "resource.factors.unknown_action"),
        ({"kind": "api_key.delete", "fields": {}}, "resource.factors.invalid_fields"),
        ({"kind": "api_key.delete", "fields": ["kid"]}, "resource.factors.invalid_fields"),
        ({"kind": "passkey.delete", "fields": {"id": "-1"}}, "resource.factors.invalid_fields"),
    ):
        assert errors_of(await person.browser.post("/resource/factors/approvals", **body)) == (422, [code])


async def test_an_ed25519_key_is_made_from_its_public_half(person: Person) -> None:
    await person.enable_app()
    refused = await person.browser.post(KEYS, algorithm="Ed25519", totp_code=person.code())
    assert errors_of(refused) == (422, ["resource.api_key.missing_public_key"])
    made = await person.browser.post(
        KEYS,
        algorithm="Ed25519",
        public_key=bytes(range(32)).hex(),
        ip_allow_list=["192.0.2.7", "2001:db8::/32"],
        totp_code=person.code(),
    )
    assert made.status_code == 201, made.text
    key = made.json()
    assert "secret" not in key
    assert (key["public_key"], key["legacy_signature"]) == (bytes(range(32)).hex(), False)
    assert key["ip_allow_list"] == ["192.0.2.7/32", "2001:db8::/32"]


async def test_passkeys_are_named_and_removed_by_their_owner(exchange: Exchange, person: Person) -> None:
    device, passkey = await person.add_passkey()
    stranger = Person(await a_browser(exchange, second_factor=False))
    path = f"/resource/passkeys/{passkey['id']}"
    assert (await person.browser.call("PATCH", path, label="phone")).json()["label"] == "phone"
    assert errors_of(await person.browser.call("PATCH", path, label="")) == (422, ["resource.passkey.invalid_label"])
    for method in ("PATCH", "DELETE"):
        refused = await stranger.browser.call(method, path, label="mine")
        assert errors_of(refused) == (404, ["record.not_found"])
    assert errors_of(await person.browser.delete(path)) == (422, ["resource.factors.missing_proof"])
    approved = await person.browser.post(
        "/resource/factors/approvals",
        kind="passkey.delete",
        fields={"id": passkey["id"]},
        assertion=await person.assertion(device, "passkey.delete", id=passkey["id"]),
    )
    deleted = await person.browser.delete(path, approval=approved.json()["approval"])
    assert deleted.status_code == 204, deleted.text
    assert (await person.browser.get("/resource/passkeys")).json() == []


async def test_service_accounts_and_their_keys_are_their_owners(exchange: Exchange, person: Person) -> None:
    await person.enable_app()
    async with exchange.staff.database.begin() as connection:
        account = await create_service_account(connection, person.browser.user, role="sa_maker")
    accounts = "/resource/service_accounts"
    assert [row["uid"] for row in (await person.browser.get(accounts)).json()] == [account.uid]
    missing = await person.browser.get(f"{accounts}/api_keys")
    assert errors_of(missing) == (422, ["resource.service_accounts.missing_service_account_uid"])
    unknown = await person.browser.get(f"{accounts}/api_keys", service_account_uid="SI0000000000")
    assert errors_of(unknown) == (404, ["resource.service_account.doesnt_exist"])
    given = {"service_account_uid": account.uid}
    made = await person.browser.post(f"{accounts}/api_keys", **given, algorithm="HS256", totp_code=person.code())
    assert made.status_code == 201, made.text
    key = made.json()
    auth = KeyAuth(key["kid"], key["secret"])
    assert (await exchange.anyone.get("/api/v2/peatio/account/balances", auth=auth)).status_code == 200
    path = f"{accounts}/api_keys/{key['kid']}"
    changed = await person.browser.call("PUT", path, **given, state="inactive", totp_code=person.code())
    assert (changed.status_code, changed.json()["state"]) == (200, "inactive")
    assert (await person.browser.get(KEYS)).json() == []


async def test_neither_an_api_key_nor_a_missing_csrf_token_changes_factors(exchange: Exchange, person: Person) -> None:
    await person.enable_app()
    key = (await person.browser.post(KEYS, algorithm="HS256", totp_code=person.code())).json()
    auth = KeyAuth(key["kid"], key["secret"])
    for path in ("/resource/otp/disable", KEYS, "/resource/factors/approvals"):
        refused = await exchange.anyone.post(f"/api/v2/barong{path}", json={}, auth=auth)
        assert refused.status_code in {401, 403}, path
    cookie = person.browser._headers["Cookie"]
    headers = {"Cookie": cookie, "User-Agent": USER_AGENT}
    refused = await exchange.anyone.post("/api/v2/barong/resource/otp/disable", json={}, headers=headers)
    assert errors_of(refused) == (401, ["authz.missing_csrf_token"])


HOSTILE: list[Any] = [
    None,
    "",
    " ",
    "\x00",
    "\u202e\ufffd",
    "x" * 4_097,
    "' OR 1=1 --",
    -1,
    2**70,
    1e308,
    True,
    [],
    ["read"] * 200,
    {},
    {"id": {"id": []}, "response": "x", "kid": "\x00"},
]
ODD: tuple[Any, ...] = ("\x00", {}, 2**70)
ENDPOINTS = [
    endpoint
    for module in (otp, passkeys, passkey_login, api_keys, service_accounts)
    for endpoint in module.ENDPOINTS
    if endpoint.body is not None
]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
async def test_hostile_fields_get_a_documented_no_and_change_nothing(person: Person, endpoint: Endpoint) -> None:
    await person.enable_app()
    assert endpoint.body is not None
    path = endpoint.path.replace("{kid}", "%00").replace("{id}", "9" * 30)
    fields = endpoint.body.__struct_fields__
    bodies: list[dict[str, Any]] = [dict.fromkeys(fields, value) for value in HOSTILE]
    bodies += [{field: value} for field in fields for value in ODD]
    headers = person.browser._headers  # as its front-end sends them
    for body in bodies:
        answer = await person.browser._client.request(
            endpoint.method, f"/api/v2/barong{path}", json=body, headers=headers
        )
        assert answer.status_code in {400, 401, 404, 422, 429}, (body, answer.text)
        codes = {code for codes in endpoint.errors.values() for code in codes} | {"record.not_found"}
        assert set(answer.json()["errors"]) <= codes, body
