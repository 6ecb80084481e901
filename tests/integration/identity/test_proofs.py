"""A second factor's proof is for one action: what is approved for A does nothing for B, and for A once."""

from collections.abc import AsyncIterator

import pytest

from pyxiu.identity.factors.actions import action_hash
from pyxiu.identity.factors.approve_action import Approved, approve_action
from pyxiu.identity.factors.check_factor import check_factor
from pyxiu.identity.factors.model import Caller, FactorOutcome, FactorProof, FactorResult, Refusal, Refused
from pyxiu.identity.factors.renew_recovery_codes import renew_recovery_codes
from tests.support.factors import NOTHING, Clocked, clocked_identity

PAYOUT = {"id": "W1", "amount": "0.5", "address": "bc1qmine", "network": "bitcoin"}


@pytest.fixture
async def world(database_dsn: str) -> AsyncIterator[Clocked]:
    async with clocked_identity(database_dsn) as clocked:
        yield clocked


async def tried(
    world: Clocked, caller: Caller, proof: FactorProof, action: str | None, *, session_id: int | None = 1
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


async def approved(world: Clocked, caller: Caller, action: str, proof: FactorProof) -> FactorProof:
    made = await approve_action(world.services, caller, action, proof)
    assert isinstance(made, Approved), made
    assert made.token not in repr(made)
    return FactorProof(approval=made.token)


async def test_t65_s2_an_approval_holds_for_its_action_and_for_no_changed_one(world: Clocked) -> None:
    caller = await world.caller()
    secret = await world.with_totp(caller)
    for change in ({"amount": "0.50"}, {"address": "bc1qthief"}, {"id": "W2"}, {"network": "litecoin"}):
        proof = await approved(world, caller, action_hash("withdrawal", **PAYOUT), FactorProof(world.code(secret)))
        other = action_hash("withdrawal", **{**PAYOUT, **change})
        assert (await tried(world, caller, proof, other)).outcome is FactorOutcome.INVALID
        # It was shown: who tries it on something else does not get to use it for what it was made for.
        assert not (await tried(world, caller, proof, action_hash("withdrawal", **PAYOUT))).ok
        world.pass_periods()
    proof = await approved(world, caller, action_hash("withdrawal", **PAYOUT), FactorProof(world.code(secret)))
    assert (await tried(world, caller, proof, action_hash("withdrawal", **PAYOUT))).ok
    assert not (await tried(world, caller, proof, action_hash("withdrawal", **PAYOUT))).ok


async def test_t65_s2_an_approval_does_not_outlive_its_time_its_session_or_its_owner(world: Clocked) -> None:
    caller, other = await world.caller(), await world.caller()
    secret, others = await world.with_totp(caller), await world.with_totp(other)
    action = action_hash("withdrawal", **PAYOUT)
    proof = await approved(world, caller, action, FactorProof(world.code(secret)))
    assert not (await tried(world, caller, proof, action, session_id=2)).ok
    world.pass_periods()
    proof = await approved(world, other, action, FactorProof(world.code(others)))
    assert not (await tried(world, caller, proof, action)).ok
    proof = await approved(world, caller, action, FactorProof(world.code(secret)))
    world.pass_s(world.services.settings.factors.approval_s)
    assert not (await tried(world, caller, proof, action)).ok


async def test_an_approval_is_no_log_in_and_makes_no_further_approval(world: Clocked) -> None:
    caller = await world.caller()
    secret = await world.with_totp(caller)
    action = action_hash("withdrawal", **PAYOUT)
    proof = await approved(world, caller, action, FactorProof(world.code(secret)))
    assert await approve_action(world.services, caller, action, proof) == Refused(Refusal.FACTOR_MISSING)
    assert not (await tried(world, caller, proof, None)).ok


async def test_without_a_factor_nothing_is_approved(world: Clocked) -> None:
    caller = await world.caller()
    assert await approve_action(world.services, caller, "x", FactorProof("123456")) == Refused(Refusal.NO_FACTOR)
    assert (await tried(world, caller, FactorProof("123456"), None)).outcome is FactorOutcome.INVALID
    assert (await tried(world, caller, NOTHING, None)).outcome is FactorOutcome.MISSING


async def test_a_recovery_code_works_once_in_any_spelling_and_starts_the_cool_off(world: Clocked) -> None:
    caller = await world.caller()
    secret = await world.with_totp(caller)
    codes = await renew_recovery_codes(world.services, caller, FactorProof(world.code(secret)))
    assert not isinstance(codes, Refused)
    assert not await world.cools_off(caller)
    typed = FactorProof(recovery_code=codes[0].upper().replace("-", " "))
    assert (await tried(world, caller, typed, None)).ok
    assert await world.cools_off(caller)
    assert (await tried(world, caller, FactorProof(recovery_code=codes[0]), None)).outcome is FactorOutcome.INVALID
    renewed = await renew_recovery_codes(world.services, caller, FactorProof(recovery_code=codes[1]))
    assert not isinstance(renewed, Refused)
    assert (await tried(world, caller, FactorProof(recovery_code=codes[2]), None)).outcome is FactorOutcome.INVALID
    assert (await tried(world, caller, FactorProof(recovery_code=renewed[2]), None)).ok


async def test_t64_recovery_codes_and_the_apps_codes_are_counted_together(world: Clocked) -> None:
    caller = await world.caller()
    secret = await world.with_totp(caller)
    for number in range(world.services.settings.factors.tries):
        guess = FactorProof(recovery_code="abcd-efgh-jkmn-pqrs") if number % 2 else FactorProof("000000")
        assert (await tried(world, caller, guess, None)).outcome is FactorOutcome.INVALID
    assert (await tried(world, caller, FactorProof(world.code(secret)), None)).outcome is FactorOutcome.LOCKED
