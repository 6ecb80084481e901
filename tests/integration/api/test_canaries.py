"""T-73: secrets that are marked go through every flow, and are looked for everywhere afterwards.

Logs, answers to others, every column of every table as text, and the bytes of the journal: none may have them. Limit:
core dumps and swap are the operating system's.
"""

import logging
import secrets
from typing import Any

import httpx
import pyotp
import pytest
from sqlalchemy import text

from tests.support.api import BROWSER, PREFIX, Exchange

pytestmark = pytest.mark.asyncio(loop_scope="module")

BARONG = "/api/v2/barong"
AGENT = {"User-Agent": BROWSER.user_agent}
MARK = "cAnArY"


def canary(kind: str) -> str:
    """A secret that is found again; good as a password."""
    return f"{MARK}-{kind}-{secrets.token_hex(8)}-Zq9!"


class Visitor:
    """A browser that remembers what it is told, and every answer."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.cookie = ""
        self.csrf = ""
        self.answers: list[httpx.Response] = []

    async def ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        headers = {**AGENT, "X-CSRF-Token": self.csrf, "Cookie": f"_barong_session={self.cookie}"}
        response = await self.exchange.anyone.request(method, path, headers=headers, **arguments)
        self.answers.append(response)
        for cookie in response.headers.get_list("set-cookie"):
            self.cookie = cookie.partition(";")[0].partition("=")[2]
        return response

    def take_csrf(self, response: httpx.Response) -> None:
        self.csrf = response.json()["csrf_token"]


async def everything_stored(exchange: Exchange) -> str:
    """All rows as text, bytes as they are."""
    parts = []
    async with exchange.catalog.connect() as connection:  # the owner's, who sees every table
        tables = await connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        for (table,) in tables.all():
            parts += [str(row) for row in (await connection.execute(text(f"SELECT * FROM {table}"))).all()]
    return "\n".join(parts)


async def test_t73_no_secret_is_logged_stored_or_told(
    exchange: Exchange, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    visitor, found_secrets = Visitor(exchange), []
    password, changed, wrong = canary("first"), canary("second"), canary("wrong")
    found_secrets += [password, changed, wrong]
    email = "canary@example.com"
    signed_up = await visitor.ask("POST", f"{BARONG}/identity/users", json={"email": email, "password": password})
    assert signed_up.status_code == 201, signed_up.text
    visitor.take_csrf(signed_up)
    first_cookie = visitor.cookie
    codes = [
        await visitor.ask("POST", f"{BARONG}/identity/sessions", json={"email": email, "password": wrong}),
        await visitor.ask("POST", f"{BARONG}/identity/sessions", content=f'{{"password": "{wrong}'),
        await visitor.ask("POST", f"{BARONG}/identity/sessions?password={wrong}", json={"email": email}),
        await visitor.ask("POST", f"{BARONG}/password/{wrong}", json={"password": wrong}),
    ]
    assert [response.status_code < 500 for response in codes] == [True] * 4
    passwords = {"old_password": password, "new_password": changed, "confirm_password": changed}
    assert (await visitor.ask("PUT", f"{BARONG}/resource/users/password", json=passwords)).status_code == 201
    login = await visitor.ask("POST", f"{BARONG}/identity/sessions", json={"email": email, "password": changed})
    assert login.status_code == 200, login.text
    visitor.take_csrf(login)
    found_secrets += [first_cookie, visitor.cookie]

    made = await visitor.ask("POST", f"{BARONG}/resource/otp/generate_qrcode")
    uri = made.json()["data"]["url"]
    totp = pyotp.parse_uri(uri)
    assert isinstance(totp, pyotp.TOTP), uri
    found_secrets.append(totp.secret)
    enabled = await visitor.ask("POST", f"{BARONG}/resource/otp/enable", json={"code": totp.now()})
    assert enabled.status_code == 201, enabled.text
    found_secrets += enabled.json().get("recovery_codes", []) if isinstance(enabled.json(), dict) else []

    trader = await exchange.member(usd="1000")
    found_secrets.append(trader.auth.secret)
    await trader.post("/market/orders", json={"market": "btcusd", "side": "buy", "volume": "0.01", "price": "100"})
    await exchange.anyone.get(f"{PREFIX}/account/balances", headers={"X-Auth-Apikey": trader.auth.secret})
    browser = await exchange.browser()
    found_secrets.append(browser.opened.token)
    await browser.request("GET", f"{PREFIX}/account/balances")

    token = (await browser.request("GET", f"/api/v2/auth{PREFIX}/account/balances")).headers["authorization"]
    found_secrets.append(token.removeprefix("Bearer "))
    bearer = {"Authorization": token}
    assert (await exchange.anyone.get(f"{PREFIX}/account/balances", headers=bearer)).status_code == 200

    await exchange.projected()
    captured = capsys.readouterr()
    # The client of these tests logs the addresses that it asks; that is not ours.
    logged = "\n".join(str(record.__dict__) for record in caplog.records if record.name != "httpx")
    stored = await everything_stored(exchange)
    told = "\n".join(answer.text for answer in visitor.answers if answer is not made and answer is not enabled)
    assert len(set(found_secrets)) >= 9
    for secret in found_secrets:
        for name, place in (("log", logged), ("out", captured.out + captured.err), ("rows", stored)):
            assert secret not in place, name
        assert secret not in told
    assert MARK not in stored
