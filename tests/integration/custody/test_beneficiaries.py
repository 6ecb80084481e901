"""The address book: what gets in, what its PIN is worth, what is told of it, and that it is sealed."""

import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from pyxiu.adapters.chains.address_book import ChainAddressBook
from pyxiu.app.sealed_columns import ALL_SEALED_COLUMNS
from pyxiu.custody.beneficiaries.activate_beneficiary import activate_beneficiary, activation_hash
from pyxiu.custody.beneficiaries.archive_beneficiary import archive_beneficiary
from pyxiu.custody.beneficiaries.model import Beneficiary, BeneficiaryState, Refusal, Refused
from pyxiu.custody.beneficiaries.resend_pin import resend_pin
from pyxiu.custody.beneficiaries.store import find
from pyxiu.custody.model import wallet_owner
from pyxiu.custody.store import add_destination
from pyxiu.custody.withdrawals.allow_list import allow_list_hash, change_allow_list
from pyxiu.custody.withdrawals.ports import MemberFacts, ProofRefusal, Proved
from pyxiu.identity.reseal import count_keys, reseal
from pyxiu.identity.sealing import KEY_BYTES, KeyRing
from pyxiu.relay.run import SECRET_EVENTS
from tests.support.withdrawals import LTC_ADDRESSES, Desk, Proofs, running_desk

FIAT = {"full_name": "Alice  Example", "account_number": "DE89370400440532013000", "bank": "Example"}


@pytest.fixture
async def desk(database_dsn: str) -> AsyncIterator[Desk]:
    async with running_desk(database_dsn, new_address_wait_s=100) as running:
        yield running


async def activated(desk: Desk, member: MemberFacts, entry: Beneficiary, pin: str, proofs: Proofs | None = None) -> Any:
    return await activate_beneficiary(desk.services, member, entry.id, pin, proofs or Proofs())


def other_than(pin: str) -> str:
    return f"{(int(pin) + 1) % 10**6:06d}"


async def test_an_entry_is_confirmed_by_its_pin_within_five_tries(desk: Desk) -> None:
    alice = desk.member("alice")
    entry = await desk.pending(alice)
    pin = await desk.pin(entry.id)
    for _ in range(4):
        assert await activated(desk, alice, entry, other_than(pin)) == Refused(Refusal.INVALID_PIN)
    active = await activated(desk, alice, entry, pin)
    assert active.state is BeneficiaryState.ACTIVE
    assert (active.usable_from - desk.now).total_seconds() == pytest.approx(100)
    assert await activated(desk, alice, entry, pin) == Refused(Refusal.NOT_PENDING)


async def test_after_five_wrong_tries_the_right_pin_is_worth_nothing_and_a_new_one_is(desk: Desk) -> None:
    alice = desk.member("alice")
    entry = await desk.pending(alice)
    pin = await desk.pin(entry.id)
    for _ in range(5):
        assert await activated(desk, alice, entry, other_than(pin)) == Refused(Refusal.INVALID_PIN)
    assert await activated(desk, alice, entry, pin) == Refused(Refusal.INVALID_PIN)
    assert await resend_pin(desk.services, alice, entry.id) == Refused(Refusal.TOO_SOON, retry_after_s=60)
    desk.pass_s(60)
    assert await resend_pin(desk.services, alice, entry.id) is None
    again = await desk.pin(entry.id)
    assert (await activated(desk, alice, entry, again)).state is BeneficiaryState.ACTIVE


async def test_a_pin_is_good_for_an_hour_and_only_the_last_one_counts(desk: Desk) -> None:
    alice = desk.member("alice")
    entry = await desk.pending(alice)
    first = await desk.pin(entry.id)
    desk.pass_s(3600)
    assert await activated(desk, alice, entry, first) == Refused(Refusal.INVALID_PIN)
    for number in range(9):
        assert await resend_pin(desk.services, alice, entry.id) is None, number
        desk.pass_s(60)
    assert await resend_pin(desk.services, alice, entry.id) == Refused(Refusal.TOO_MANY_PINS)
    assert (await activated(desk, alice, entry, await desk.pin(entry.id))).state is BeneficiaryState.ACTIVE


