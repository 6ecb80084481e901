"""Labels, staff's decisions, and what follows: level, state, sessions, keys, and what the engine is told."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy import select

from pyxiu.core.codec import decode_command
from pyxiu.core.commands import PutMember
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from pyxiu.identity.accounts.change_user import change_user, decide_state
from pyxiu.identity.accounts.confirm_email import UTILIZED_TOKEN
from pyxiu.identity.accounts.reset_password import NewPassword, reset_password
from pyxiu.identity.accounts.store import lock_user, withdraw_from
from pyxiu.identity.labels.change_labels import remove_label, set_label
from pyxiu.identity.labels.model import Label, LabelScope
from pyxiu.identity.labels.own_labels import (
    EXISTS,
    INVALID_KEY,
    INVALID_VALUE,
    PRIVATE,
    TOO_MANY,
    UNKNOWN,
    add_own_label,
    change_own_label,
    own_label,
    own_labels,
    remove_own_label,
)
from pyxiu.identity.model import User, UserState
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.tables.accounts import identity_commands
from pyxiu.identity.tables.factors import api_keys
from pyxiu.identity.tell_engine import tell_engine
from pyxiu.identity.worker import IdentityWorker
from pyxiu.kit.errors import TransientError
from pyxiu.storage.outbox import outbox
from tests.support.api import in_background
from tests.support.identity import (
    CLIENT,
    PASSWORD,
    a_user,
    as_staff,
    identity_settings,
    reset_token,
    running_identity,
    signed_up,
)


@pytest.fixture
async def services(database_dsn: str) -> AsyncIterator[IdentityServices]:
    async with running_identity(database_dsn, settings=identity_settings(labels_max=3)) as running:
        yield running


class RecordingEngine:
    """Takes commands, refuses or fails as it is told."""

    def __init__(self) -> None:
        self.members: list[PutMember] = []
        self.failures = 0
        self.rejection = Rejection.NONE
        self.called = asyncio.Event()

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]:
        if self.failures:
            self.failures -= 1
            raise TransientError("no engine leads at the moment")
        decoded = [decode_command(command) for command in commands]
        self.members += [command for command in decoded if isinstance(command, PutMember)]
        self.called.set()
        return [Outcome(seq=1, rejection=self.rejection) for _ in commands]


async def labelled(services: IdentityServices, user: User, key: str, value: str = "verified") -> User:
    async with services.database.begin() as connection:
        return await set_label(connection, services, user.id, key, value)


async def unlabelled(services: IdentityServices, user: User, key: str) -> User | None:
    async with services.database.begin() as connection:
        return await remove_label(connection, services, user.id, key)


async def decided(services: IdentityServices, user: User, state: UserState) -> User:
    async with services.database.begin() as connection:
        await as_staff(connection)
        return await decide_state(connection, services, user, state)


async def names_of_events(services: IdentityServices, user: User) -> list[str]:
    async with services.database.connect() as connection:
        query = select(outbox.c.event).where(outbox.c.aggregate == f"user:{user.uid}").order_by(outbox.c.id)
        return list((await connection.execute(query)).scalars())


async def test_private_labels_lead_from_level_to_level_and_back(services: IdentityServices) -> None:
    user = (await signed_up(services)).user
    user = await labelled(services, user, "email")
    assert (user.level, user.state) == (1, UserState.ACTIVE)
    user = await labelled(services, user, "document")
    assert user.level == 1
    user = await labelled(services, user, "phone")
    assert user.level == 3
    changed = await unlabelled(services, user, "phone")
    assert changed is not None
    assert changed.level == 1
    assert await unlabelled(services, user, "phone") is None


async def test_a_ban_by_staff_outlasts_every_change_of_labels(services: IdentityServices) -> None:
    user = await a_user(services)
    assert (await decided(services, user, UserState.BANNED)).state is UserState.BANNED
    for key in ("phone", "document", "email"):
        assert (await labelled(services, user, key)).state is UserState.BANNED
    await labelled(services, user, "lock", "by_support")
    after = await unlabelled(services, user, "lock")
    assert after is not None
    assert after.state is UserState.BANNED
    assert (await decided(services, user, UserState.ACTIVE)).state is UserState.ACTIVE


async def test_staff_is_not_told_that_somebody_is_active_whom_a_label_keeps_out(services: IdentityServices) -> None:
    user = await labelled(services, await a_user(services), "fraud", "chargeback")
    assert user.state is UserState.BANNED
    assert (await decided(services, user, UserState.ACTIVE)).state is UserState.BANNED


async def test_labels_set_at_the_same_time_are_all_counted(services: IdentityServices) -> None:
    user = (await signed_up(services)).user
    await asyncio.gather(*(labelled(services, user, key) for key in ("email", "phone", "document")))
    async with services.database.begin() as connection:
        assert (await lock_user(connection, user.id)).level == 3


async def test_who_is_not_active_any_more_has_no_key_that_works(services: IdentityServices) -> None:
    user = await a_user(services)
    async with services.database.begin() as connection:
        row = {"kid": "0123456789abcdef", "user_id": user.id, "algorithm": "HS256", "secret_sealed": b"x"}
        values = {**row, "scopes": ["read"], "label": "", "networks": [], "state": "active", "legacy_signature": True}
        await connection.execute(api_keys.insert().values(values))
    await labelled(services, user, "suspicious", "rule-7")
    async with services.database.connect() as connection:
        assert (await connection.execute(select(api_keys.c.state))).scalar_one() == "inactive"


async def test_changes_are_announced_with_the_old_values_and_no_change_is_not(services: IdentityServices) -> None:
    user = await a_user(services)
    async with services.database.begin() as connection:
        await change_user(connection, services, user, fee_group="vip-3", language=user.language)
        await change_user(connection, services, user, fee_group="vip-3")
        query = select(outbox.c.changes).where(outbox.c.event == "model.user.updated").order_by(outbox.c.id.desc())
        assert (await connection.execute(query)).scalars().first() == {"fee_group": "vip-0"}
    events = await names_of_events(services, user)
    assert events.count("model.user.updated") == 2
    assert "model.label.created" in events


async def test_a_new_address_makes_links_to_the_old_one_void_and_lets_withdrawals_wait(
    services: IdentityServices,
) -> None:
    user = await a_user(services)
    token = await reset_token(services, user.email)
    async with services.database.begin() as connection:
        await change_user(connection, services, user, email="new@example.com")
        assert await withdraw_from(connection, user.id) is not None
    assert await reset_password(services, NewPassword(token, PASSWORD, PASSWORD), CLIENT) is UTILIZED_TOKEN


async def test_t70_members_write_public_labels_only_and_those_change_nothing(services: IdentityServices) -> None:
    user = await a_user(services, level=1)
    assert await change_own_label(services, user.id, "email", "other") is PRIVATE
    assert await remove_own_label(services, user.id, "email") is PRIVATE
    for key in ("document", "phone", "ban"):
        await add_own_label(services, user.id, key, "verified")
    async with services.database.begin() as connection:
        after = await lock_user(connection, user.id)
    assert (after.level, after.state) == (1, UserState.ACTIVE)
    assert await add_own_label(services, user.id, "one-more", "note") is TOO_MANY
    shown = await own_label(services, user.id, "email")
    assert shown is not None
    assert shown.scope is LabelScope.PRIVATE


async def test_a_member_keeps_notes_as_public_labels(services: IdentityServices) -> None:
    user = (await signed_up(services)).user
    made = await add_own_label(services, user.id, "Colour", "Dark_Blue")
    assert isinstance(made, Label)
    assert await add_own_label(services, user.id, "colour", "red") is EXISTS
    assert await add_own_label(services, user.id, "a b", "red") is INVALID_KEY
    assert await add_own_label(services, user.id, "shape", "<b>") is INVALID_VALUE
    assert await change_own_label(services, user.id, "shape", "round") is UNKNOWN
    await change_own_label(services, user.id, "colour", "green")
    assert [(label.key, label.value) for label in await own_labels(services, user.id)] == [("colour", "green")]
    assert await remove_own_label(services, user.id, "colour") is None
    assert await remove_own_label(services, user.id, "colour") is UNKNOWN


async def test_the_engine_is_told_of_members_in_the_order_of_their_changes_and_once(services: IdentityServices) -> None:
    engine = RecordingEngine()
    user = await a_user(services)
    async with services.database.begin() as connection:
        await change_user(connection, services, user, fee_group="vip-1")
    await decided(services, user, UserState.BANNED)
    delivery = await tell_engine(services.database, engine)
    assert [(member.group, member.enabled) for member in engine.members] == [
        ("vip-0", True),
        ("vip-1", True),
        ("vip-1", False),
    ]
    assert delivery.applied == 3
    assert (await tell_engine(services.database, engine)).applied == 0


async def test_a_change_that_the_engine_need_not_know_is_not_sent(services: IdentityServices) -> None:
    engine = RecordingEngine()
    user = (await signed_up(services)).user
    await labelled(services, user, "email")
    async with services.database.begin() as connection:
        await change_user(connection, services, user, language="ru")
    await tell_engine(services.database, engine)
    assert len(engine.members) == 1


async def test_what_the_engine_refuses_stays_with_its_reason_and_does_not_hold_up_the_rest(
    services: IdentityServices,
) -> None:
    engine = RecordingEngine()
    engine.rejection = Rejection.FIELD_INVALID
    first = (await signed_up(services)).user
    assert (await tell_engine(services.database, engine)).rejected[0].startswith(first.uid)
    engine.rejection = Rejection.NONE
    await signed_up(services)
    assert (await tell_engine(services.database, engine)).applied == 1
    async with services.database.connect() as connection:
        rows = (await connection.execute(select(identity_commands.c.subject, identity_commands.c.rejection))).all()
    assert [row.subject for row in rows] == [first.uid]
    assert "FIELD_INVALID" in rows[0].rejection


async def test_the_worker_tells_the_engine_promptly_and_again_until_it_answers(
    services: IdentityServices, database_dsn: str
) -> None:
    engine = RecordingEngine()
    before = (await signed_up(services)).user
    worker = IdentityWorker(database_dsn, services, engine)
    async with in_background(worker.run()), asyncio.timeout(10):
        await engine.called.wait()
        engine.called.clear()
        engine.failures = 2
        after = (await signed_up(services)).user
        await engine.called.wait()
    assert {member.member for member in engine.members} == {before.uid, after.uid}
