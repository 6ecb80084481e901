"""API keys: made and changed with a second factor only, stored without a readable secret, told to everybody."""

import asyncio
import datetime
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from pyxiu.identity.accounts.change_user import decide_state
from pyxiu.identity.api_keys import store
from pyxiu.identity.api_keys.actions import create_action, update_action
from pyxiu.identity.api_keys.create_api_key import create_api_key
from pyxiu.identity.api_keys.create_service_account import create_service_account
from pyxiu.identity.api_keys.delete_api_key import delete_api_key
from pyxiu.identity.api_keys.list_api_keys import KeyPage, list_api_keys
from pyxiu.identity.api_keys.model import ApiKey, IssuedKey, KeyChange, KeySpec, KeyState, Scope, key_purpose
from pyxiu.identity.api_keys.note_key_uses import note_key_uses
from pyxiu.identity.api_keys.signatures import Algorithm
from pyxiu.identity.api_keys.update_api_key import update_api_key
from pyxiu.identity.factors.disable_totp import disable_totp
from pyxiu.identity.factors.model import Caller, FactorProof, Refusal, Refused
from pyxiu.identity.model import UserState
from tests.support.factors import NOTHING, Clocked, clocked_identity
from tests.support.identity import as_staff, identity_settings

HS256 = KeySpec(algorithm=Algorithm.HS256, legacy_signature=True)


@pytest.fixture
async def world(database_dsn: str) -> AsyncIterator[Clocked]:
    async with clocked_identity(database_dsn, settings=identity_settings(api_keys_max=3)) as clocked:
        yield clocked


class Owner:
    """A user with the app, whose next request shows a fresh code."""

    def __init__(self, world: Clocked, caller: Caller, secret: str) -> None:
        self.world, self.caller, self.secret = world, caller, secret

    def proof(self) -> FactorProof:
        self.world.pass_periods()
        return FactorProof(self.world.code(self.secret))

    async def key(self, spec: KeySpec = HS256, **fields: Any) -> IssuedKey:
        issued = await create_api_key(self.world.services, self.caller, spec, self.proof(), **fields)
        assert isinstance(issued, IssuedKey), issued
        return issued

    async def change(self, kid: str, **changes: Any) -> ApiKey | Refused:
        return await update_api_key(self.world.services, self.caller, kid, KeyChange(**changes), self.proof())


@pytest.fixture
async def owner(world: Clocked) -> Owner:
    caller = await world.caller()
    return Owner(world, caller, await world.with_totp(caller))


async def rows(world: Clocked, query: str) -> list[Any]:
    async with world.services.database.connect() as connection:
        return list((await connection.execute(text(query))).all())


async def forget_cool_off(world: Clocked) -> None:
    async with world.services.database.begin() as connection:
        await connection.execute(text("UPDATE users SET withdraw_from = NULL"))


async def test_without_a_second_factor_there_are_no_keys(world: Clocked) -> None:
    caller = await world.caller()
    assert await create_api_key(world.services, caller, HS256, NOTHING) == Refused(Refusal.NO_FACTOR)
    assert await create_api_key(world.services, caller, HS256, FactorProof("123456")) == Refused(Refusal.NO_FACTOR)


async def test_s5_a_key_is_shown_once_stored_sealed_and_starts_the_cool_off(world: Clocked, owner: Owner) -> None:
    refused = await create_api_key(world.services, owner.caller, HS256, NOTHING)
    assert refused == Refused(Refusal.FACTOR_MISSING)
    assert not await world.cools_off(owner.caller)
    issued = await owner.key()
    assert issued.secret is not None
    assert issued.secret not in repr(issued)
    assert issued.key.scopes == (Scope.READ, Scope.TRADE)
    assert await world.cools_off(owner.caller)
    [(sealed,)] = await rows(world, "SELECT secret_sealed FROM api_keys")
    assert world.services.sealer.open(sealed, key_purpose(issued.key.kid)).decode() == issued.secret
    everything = await rows(world, "SELECT record::text FROM outbox UNION ALL SELECT data::text FROM activities")
    assert not any(issued.secret in str(row) for row in everything)
    assert (f"api_key {issued.key.kid}",) in await rows(world, "SELECT kind || ' ' || subject FROM identity_changes")


async def test_of_an_ed25519_key_nothing_secret_is_stored(world: Clocked, owner: Owner) -> None:
    issued = await owner.key(KeySpec(algorithm=Algorithm.ED25519, public_key=bytes(range(32))))
    assert issued.secret is None
    assert await rows(world, "SELECT secret_sealed, public_key FROM api_keys") == [(None, bytes(range(32)))]