async def test_somebody_elses_entry_does_not_exist(desk: Desk) -> None:
    alice, bob = desk.member("alice"), desk.member("bob")
    entry = await desk.pending(alice)
    unknown = Refused(Refusal.UNKNOWN)
    assert await activated(desk, bob, entry, await desk.pin(entry.id)) == unknown
    assert await resend_pin(desk.services, bob, entry.id) == unknown
    assert await archive_beneficiary(desk.services, bob, entry.id) == unknown
    assert await archive_beneficiary(desk.services, alice, entry.id) is None
    assert await archive_beneficiary(desk.services, alice, entry.id) == unknown


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"data": {"address": "ltc1qvgumufpjfadkwzj6ldcec4wjlzdzufnz8v7a50"}}, Refusal.INVALID_ADDRESS),
        ({"data": {"address": "bc1qj930tc4cjuernxax4hvc7fmeqrqwwaywmsjczp"}}, Refusal.INVALID_ADDRESS),
        ({"data": {"address": "0x" + "ab" * 20}}, Refusal.INVALID_ADDRESS),
        ({"data": {"address": "tmweb1" + "q" * 100}}, Refusal.INVALID_ADDRESS),
        ({"currency": "eth", "data": {"address": "0x" + "00" * 20}}, Refusal.INVALID_ADDRESS),
        ({"currency": "doge"}, Refusal.CURRENCY),
        ({"network": "ethereum"}, Refusal.NETWORK),
        ({"currency": "usd", "data": {"full_name": "A", "x": "y" * 256}}, Refusal.INVALID_DATA),
        ({"currency": "usd", "data": {"full_name": "A", "X y": "1"}}, Refusal.INVALID_DATA),
        ({"currency": "usd", "data": {f"f{number}": "1" for number in range(17)}}, Refusal.INVALID_DATA),
    ],
)
async def test_t38_what_cannot_be_paid_on_this_network_does_not_get_in(
    desk: Desk, fields: dict[str, Any], refusal: Refusal
) -> None:
    refused = await desk.create(desk.member("alice"), **fields)
    assert isinstance(refused, Refused)
    assert refused.refusal is refusal


async def test_t38_our_own_addresses_are_refused_and_another_members_is_marked(desk: Desk) -> None:
    alice, bob = desk.member("alice"), desk.member("bob")
    book = ChainAddressBook()
    owners = (alice.uid, bob.uid, wallet_owner("litecoin-hot"))
    async with desk.services.database.begin() as connection:
        for address, owner in zip(LTC_ADDRESSES, owners, strict=True):
            destination = book.check("litecoin-regtest", address).destination
            await add_destination(connection, "litecoin", destination, address, owner)
    mine, bobs, hot = [await desk.create(alice, data={"address": address}) for address in LTC_ADDRESSES]
    assert mine == hot == Refused(Refusal.PLATFORM_ADDRESS)
    assert (bobs.internal_uid, bobs.state) == (bob.uid, BeneficiaryState.PENDING)


async def test_one_address_is_in_the_book_once_however_it_is_written(desk: Desk) -> None:
    alice, bob = desk.member("alice"), desk.member("bob")
    entry = await desk.pending(alice)
    for written in (LTC_ADDRESSES[0], LTC_ADDRESSES[0].upper(), f" {LTC_ADDRESSES[0]}\n"):
        assert await desk.create(alice, data={"address": written}) == Refused(Refusal.DUPLICATE)
    assert isinstance(await desk.create(bob), Beneficiary)
    assert await archive_beneficiary(desk.services, alice, entry.id) is None
    assert isinstance(await desk.create(alice), Beneficiary)


async def test_the_book_and_a_days_mails_are_bounded(database_dsn: str) -> None:
    async with running_desk(database_dsn, beneficiaries_max=2, pins_a_day=3) as desk:
        alice = desk.member("alice")
        first, _ = [await desk.pending(alice, data={"address": address}) for address in LTC_ADDRESSES[:2]]
        third = {"data": {"address": LTC_ADDRESSES[2]}}
        assert await desk.create(alice, **third) == Refused(Refusal.TOO_MANY)
        assert await archive_beneficiary(desk.services, alice, first.id) is None
        entry = await desk.pending(alice, **third)
        assert await archive_beneficiary(desk.services, alice, entry.id) is None
        assert await desk.create(alice, **third) == Refused(Refusal.TOO_MANY_PINS)


