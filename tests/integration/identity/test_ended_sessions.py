"""What a session asked for before it was ended, and what comes to be done after: nothing that would let it in again."""

from collections.abc import AsyncIterator

import pytest

from pyxiu.identity.factors.actions import action_hash
from pyxiu.identity.factors.approve_action import approve_action
from pyxiu.identity.factors.ask_passkey import ask_for_registration
from pyxiu.identity.factors.disable_totp import disable_totp
from pyxiu.identity.factors.enable_totp import enable_totp
from pyxiu.identity.factors.model import Caller, FactorProof, Refusal, Refused
from pyxiu.identity.factors.register_passkey import register_passkey
from pyxiu.identity.sessions.close_sessions import close_sessions_of
from pyxiu.identity.sessions.open_session import open_session
from tests.support.authenticator import Authenticator
from tests.support.factors import NOTHING, Clocked, clocked_identity
from tests.support.identity import CLIENT


@pytest.fixture
async def world(database_dsn: str) -> AsyncIterator[Clocked]:
    async with clocked_identity(database_dsn) as clocked:
        yield clocked


async def in_session(world: Clocked) -> Caller:
    caller = await world.caller()
    async with world.services.database.begin() as connection:
        opened = await open_session(connection, world.services, caller.user, CLIENT, factor="password")
    return caller._replace(session_id=opened.session_id)


async def end(world: Clocked, caller: Caller) -> None:
    async with world.services.database.begin() as connection:
        await close_sessions_of(connection, caller.user.id, reason="password_reset")


async def test_t66_a_first_passkey_is_not_registered_from_a_session_that_was_ended(world: Clocked) -> None:
    caller = await in_session(world)
    credential = Authenticator().create(await ask_for_registration(world.services, caller))
    await end(world, caller)
    refused = await register_passkey(world.services, caller, credential, "thief", NOTHING)
    assert refused == Refused(Refusal.CREDENTIAL_INVALID)


async def test_t66_an_app_is_not_enabled_from_a_session_that_was_ended(world: Clocked) -> None:
    caller = await in_session(world)
    secret = await world.generated(caller)
    await end(world, caller)
    refused = await enable_totp(world.services, caller, world.code(secret), NOTHING)
    assert refused == Refused(Refusal.CREDENTIAL_INVALID)
    assert not (await world.again(caller)).otp


async def test_t66_a_second_factor_proves_nothing_in_a_session_that_was_ended(world: Clocked) -> None:
    caller = await in_session(world)
    proof = FactorProof(world.code(await world.with_totp(caller)))
    await end(world, caller)
    approved = await approve_action(world.services, caller, action_hash("passkey.register"), proof)
    assert approved == Refused(Refusal.FACTOR_INVALID)
    assert await disable_totp(world.services, caller, proof) == Refused(Refusal.FACTOR_INVALID)
    assert await disable_totp(world.services, caller._replace(session_id=None), proof) is None
