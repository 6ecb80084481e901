"""One person's whole way in, over HTTP and the mailbox: from the sign-up to a key that trades and does not any more.

In one process, and with each service as a process of its own.
"""

import asyncio
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pyotp

from pyxiu.app.control import connect_control
from pyxiu.core.codec import encode_command
from pyxiu.core.commands import CreditDeposit
from pyxiu.core.money import pack
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import AssetId, MemberId
from tests.e2e.server import Server
from tests.support.api import KeyAuth

BARONG = "/api/v2/barong"
PEATIO = "/api/v2/peatio"
EMAIL = "alice@example.com"
PASSWORD = "Kq7-vulture-Marsh"
ORDER = {"market": "btcusdt", "side": "buy", "volume": "0.01", "price": "100"}
WAIT_S = 30.0
#: What must be left of a period for a code of the last one to be taken in time.
PERIOD_REST_S = 8.0
USDT_DECIMALS = 10


class Person:
    """A browser, and a look into the mailbox."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def call(self, method: str, path: str, status: int, **body: Any) -> Any:
        response = await self.client.request(method, BARONG + path, json=body or None)
        assert response.status_code == status, (path, response.status_code, response.text)
        found = response.json() if response.content else None
        if isinstance(found, dict) and found.get("csrf_token"):
            self.client.headers["X-CSRF-Token"] = found["csrf_token"]
        return found

    async def mailed(self, pattern: str) -> str:
        """What the newest mail that has it says."""
        async with asyncio.timeout(WAIT_S):
            while True:
                mails = (await self.client.get("/dev/mail.json")).json()["mails"]
                for mail in mails:
                    match = re.search(pattern, str(mail))
                    if match:
                        return match[1]
                await asyncio.sleep(0.1)


async def until(client: httpx.AsyncClient, status: int, **request: Any) -> httpx.Response:
    """Ask until this is the status; every process hears of a change within a second."""
    async with asyncio.timeout(WAIT_S):
        while True:
            response = await client.request(**request)
            if response.status_code == status:
                return response
            await asyncio.sleep(0.1)


async def fund(server: Server, uid: str) -> None:
    """What a deposit from a chain would do."""
    amount = pack(1_000 * 10**USDT_DECIMALS)
    deposit = CreditDeposit(key="e2e", member=MemberId(uid), asset=AssetId("usdt"), amount=amount)
    async with connect_control(server.settings.home) as engine:
        (outcome,) = await engine.submit_many([encode_command(deposit)])
    assert outcome.rejection is Rejection.NONE


async def test_from_the_sign_up_to_a_key_that_trades_and_is_revoked(exchange: Server) -> None:
    async with httpx.AsyncClient(base_url=exchange.url, trust_env=False, timeout=30) as client:
        person = Person(client)
        made = await person.call("POST", "/identity/users", 201, email=EMAIL, password=PASSWORD)
        assert made["state"] == "pending"
        token = await person.mailed(r"confirmation_token=([\w-]+)")
        confirmed = await person.call("POST", "/identity/users/email/confirm_code", 201, token=token)
        assert (confirmed["state"], confirmed["level"]) == ("active", 1)

        refused = await client.post(PEATIO + "/market/orders", json=ORDER)
        assert (refused.status_code, refused.json()["errors"]) == (403, ["market.trade.not_permitted"])
        await person.call("POST", "/resource/phones", 200, phone_number="+4915112345678")
        code = await person.mailed(r"\b(\d{5})\b")
        verified = await person.call(
            "POST", "/resource/phones/verify", 201, phone_number="+4915112345678", verification_code=code
        )
        assert verified["level"] == 2

        barcode = (await person.call("POST", "/resource/otp/generate_qrcode", 201))["data"]
        codes = await three_codes(barcode["url"])
        enabled = await person.call("POST", "/resource/otp/enable", 201, code=next(codes))
        body = {"email": EMAIL, "password": PASSWORD}
        missing = await client.post(BARONG + "/identity/sessions", json=body)
        assert missing.json()["errors"] == ["identity.session.missing_otp"]
        await person.call("POST", "/identity/sessions", 200, **body, otp_code=next(codes))
        wanted = {"algorithm": "HS256", "scope": "read,trade", "legacy_signature": True}
        key = await person.call("POST", "/resource/api_keys", 201, **wanted, totp_code=next(codes))

        await fund(exchange, made["uid"])
        auth = KeyAuth(key["kid"], key["secret"])
        orders = {"method": "POST", "url": PEATIO + "/market/orders", "json": ORDER, "auth": auth}
        placed = await until(client, 201, **orders)
        assert placed.json()["state"] == "wait"

        printed = enabled["recovery_codes"][0]
        await person.call("DELETE", f"/resource/api_keys/{key['kid']}", 204, recovery_code=printed)
        gone = await until(client, 401, **orders)
        assert gone.json()["errors"] == ["authz.unexistent_apikey"]

        await person.call("DELETE", "/identity/sessions", 200)
        out = await client.get(BARONG + "/resource/users/me")
        assert out.json()["errors"] == ["authz.invalid_session"]


async def three_codes(url: str) -> Iterator[str]:
    """Each code works once; of the last, this and the next period all three are good for a while."""
    app = pyotp.parse_uri(url)
    assert isinstance(app, pyotp.TOTP)
    remaining_s = app.interval - time.time() % app.interval
    if remaining_s < PERIOD_REST_S:
        await asyncio.sleep(remaining_s)
    now_s = time.time()
    return iter([app.at(int(now_s + periods * app.interval)) for periods in (-1, 0, 1)])