async def test_what_is_announced_has_no_pin_and_only_the_ends_of_an_account(desk: Desk) -> None:
    alice = desk.member("alice")
    entry = await desk.beneficiary(alice, currency="usd", data=FIAT)
    events = [event for event in await desk.events("") if event[0] not in SECRET_EVENTS]
    assert [(name, record["state"]) for name, record, _ in events] == [
        ("model.beneficiary.created", "pending"),
        ("model.beneficiary.updated", "active"),
    ]
    record, changes = events[-1][1:]
    assert (record["id"], record["data"]) == (entry.id, {"account_number": "DE****************3000"})
    assert record["user"] == {"uid": alice.uid, "email": f"{alice.uid}@example.com"}
    assert changes is not None
    assert changes["state"] == "pending"
    told = [record for name, record, _ in await desk.events("") if name in SECRET_EVENTS]
    assert [record["receiver"] for record in told] == ["DE****************3000"]


async def test_at_rest_neither_address_nor_pin_can_be_read(desk: Desk) -> None:
    alice = desk.member("alice")
    entry = await desk.pending(alice, currency="usd", data=FIAT)
    pin = await desk.pin(entry.id)
    async with desk.services.database.connect() as connection:
        query = "SELECT row_to_json(b)::text || row_to_json(p)::text FROM beneficiaries b, beneficiary_pins p"
        (kept,) = (await connection.execute(text(query))).one()
        sealed, hashed = (
            await connection.execute(text("SELECT data_sealed, pin_hash FROM beneficiaries, beneficiary_pins"))
        ).one()
    for secret in ("Example", "DE89", f'"{pin}"'):
        assert secret not in kept
    assert b"Example" not in bytes(sealed)
    assert pin.encode() not in bytes(hashed)


async def test_the_rotation_of_keys_goes_through_the_address_book(database_dsn: str) -> None:
    keys = {1: secrets.token_bytes(KEY_BYTES)}
    ring = KeyRing(lambda: keys)
    async with running_desk(database_dsn) as desk:
        object.__setattr__(desk.services.withdrawing, "sealer", ring)
        alice = desk.member("alice")
        entry = await desk.pending(alice)
        keys[2] = secrets.token_bytes(KEY_BYTES)
        # As another process would have it after the rotation.
        newer = KeyRing(lambda: keys)
        object.__setattr__(desk.services.withdrawing, "sealer", newer)
        database = desk.services.database
        assert (await count_keys(database, ALL_SEALED_COLUMNS))["beneficiaries.data_sealed"] == {1: 1}
        assert await desk.create(alice) == Refused(Refusal.DUPLICATE)
        result = await reseal(database, newer, lambda _done, _total: None, ALL_SEALED_COLUMNS)
        assert (result.done, result.broken) == (1, [])
        assert (await count_keys(database, ALL_SEALED_COLUMNS))["beneficiaries.data_sealed"] == {2: 1}
        async with database.connect() as connection:
            assert await find(connection, KeyRing(lambda: {2: keys[2]}), entry.id) == entry
        assert await desk.create(alice) == Refused(Refusal.DUPLICATE)


async def test_the_allow_list_asks_for_a_factor_and_turning_it_off_cools_off(desk: Desk) -> None:
    alice = desk.member("alice")
    wrong = Proofs(Proved(ProofRefusal.INVALID))
    assert await change_allow_list(desk.services, alice, wrong, enabled=True) == wrong.answer
    proofs = Proofs()
    assert await change_allow_list(desk.services, alice, proofs, enabled=True) is not None
    assert proofs.asked == [allow_list_hash(enabled=True)]
    entry = await desk.pending(alice)
    pin = await desk.pin(entry.id)
    assert await activated(desk, alice, entry, pin, wrong) == wrong.answer
    active = await activated(desk, alice, entry, pin, proofs)
    assert proofs.asked[-1] == activation_hash(entry.id)
    assert (active.usable_from - desk.now).total_seconds() == pytest.approx(24 * 3600)
    assert not desk.members.cooled
    await change_allow_list(desk.services, alice, proofs, enabled=False)
    assert desk.members.cooled == [alice.uid]
