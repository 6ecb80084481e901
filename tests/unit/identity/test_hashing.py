"""Password hashes: right and wrong, rehashed when parameters change, and never more at once than places."""

import asyncio
import threading

import pytest

from pyxiu.identity.accounts.hashing import HashingBusyError, HashingSettings, PasswordHashing

CHEAP = HashingSettings(time_cost=1, memory_kib=8, parallelism=1, workers=1, waiting_max=1)


async def test_only_the_right_password_is_right() -> None:
    hashing = PasswordHashing(CHEAP)
    stored = await hashing.hash("Kq7-vulture")
    assert stored.startswith("$argon2id$")
    assert (await hashing.check(stored, "Kq7-vulture")).right
    for wrong in ("", "kq7-vulture", "Kq7-vulture ", "\x00", "\ud800"):
        assert not (await hashing.check(stored, wrong)).right


async def test_the_same_letters_are_the_same_password_however_a_keyboard_writes_them() -> None:
    hashing = PasswordHashing(CHEAP)
    assert (await hashing.check(await hashing.hash("caf\u00e9-terrace"), "cafe\u0301-terrace")).right


async def test_no_hash_and_a_broken_hash_cost_what_a_wrong_password_costs_and_are_never_right() -> None:
    hashing = PasswordHashing(CHEAP)
    await hashing.check(None, "x")
    before = hashing.computed
    for stored in (None, "", "!", "$2a$12$0123456789012345678901"):
        assert not (await hashing.check(stored, "\x00")).right
    assert hashing.computed == before + 4


async def test_a_hash_with_old_parameters_is_made_anew_at_the_next_right_check() -> None:
    stored = await PasswordHashing(CHEAP).hash("Kq7-vulture")
    stronger = PasswordHashing(HashingSettings(time_cost=2, memory_kib=16, parallelism=1))
    assert (await stronger.check(stored, "wrong")).rehashed is None
    rehashed = (await stronger.check(stored, "Kq7-vulture")).rehashed
    assert rehashed is not None
    assert "m=16,t=2" in rehashed
    assert (await stronger.check(rehashed, "Kq7-vulture")).rehashed is None


async def test_t72_a_flood_of_log_ins_waits_in_a_short_queue_and_is_then_turned_away() -> None:
    hashing = PasswordHashing(CHEAP)
    open_gate = threading.Event()
    held = asyncio.ensure_future(hashing._run(open_gate.wait))
    waiting = asyncio.ensure_future(hashing.check(None, "x"))
    await asyncio.sleep(0)
    with pytest.raises(HashingBusyError):
        await hashing.check(None, "y")
    open_gate.set()
    await held
    assert not (await waiting).right
    assert not (await hashing.check(None, "z")).right


async def test_a_client_that_goes_away_does_not_free_a_place_that_is_still_in_use() -> None:
    hashing = PasswordHashing(CHEAP)
    open_gate = threading.Event()
    gone = [asyncio.ensure_future(hashing._run(open_gate.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    for task in gone:
        task.cancel()
    await asyncio.gather(*gone, return_exceptions=True)
    with pytest.raises(HashingBusyError):
        await hashing.check(None, "x")
    open_gate.set()