async def test_a_change_leaves_what_it_does_not_name(world: Clocked, owner: Owner) -> None:
    spec = KeySpec(
        algorithm=Algorithm.HS256,
        scopes=(Scope.READ, Scope.WITHDRAW),
        label="bot",
        networks=("192.0.2.0/24",),
        expires_at=datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC),
        legacy_signature=True,
    )
    before = (await owner.key(spec)).key
    after = await owner.change(before.kid, state=KeyState.INACTIVE)
    assert isinstance(after, ApiKey)
    changed = {name: getattr(after, name) for name in after.__struct_fields__ if name not in {"state", "updated_at"}}
    assert changed == {name: getattr(before, name) for name in changed}
    cleared = await owner.change(before.kid, networks=(), expires_at=None, label="")
    assert isinstance(cleared, ApiKey)
    assert (cleared.networks, cleared.expires_at, cleared.label) == ((), None, "")
    assert cleared.scopes == spec.scopes


async def test_s5_a_mightier_key_makes_withdrawals_wait_and_a_weaker_one_does_not(world: Clocked, owner: Owner) -> None:
    spec = KeySpec(algorithm=Algorithm.HS256, networks=("192.0.2.0/24",), legacy_signature=True)
    kid = (await owner.key(spec)).key.kid
    year = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
    steps: tuple[tuple[dict[str, Any], bool], ...] = (
        ({"label": "x"}, False),
        ({"scopes": (Scope.READ,)}, False),
        ({"expires_at": year}, False),
        ({"legacy_signature": False}, False),
        ({"scopes": (Scope.READ, Scope.WITHDRAW)}, True),
        ({"networks": ("192.0.2.0/24", "198.51.100.0/24")}, True),
        ({"networks": ("192.0.2.0/24",)}, False),
        ({"networks": ()}, True),
        ({"expires_at": year.replace(year=2031)}, True),
        ({"expires_at": None}, True),
        ({"legacy_signature": True}, True),
        ({"state": KeyState.INACTIVE}, False),
        ({"scopes": (Scope.READ, Scope.TRADE)}, False),
        ({"state": KeyState.ACTIVE}, True),
    )
    for changes, waits in steps:
        await forget_cool_off(world)
        assert isinstance(await owner.change(kid, **changes), ApiKey)
        assert await world.cools_off(owner.caller) is waits, changes


async def test_t65_a_proof_for_a_weak_key_makes_no_mighty_one(world: Clocked) -> None:
    caller = await world.caller()
    device, _ = await world.with_passkey(caller)
    weak = KeySpec(algorithm=Algorithm.HS256, scopes=(Scope.READ,))
    mighty = KeySpec(algorithm=Algorithm.HS256, scopes=(Scope.READ, Scope.WITHDRAW))
    for_weak = await world.assertion(caller, device, create_action(caller.user.uid, weak))
    assert await create_api_key(world.services, caller, mighty, for_weak) == Refused(Refusal.FACTOR_INVALID)
    for_weak = await world.assertion(caller, device, create_action(caller.user.uid, weak))
    issued = await create_api_key(world.services, caller, weak, for_weak)
    assert isinstance(issued, IssuedKey)
    change = KeyChange(scopes=(Scope.WITHDRAW,))
    for_less = update_action(caller.user.uid, issued.key.kid, KeyChange(scopes=(Scope.READ,)))
    proof = await world.assertion(caller, device, for_less)
    refused = await update_api_key(world.services, caller, issued.key.kid, change, proof)
    assert refused == Refused(Refusal.FACTOR_INVALID)


async def test_turning_the_app_off_deactivates_all_keys(world: Clocked, owner: Owner) -> None:
    kids = [(await owner.key()).key.kid for _ in range(2)]
    assert await disable_totp(world.services, owner.caller, owner.proof()) is None
    assert await rows(world, "SELECT DISTINCT state FROM api_keys") == [("inactive",)]
    told = await rows(world, "SELECT subject FROM identity_changes WHERE kind = 'api_key' ORDER BY id DESC LIMIT 2")
    assert {kid for (kid,) in told} == set(kids)


