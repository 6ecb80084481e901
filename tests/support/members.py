"""Members who can withdraw: with a second factor and an entry of the address book that can be used.

    alice = await a_withdrawer(exchange, btc="2")
    made = await alice.withdraw(amount="0.5")

Codes of an app are few in half a minute, so most tests show an approval that was minted for exactly the action; the way
to one by the API is tested with the factors.
"""

import datetime
import secrets
import time
from typing import Any

import httpx
from sqlalchemy import insert, select, text

from pyxiu.core.commands import PutMember
from pyxiu.core.types import MemberId
from pyxiu.custody.beneficiaries.events import OUTBOX_PURPOSE, PIN_EVENT
from pyxiu.identity.factors.bound import bound_to
from pyxiu.identity.factors.check_factor import approval_hash, totp_purpose
from pyxiu.identity.factors.store import Approval, enable_totp, put_pending_totp
from pyxiu.identity.factors.totp import PERIOD_S, code_at, new_secret
from pyxiu.identity.tables.factors import factor_approvals
from pyxiu.storage.outbox import outbox
from tests.support.api import BROWSER, PREFIX, Browser, Exchange

BTC_ADDRESSES = (
    "bc1qj930tc4cjuernxax4hvc7fmeqrqwwaywmsjczp",
    "bc1qk4v9erw7wrvjsah2mldnahqfh3pcz5fv8zuw54",
)


class Withdrawer:
    """A logged-in member whose app shows codes; paths are below the prefix."""

    def __init__(self, exchange: Exchange, browser: Browser, secret: str) -> None:
        self.exchange = exchange
        self.browser = browser
        self.beneficiary_id = 0
        self._secret = secret
        self._step = 0

    @property
    def uid(self) -> str:
        return self.browser.user.uid

    def code(self) -> str:
        """One that was not used yet: of the last period, of this one, or of the next."""
        step = int(time.time()) // PERIOD_S
        self._step = max(step - 1, self._step + 1)
        assert self._step <= step + 1, "a test asks for no more than three codes in one period"
        return code_at(self._secret, self._step * PERIOD_S)

    async def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        return await self.browser.request(method, PREFIX + path, **arguments)

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        return await self.request("POST", path, json=fields)

    async def approval(self, action: str) -> str:
        """A token that lets this action through once, in this session."""
        return (await self.approvals([action]))[0]

    async def approvals(self, actions: list[str]) -> list[str]:
        """The same for many actions."""
        tokens = [secrets.token_urlsafe(16) for _ in actions]
        expires_at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=5)
        bound = bound_to(BROWSER, self.browser.opened.session_id)
        rows = [
            Approval(approval_hash(token), self.browser.user.id, action, "totp", bound, expires_at)._asdict()
            for token, action in zip(tokens, actions, strict=True)
        ]
        async with self.exchange.identity.database.begin() as connection:
            await connection.execute(insert(factor_approvals), rows)
        return tokens

    async def pin(self, beneficiary_id: int) -> str:
        """The PIN that was mailed last."""
        query = select(outbox.c.record).where(
            outbox.c.event == PIN_EVENT, outbox.c.aggregate == f"beneficiary:{beneficiary_id}"
        )
        async with self.exchange.catalog.connect() as connection:
            records = list((await connection.execute(query.order_by(outbox.c.id))).scalars())
        return self.exchange.box.open(bytes.fromhex(records[-1]["token"]), OUTBOX_PURPOSE).decode()

    async def add_beneficiary(self, **fields: Any) -> int:
        """An active entry that has waited long enough."""
        given = {"currency": "btc", "name": "wallet", "data": {"address": BTC_ADDRESSES[0]}, **fields}
        added = await self.post("/account/beneficiaries", **given)
        assert added.status_code == 201, added.text
        beneficiary_id = int(added.json()["id"])
        path = f"/account/beneficiaries/{beneficiary_id}/activate"
        activated = await self.request("PATCH", path, json={"pin": await self.pin(beneficiary_id)})
        assert activated.status_code == 200, activated.text
        await self.let_wait_pass(beneficiary_id)
        return beneficiary_id

    async def let_wait_pass(self, beneficiary_id: int) -> None:
        async with self.exchange.catalog.begin() as connection:
            statement = text("UPDATE beneficiaries SET usable_from = now() WHERE id = :id")
            await connection.execute(statement, {"id": beneficiary_id})

    async def balance(self, currency: str = "btc") -> tuple[str, str]:
        """Available and locked."""
        account = (await self.request("GET", f"/account/balances/{currency}")).json()
        return account["balance"], account["locked"]

    async def withdraw(self, **fields: Any) -> httpx.Response:
        """With a code of the app, unless another proof is given."""
        given = {"beneficiary_id": self.beneficiary_id, "currency": "btc", "amount": "0.01", **fields}
        if not {"otp", "approval", "assertion", "recovery_code"} & set(given):
            given["otp"] = self.code()
        return await self.post("/account/withdraws", **given)


async def a_withdrawer(exchange: Exchange, *, level: int = 3, **funds: str) -> Withdrawer:
    """Level 3 is what withdrawals ask for."""
    browser = await exchange.browser(level=level)
    await exchange.submit(PutMember(MemberId(browser.user.uid)))
    for asset, amount in funds.items():
        await exchange.deposit(browser.user.uid, asset, amount)
    secret = new_secret()
    sealed = exchange.box.seal(secret.encode(), totp_purpose(browser.user.id))
    async with exchange.identity.database.begin() as connection:
        # The level of a bare user is not made of labels, so it must not be derived anew by a use case.
        assert await put_pending_totp(connection, browser.user.id, sealed)
        assert await enable_totp(connection, browser.user.id, 1)
    member = Withdrawer(exchange, browser, secret)
    if level >= 3:
        member.beneficiary_id = await member.add_beneficiary()
    return member
