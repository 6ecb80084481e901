"""Passkeys: made and used by an authenticator in software, and what a bad one gets."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from pyxiu.identity.accounts.change_user import decide_state
from pyxiu.identity.factors.actions import action_hash
from pyxiu.identity.factors.ask_passkey import ask_for_login, ask_for_proof, ask_for_registration
from pyxiu.identity.factors.check_factor import check_factor, enabled_factors
from pyxiu.identity.factors.delete_passkey import delete_passkey
from pyxiu.identity.factors.enable_totp import enable_totp
from pyxiu.identity.factors.list_factors import list_factors
from pyxiu.identity.factors.log_in_with_passkey import log_in_with_passkey
from pyxiu.identity.factors.model import Caller, FactorOutcome, FactorProof, FactorResult, Refusal, Refused
from pyxiu.identity.factors.register_passkey import register_passkey
from pyxiu.identity.factors.rename_passkey import rename_passkey
from pyxiu.identity.model import Client, UserState
from pyxiu.identity.sessions.log_in import INVALID_PARAMS, LoggedIn
from tests.support.authenticator import Authenticator
from tests.support.factors import NOTHING, Clocked, clocked_identity
from tests.support.identity import as_staff

ACTION = action_hash("withdrawal", id=1, amount="5", address="bc1q", network="bitcoin")


@pytest.fixture
async def world(database_dsn: str) -> AsyncIterator[Clocked]:
    async with clocked_identity(database_dsn) as clocked:
        yield clocked


async def proved(
    world: Clocked, caller: Caller, proof: FactorProof, *, action: str | None = ACTION, session_id: int | None = 1
) -> FactorResult:
    async with world.services.database.begin() as connection:
        return await check_factor(
            connection,
            world.services,
            caller.user,
            proof,
            flow="withdrawal",
            client=caller.client,
            action=action,
            session_id=session_id,
        )


async def logged_in(world: Clocked, caller: Caller, assertion: dict[str, Any]) -> Any:
    return await log_in_with_passkey(world.services, assertion, caller.client)


async def test_a_passkey_logs_in_alone_and_proves_an_action(world: Clocked) -> None:
    caller = await world.caller()
    device, registered = await world.with_passkey(caller)
    assert len(registered.recovery_codes) == 10
    done = await logged_in(world, caller, device.get(await ask_for_login(world.services, caller.client)))
    assert isinstance(done, LoggedIn)
    assert done.user.uid == caller.user.uid
    assert (await proved(world, caller, await world.assertion(caller, device, ACTION))).ok


async def test_a_passkey_without_a_counter_works_again_and_again(world: Clocked) -> None:
    caller = await world.caller()
    device, _ = await world.with_passkey(caller, Authenticator(counts=False))
    for _ in range(3):
        assert (await proved(world, caller, await world.assertion(caller, device, ACTION))).ok


async def test_t74_a_cloned_authenticator_is_noticed_and_the_passkey_flagged(world: Clocked) -> None:
    caller = await world.caller()
    device, registered = await world.with_passkey(caller)
    thief = device.copy()
    for _ in range(2):
        assert (await proved(world, caller, await world.assertion(caller, device, ACTION))).ok
    refused = await logged_in(world, caller, thief.get(await ask_for_login(world.services, caller.client)))
    assert refused is INVALID_PARAMS
    async with world.services.database.connect() as connection:
        factors = await list_factors(connection, caller.user.id)
        events = (await connection.execute(text("SELECT event FROM outbox"))).scalars().all()
        # Copying a passkey must not take the second factor off the account.
        assert await enabled_factors(connection, caller.user.id) == {"passkey"}
    assert [(passkey.id, passkey.state) for passkey in factors.passkeys] == [(registered.passkey.id, "flagged")]
    assert events.count("system.passkey.flagged") == 1
    assert not (await proved(world, caller, await world.assertion(caller, device, ACTION))).ok


async def test_t74_a_forged_counter_without_the_key_flags_nothing(world: Clocked) -> None:
    caller = await world.caller()
    device, _ = await world.with_passkey(caller)
    await proved(world, caller, await world.assertion(caller, device, ACTION))
    forger = Authenticator()
    forger.credential_id = device.credential_id
    assert not (await proved(world, caller, await world.assertion(caller, forger, ACTION))).ok
    assert (await proved(world, caller, await world.assertion(caller, device, ACTION))).ok


async def test_t74_another_domain_or_page_is_refused(world: Clocked) -> None:
    caller = await world.caller()
    device, _ = await world.with_passkey(caller)
    for wrong in ({"rp_id": "evil.example"}, {"origin": "https://evil.example"}, {"origin": "http://localhost:8001"}):
        options = await ask_for_login(world.services, caller.client)
        assert await logged_in(world, caller, device.get(options, **wrong)) is INVALID_PARAMS
        created = Authenticator().create(await ask_for_registration(world.services, caller), **wrong)
        proof = await world.assertion(caller, device, action_hash("passkey.register"))
        assert await register_passkey(world.services, caller, created, "x", proof) == Refused(
            Refusal.CREDENTIAL_INVALID
        )


async def test_t74_a_challenge_is_answered_once_in_time_and_by_whom_it_was_made_for(world: Clocked) -> None:
    caller, other = await world.caller(), await world.caller()
    device, _ = await world.with_passkey(caller)
    proof = await world.assertion(caller, device, ACTION)
    assert (await proved(world, caller, proof)).ok
    assert not (await proved(world, caller, proof)).ok
    late = await world.assertion(caller, device, ACTION)
    world.pass_s(world.services.settings.factors.challenge_s)
    assert not (await proved(world, caller, late)).ok
    assert not (await proved(world, caller, await world.assertion(caller, device, ACTION), session_id=2)).ok
    for_another = FactorProof(assertion=device.get(await ask_for_proof(world.services, other, ACTION)))
    assert not (await proved(world, caller, for_another)).ok
    assert not (await proved(world, other, await world.assertion(other, device, ACTION))).ok
    unasked = device.get({"challenge": "AAAA", "rpId": "localhost"})
    assert not (await proved(world, caller, FactorProof(assertion=unasked))).ok


async def test_t74_a_challenge_of_one_flow_is_none_of_another(world: Clocked) -> None:
    caller = await world.caller()
    device, _ = await world.with_passkey(caller)
    of_proof = device.get(await ask_for_proof(world.services, caller, ACTION))
    assert await logged_in(world, caller, of_proof) is INVALID_PARAMS
    of_login = FactorProof(assertion=device.get(await ask_for_login(world.services, caller.client)))
    assert not (await proved(world, caller, of_login)).ok
    of_another_browser = device.get(await ask_for_login(world.services, Client("203.0.113.7", "curl/8")))
    assert await logged_in(world, caller, of_another_browser) is INVALID_PARAMS
    as_second_factor = FactorProof(assertion=device.get(await ask_for_login(world.services, caller.client)))
    assert (await proved(world, caller, as_second_factor, action=None, session_id=None)).ok


async def test_of_twenty_parallel_answers_to_one_challenge_one_gets_through(world: Clocked) -> None:
    caller = await world.caller()
    device, _ = await world.with_passkey(caller)
    assertion = device.get(await ask_for_login(world.services, caller.client))
    results = await asyncio.gather(*(logged_in(world, caller, assertion) for _ in range(20)))
    assert sum(isinstance(result, LoggedIn) for result in results) == 1


async def test_logging_in_alone_needs_a_verified_user(world: Clocked) -> None:
    caller = await world.caller()
    device, _ = await world.with_passkey(caller, Authenticator(verifies=False))
    options = await ask_for_login(world.services, caller.client)
    assert options["userVerification"] == "required"
    assert await logged_in(world, caller, device.get(options)) is INVALID_PARAMS
    # Beside a password it is a second factor all the same.
    assert (await proved(world, caller, await world.assertion(caller, device, ACTION))).ok


async def test_a_passkey_opens_no_account_that_is_locked(world: Clocked) -> None:
    caller = await world.caller()
    device, _ = await world.with_passkey(caller)
    async with world.services.database.begin() as connection:
        await as_staff(connection)
        await decide_state(connection, world.services, caller.user, UserState.BANNED)
    refused = await logged_in(world, caller, device.get(await ask_for_login(world.services, caller.client)))
    assert (refused.status, refused.codes) == (401, ("identity.session.banned",))


async def test_t74_what_stands_in_for_a_passkey_starts_the_withdrawal_cool_off(world: Clocked) -> None:
    caller = await world.caller()
    secret = await world.with_totp(caller)
    world.pass_periods()
    assert (await proved(world, caller, FactorProof(world.code(secret)))).ok
    assert not await world.cools_off(caller)
    world.pass_periods()
    await world.with_passkey(caller, proof=FactorProof(world.code(secret)))
    assert await world.cools_off(caller)
    async with world.services.database.begin() as connection:
        await connection.execute(text("UPDATE users SET withdraw_from = NULL"))
    world.pass_periods()
    assert (await proved(world, caller, FactorProof(world.code(secret)))).ok
    assert await world.cools_off(caller)


async def test_t74_the_weaker_factor_comes_in_only_by_the_stronger(world: Clocked) -> None:
    caller = await world.caller()
    device, registered = await world.with_passkey(caller)
    secret = await world.generated(caller)
    code = world.code(secret)
    assert await enable_totp(world.services, caller, code, NOTHING) == Refused(Refusal.FACTOR_MISSING)
    assert await enable_totp(world.services, caller, code, FactorProof(code)) == Refused(Refusal.FACTOR_INVALID)
    proof = await world.assertion(caller, device, action_hash("totp.enable"))
    assert await enable_totp(world.services, caller, code, proof) == ()
    assert registered.recovery_codes


async def test_a_stolen_session_alone_adds_and_removes_no_passkey(world: Clocked) -> None:
    caller = await world.caller()
    device, registered = await world.with_passkey(caller)
    created = Authenticator().create(await ask_for_registration(world.services, caller))
    refused = await register_passkey(world.services, caller, created, "thief", NOTHING)
    assert refused == Refused(Refusal.FACTOR_MISSING)
    number = registered.passkey.id
    assert await delete_passkey(world.services, caller, number, NOTHING) == Refused(Refusal.FACTOR_MISSING)
    for_another = await world.assertion(caller, device, action_hash("passkey.delete", id=number + 1))
    assert await delete_passkey(world.services, caller, number, for_another) == Refused(Refusal.FACTOR_INVALID)
    proof = await world.assertion(caller, device, action_hash("passkey.delete", id=number))
    assert await delete_passkey(world.services, caller, number, proof) is None
    assert await delete_passkey(world.services, caller, number, proof) == Refused(Refusal.UNKNOWN)


async def test_a_passkey_is_its_owners_to_name_and_registered_once(world: Clocked) -> None:
    caller, other = await world.caller(), await world.caller()
    device, registered = await world.with_passkey(caller)
    renamed = await rename_passkey(world.services, caller, registered.passkey.id, "laptop")
    assert not isinstance(renamed, Refused)
    assert renamed.label == "laptop"
    assert await rename_passkey(world.services, other, registered.passkey.id, "x") == Refused(Refusal.UNKNOWN)
    again = device.create(await ask_for_registration(world.services, other))
    assert await register_passkey(world.services, other, again, "x", NOTHING) == Refused(Refusal.CREDENTIAL_TAKEN)


BROKEN: list[dict[str, Any]] = [
    {"id": 1},
    {"id": "AA", "rawId": "AA"},
    {"response": None},
    {"response": {}},
    {"response": {"clientDataJSON": "!!"}},
    {"response": {"clientDataJSON": "W10"}},
    {"response": {"clientDataJSON": "eyJjaGFsbGVuZ2UiOjF9"}},
    {"response": {"authenticatorData": "AAAA"}},
    {"response": {"signature": "AAAA"}},
    {"response": {"userHandle": "AAAA"}},
]


async def test_a_broken_assertion_is_refused_and_nothing_worse(world: Clocked) -> None:
    caller = await world.caller()
    device, _ = await world.with_passkey(caller)
    for broken in BROKEN:
        good = device.get(await ask_for_login(world.services, caller.client))
        mangled = {**good, **broken}
        if broken.get("response"):
            mangled["response"] = {**good["response"], **broken["response"]}
        assert await logged_in(world, caller, mangled) is INVALID_PARAMS, broken
        if "userHandle" not in (broken.get("response") or {}):
            result = await proved(world, caller, FactorProof(assertion=mangled))
            assert result.outcome is FactorOutcome.INVALID, broken
    assert await logged_in(world, caller, {}) is INVALID_PARAMS


async def test_challenges_that_nobody_answered_go_though_many_are_asked_for_at_once(world: Clocked) -> None:
    for _ in range(2):
        await asyncio.gather(*(ask_for_login(world.services, Client("192.0.2.1")) for _ in range(30)))
        world.pass_s(world.services.settings.factors.challenge_s)
    await ask_for_login(world.services, Client("192.0.2.1"))
    async with world.services.database.connect() as connection:
        left = (await connection.execute(text("SELECT count(*) FROM passkey_challenges"))).scalar_one()
    assert left == 1
