"""Accounts with second factors, on a clock that stands still, so that codes are what a test says they are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pyxiu.identity.accounts.store import user_by_id, withdraw_from
from pyxiu.identity.factors.ask_passkey import ask_for_proof, ask_for_registration
from pyxiu.identity.factors.enable_totp import enable_totp
from pyxiu.identity.factors.generate_totp import GeneratedTotp, generate_totp
from pyxiu.identity.factors.model import Caller, FactorProof, Refused
from pyxiu.identity.factors.register_passkey import RegisteredPasskey, register_passkey
from pyxiu.identity.factors.totp import PERIOD_S, code_at
from pyxiu.identity.model import Client, User
from pyxiu.identity.services import IdentityServices
from pyxiu.kit.clock import ManualClock
from tests.support.authenticator import Authenticator
from tests.support.identity import CLIENT, a_user, running_identity

#: In the middle of a period, so that a period to either side is what is tested.
START_NS = (1_790_000_000 // PERIOD_S * PERIOD_S + PERIOD_S // 2) * 10**9
NOTHING = FactorProof()


class Clocked:
    """Identity's services with a clock that a test moves."""

    def __init__(self, services: IdentityServices, clock: ManualClock) -> None:
        self.services = services
        self.clock = clock

    def code(self, secret: str, periods: int = 0) -> str:
        """What the app shows now, or so many periods later."""
        return code_at(secret, self.clock.now_ns() // 10**9 + periods * PERIOD_S)

    def pass_periods(self, periods: int = 1) -> None:
        self.pass_s(periods * PERIOD_S)

    def pass_s(self, seconds: int) -> None:
        self.clock.advance(seconds * 10**9)

    async def caller(self, *, client: Client = CLIENT, session_id: int | None = 1, **fields: Any) -> Caller:
        """A new user, as the use cases want to know who calls."""
        return Caller(await a_user(self.services, **fields), client, session_id)

    async def with_totp(self, caller: Caller) -> str:
        """Enable the app and let its first code's period pass; the secret."""
        secret = await self.generated(caller)
        enabled = await enable_totp(self.services, caller, self.code(secret), NOTHING)
        assert not isinstance(enabled, Refused), enabled
        self.pass_periods(2)
        return secret

    async def generated(self, caller: Caller) -> str:
        generated = await generate_totp(self.services, caller)
        assert isinstance(generated, GeneratedTotp), generated
        return parse_qs(urlsplit(generated.url).query)["secret"][0]

    async def with_passkey(
        self, caller: Caller, device: Authenticator | None = None, proof: FactorProof = NOTHING
    ) -> tuple[Authenticator, RegisteredPasskey]:
        device = device or Authenticator()
        credential = device.create(await ask_for_registration(self.services, caller))
        registered = await register_passkey(self.services, caller, credential, "phone", proof)
        assert isinstance(registered, RegisteredPasskey), registered
        return device, registered

    async def assertion(self, caller: Caller, device: Authenticator, action: str) -> FactorProof:
        return FactorProof(assertion=device.get(await ask_for_proof(self.services, caller, action)))

    async def again(self, caller: Caller) -> User:
        """The user as it is now."""
        async with self.services.database.connect() as connection:
            user = await user_by_id(connection, caller.user.id)
        assert user is not None
        return user

    async def cools_off(self, caller: Caller) -> bool:
        """Whether withdrawals wait."""
        async with self.services.database.connect() as connection:
            return await withdraw_from(connection, caller.user.id) is not None


@asynccontextmanager
async def clocked_identity(dsn: str, **fields: Any) -> AsyncIterator[Clocked]:
    clock = ManualClock(START_NS)
    async with running_identity(dsn, clock=clock, **fields) as services:
        yield Clocked(services, clock)
