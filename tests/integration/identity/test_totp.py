"""Codes of an authenticator app: they work once, wrong ones are counted, and what follows from on and off."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from pyxiu.identity.factors.check_factor import check_factor, enabled_factors
from pyxiu.identity.factors.disable_totp import disable_totp
from pyxiu.identity.factors.enable_totp import enable_totp
from pyxiu.identity.factors.generate_totp import generate_totp
from pyxiu.identity.factors.model import Caller, FactorOutcome, FactorProof, FactorResult, Refusal, Refused
from pyxiu.identity.factors.verify_totp import verify_totp
from pyxiu.identity.model import Client
from tests.support.factors import NOTHING, Clocked, clocked_identity


@pytest.fixture
async def world(database_dsn: str) -> AsyncIterator[Clocked]:
    async with clocked_identity(database_dsn) as clocked:
        yield clocked


async def shown(
    world: Clocked, caller: Caller, proof: FactorProof, *, flow: str = "login", client: Client | None = None
) -> FactorResult:
    async with world.services.database.begin() as connection:
        return await check_factor(
            connection, world.services, caller.user, proof, flow=flow, client=client or caller.client
        )


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_a_generated_secret_is_in_force_only_once_a_code_was_shown(world: Clocked) -> None:
    caller = await world.caller()
    secret = await world.generated(caller)
    assert (await shown(world, caller, FactorProof(world.code(secret)))).outcome is FactorOutcome.INVALID
    refused = await enable_totp(world.services, caller, wrong(world.code(secret)), NOTHING)
    assert refused == Refused(Refusal.CREDENTIAL_INVALID)
    codes = await enable_totp(world.services, caller, world.code(secret), NOTHING)
    assert not isinstance(codes, Refused)
    assert len(set(codes)) == 10
    assert (await world.again(caller)).otp
    assert await generate_totp(world.services, caller) == Refused(Refusal.ALREADY_ENABLED)


async def test_what_is_at_rest_is_neither_secret_nor_recovery_code(world: Clocked) -> None:
    caller = await world.caller()
    secret = await world.generated(caller)
    codes = await enable_totp(world.services, caller, world.code(secret), NOTHING)
    assert not isinstance(codes, Refused)
    async with world.services.database.connect() as connection:
        rows = (await connection.execute(text("SELECT secret_sealed FROM totp_secrets"))).scalars().all()
        hashes = (await connection.execute(text("SELECT code_hash FROM recovery_codes"))).scalars().all()
        told = (await connection.execute(text("SELECT record::text FROM outbox"))).scalars().all()
        noted = (await connection.execute(text("SELECT row_to_json(a)::text FROM activities a"))).scalars().all()
    stored = b" ".join([*rows, *hashes]) + " ".join([*told, *noted]).encode()
    for hidden in (secret, *codes, *(code.replace("-", "") for code in codes)):
        assert hidden.encode() not in stored


async def test_enabling_ends_the_other_sessions_and_sets_the_private_label(world: Clocked) -> None:
    caller = await world.caller()
    async with world.services.database.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO sessions (user_id, token_hash, csrf_token, factor, ip, country, user_agent, seen_at,"
                " expires_at, created_at) SELECT :user, decode(md5(n::text), 'hex'), 'c', 'password', '', '', '',"
                " now(), now(), now() FROM generate_series(1, 2) n"
            ),
            {"user": caller.user.id},
        )
        query = text("SELECT id FROM sessions WHERE user_id = :user AND ended_at IS NULL ORDER BY id")
        own = (await connection.execute(query, {"user": caller.user.id})).scalars().all()[-1]
    await world.with_totp(caller._replace(session_id=own))
    async with world.services.database.connect() as connection:
        assert (await connection.execute(query, {"user": caller.user.id})).scalars().all() == [own]
        label = text("SELECT value, scope FROM labels WHERE user_id = :user AND key = 'otp'")
        assert (await connection.execute(label, {"user": caller.user.id})).all() == [("enabled", "private")]


async def test_t64_a_code_works_once_in_its_window_whatever_flow_asks(world: Clocked) -> None:
    caller = await world.caller()
    secret = await world.with_totp(caller)
    code = world.code(secret)
    assert (await shown(world, caller, FactorProof(code), flow="login")).ok
    assert (await shown(world, caller, FactorProof(code), flow="withdrawal")).outcome is FactorOutcome.INVALID
    assert await verify_totp(world.services, caller, code) == Refused(Refusal.FACTOR_INVALID)
    world.pass_periods()
    assert (await shown(world, caller, FactorProof(code))).outcome is FactorOutcome.INVALID
    assert (await shown(world, caller, FactorProof(world.code(secret)))).ok


async def test_t64_of_fifty_parallel_requests_with_one_code_one_gets_through(world: Clocked) -> None:
    caller = await world.caller()
    secret = await world.with_totp(caller)
    proof = FactorProof(world.code(secret))
    results = await asyncio.gather(
        *(shown(world, caller, proof, client=Client(f"192.0.2.{number}")) for number in range(50))
    )
    outcomes = [result.outcome for result in results]
    assert outcomes.count(FactorOutcome.OK) == 1
    # The others were told no in two ways: the code is used up, or there were too many wrong ones by then.
    assert outcomes.count(FactorOutcome.INVALID) <= world.services.settings.factors.tries
    assert FactorOutcome.MISSING not in outcomes


async def test_t64_wrong_codes_are_counted_over_flows_and_addresses_and_lock_even_the_right_one(world: Clocked) -> None:
    caller = await world.caller()
    secret = await world.with_totp(caller)
    tries = world.services.settings.factors.tries
    for number in range(tries):
        proof = FactorProof(wrong(world.code(secret)))
        flow = ("login", "withdrawal", "totp.disable")[number % 3]
        result = await shown(world, caller, proof, flow=flow, client=Client(f"192.0.2.{number}"))
        assert result.outcome is FactorOutcome.INVALID
    result = await shown(world, caller, FactorProof(world.code(secret)), client=Client("198.51.100.9"))
    assert result.outcome is FactorOutcome.LOCKED
    assert 0 < result.retry_after_s <= world.services.settings.factors.tries_window_s
    assert (await disable_totp(world.services, caller, FactorProof(world.code(secret)))) == Refused(
        Refusal.FACTOR_LOCKED, result.retry_after_s
    )
    world.pass_s(result.retry_after_s)
    assert (await shown(world, caller, FactorProof(world.code(secret)))).ok


async def test_t64_tries_count_though_the_transaction_around_them_is_rolled_back(world: Clocked) -> None:
    caller = await world.caller()
    secret = await world.with_totp(caller)
    for _ in range(world.services.settings.factors.tries):
        async with world.services.database.connect() as connection:
            transaction = await connection.begin()
            proof = FactorProof(wrong(world.code(secret)))
            await check_factor(connection, world.services, caller.user, proof, flow="login", client=caller.client)
            await transaction.rollback()
    assert (await shown(world, caller, FactorProof(world.code(secret)))).outcome is FactorOutcome.LOCKED


async def test_t64_a_patient_attacker_gets_no_more_than_the_tries_of_a_day(world: Clocked) -> None:
    caller = await world.caller()
    secret = await world.with_totp(caller)
    knobs = world.services.settings.factors
    allowed = 0
    for _ in range(knobs.tries_a_day // knobs.tries + 3):
        for _ in range(knobs.tries + 1):
            result = await shown(world, caller, FactorProof(wrong(world.code(secret))))
            allowed += result.outcome is FactorOutcome.INVALID
        world.pass_s(knobs.tries_window_s)
    assert allowed == knobs.tries_a_day


async def test_right_codes_do_not_count_against_their_owner(world: Clocked) -> None:
    caller = await world.caller()
    secret = await world.with_totp(caller)
    for _ in range(world.services.settings.factors.tries + 2):
        assert (await shown(world, caller, FactorProof(world.code(secret)))).ok
        world.pass_periods()


async def test_clocks_may_differ_by_one_period(world: Clocked) -> None:
    caller = await world.caller()
    secret = await world.with_totp(caller)
    for periods, accepted in ((-2, False), (2, False), (-1, True), (0, True), (1, True)):
        result = await shown(world, caller, FactorProof(world.code(secret, periods)))
        assert result.ok is accepted, periods


async def test_disabling_stops_everything_that_hung_on_it(world: Clocked) -> None:
    caller = await world.caller()
    secret = await world.with_totp(caller)
    assert not await world.cools_off(caller)
    assert await disable_totp(world.services, caller, NOTHING) == Refused(Refusal.FACTOR_MISSING)
    assert await disable_totp(world.services, caller, FactorProof(world.code(secret))) is None
    assert await world.cools_off(caller)
    assert not (await world.again(caller)).otp
    async with world.services.database.connect() as connection:
        assert await enabled_factors(connection, caller.user.id) == frozenset()
        left = text("SELECT count(*) FROM recovery_codes WHERE user_id = :user")
        assert (await connection.execute(left, {"user": caller.user.id})).scalar_one() == 0
        label = text("SELECT count(*) FROM labels WHERE user_id = :user AND key = 'otp'")
        assert (await connection.execute(label, {"user": caller.user.id})).scalar_one() == 0
        events = (await connection.execute(text("SELECT event FROM outbox ORDER BY id"))).scalars().all()
    assert events.index("system.otp.enabled") < events.index("system.otp.disabled")
    assert await disable_totp(world.services, caller, FactorProof(world.code(secret))) == Refused(Refusal.NOT_ENABLED)


async def test_the_codes_of_one_member_are_nothing_to_another(world: Clocked) -> None:
    caller, other = await world.caller(), await world.caller()
    secret = await world.with_totp(caller)
    await world.with_totp(other)
    assert (await shown(world, other, FactorProof(world.code(secret)))).outcome is FactorOutcome.INVALID