async def test_whoever_is_not_active_gets_no_key_and_revives_none(world: Clocked, owner: Owner) -> None:
    kid = (await owner.key()).key.kid
    async with world.services.database.begin() as connection:
        await as_staff(connection)
        locked = await decide_state(connection, world.services, owner.caller.user, UserState.LOCKED)
    # The session ended with it; whatever still speaks for the user has none.
    owner.caller = owner.caller._replace(user=locked, session_id=None)
    assert await rows(world, "SELECT state FROM api_keys") == [("inactive",)]
    assert await owner.change(kid, state=KeyState.ACTIVE) == Refused(Refusal.HOLDER_NOT_ACTIVE)
    refused = await create_api_key(world.services, owner.caller, HS256, owner.proof())
    assert refused == Refused(Refusal.HOLDER_NOT_ACTIVE)


async def test_the_limit_of_keys_holds_though_many_are_asked_for_at_once(world: Clocked) -> None:
    caller = await world.caller()
    device, _ = await world.with_passkey(caller)
    proofs = [await world.assertion(caller, device, create_action(caller.user.uid, HS256)) for _ in range(5)]
    for proof in proofs[:2]:
        assert isinstance(await create_api_key(world.services, caller, HS256, proof), IssuedKey)
    results = await asyncio.gather(*(create_api_key(world.services, caller, HS256, proof) for proof in proofs[2:]))
    assert sum(isinstance(result, IssuedKey) for result in results) <= 1
    assert await rows(world, "SELECT count(*) <= 3 FROM api_keys") == [(True,)]


async def test_nobody_reaches_another_members_key(world: Clocked, owner: Owner) -> None:
    kid = (await owner.key()).key.kid
    caller = await world.caller()
    other = Owner(world, caller, await world.with_totp(caller))
    assert await other.change(kid, state=KeyState.INACTIVE) == Refused(Refusal.UNKNOWN)
    assert await delete_api_key(world.services, caller, kid, other.proof()) == Refused(Refusal.UNKNOWN)
    assert await list_api_keys(world.services, caller, KeyPage()) == ([], 0)
    assert await delete_api_key(world.services, owner.caller, kid, owner.proof()) is None
    assert await rows(world, "SELECT count(*) FROM api_keys") == [(0,)]


async def test_lists_are_paged_and_ordered(world: Clocked, owner: Owner) -> None:
    kids = [(await owner.key()).key.kid for _ in range(3)]
    listed = await list_api_keys(world.services, owner.caller, KeyPage(limit=2, page=2))
    assert not isinstance(listed, Refused)
    assert ([key.kid for key in listed[0]], listed[1]) == (kids[2:], 3)
    listed = await list_api_keys(world.services, owner.caller, KeyPage(order_by="kid", descending=True))
    assert not isinstance(listed, Refused)
    assert [key.kid for key in listed[0]] == sorted(kids, reverse=True)


async def test_uses_are_noted_and_never_go_back(world: Clocked, owner: Owner) -> None:
    kids = [(await owner.key()).key.kid for _ in range(2)]
    noon = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)
    await note_key_uses(world.services, {})
    await note_key_uses(world.services, dict.fromkeys(kids, noon))
    await note_key_uses(world.services, {kids[0]: noon - datetime.timedelta(hours=1), kids[1]: noon.replace(hour=13)})
    used = await rows(world, "SELECT last_used_at FROM api_keys ORDER BY id")
    assert [moment.hour for (moment,) in used] == [12, 13]


async def test_a_service_accounts_keys_are_its_owners_to_manage(world: Clocked, owner: Owner) -> None:
    async with world.services.database.begin() as connection:
        await as_staff(connection)
        account = await create_service_account(connection, owner.caller.user, role="sa_maker")
    name, _, domain = owner.caller.user.email.partition("@")
    assert account.email == f"{name}+{account.uid}@{domain}".lower()
    assert (account.level, account.state) == (owner.caller.user.level, owner.caller.user.state)
    issued = await owner.key(service_account_uid=account.uid)
    assert issued.key.service_account_id == account.id
    listed = await list_api_keys(world.services, owner.caller, KeyPage(), service_account_uid=account.uid)
    assert not isinstance(listed, Refused)
    assert [key.kid for key in listed[0]] == [issued.key.kid]
    assert await list_api_keys(world.services, owner.caller, KeyPage()) == ([], 0)
    stranger = await world.caller()
    refused = await list_api_keys(world.services, stranger, KeyPage(), service_account_uid=account.uid)
    assert refused == Refused(Refusal.UNKNOWN)
    async with world.services.database.connect() as connection:
        assert await store.service_accounts_of(connection, owner.caller.user.id) == [account]
    assert (account.uid,) in await rows(world, "SELECT subject FROM identity_commands")
