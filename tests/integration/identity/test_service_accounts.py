"""Service accounts: each acts as itself, and is worth no more than its owner."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from pyxiu.core.codec import decode_command
from pyxiu.core.commands import PutMember
from pyxiu.core.types import MemberId
from pyxiu.identity.access.credential_store import KeyRow, UserRow, find_key, find_user
from pyxiu.identity.accounts.change_user import change_user, decide_state
from pyxiu.identity.api_keys.create_service_account import create_service_account
from pyxiu.identity.api_keys.store import service_accounts_of
from pyxiu.identity.labels.change_labels import remove_label, set_label
from pyxiu.identity.model import User, UserState
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.tables.access import identity_changes
from pyxiu.identity.tables.accounts import identity_commands, users
from pyxiu.identity.tables.factors import service_accounts
from tests.support.identity import a_user, as_staff, identity_settings, running_identity
from tests.support.service_accounts import Bot, a_service_account


@pytest.fixture
async def services(database_dsn: str) -> AsyncIterator[IdentityServices]:
    async with running_identity(database_dsn, settings=identity_settings()) as running:
        yield running


async def key(services: IdentityServices, kid: str) -> KeyRow:
    async with services.database.connect() as connection:
        found = await find_key(connection, kid)
    assert found is not None, kid
    return found


async def account(services: IdentityServices, uid: str) -> UserRow:
    async with services.database.connect() as connection:
        found = await find_user(connection, uid)
    assert found is not None, uid
    return found


async def standings(services: IdentityServices, owner: User, bot: Bot) -> set[tuple[int, str]]:
    """Level and state of the account, wherever somebody reads it."""
    of_key, of_token = await key(services, bot.kid), await account(services, bot.uid)
    async with services.database.connect() as connection:
        [listed] = await service_accounts_of(connection, owner.id)
    return {(of_key.level, of_key.state), (of_token.level, of_token.state), (listed.level, listed.state)}


async def decided(services: IdentityServices, owner: User, state: UserState) -> None:
    async with services.database.begin() as connection:
        await as_staff(connection)
        assert (await decide_state(connection, services, owner, state)).state is state


async def told(services: IdentityServices, uid: str) -> list[PutMember]:
    """What the engine is owed about a member."""
    query = select(identity_commands.c.command).where(identity_commands.c.subject == uid)
    async with services.database.connect() as connection:
        commands = (await connection.execute(query.order_by(identity_commands.c.id))).scalars()
    decoded = [decode_command(command) for command in commands]
    return [command for command in decoded if isinstance(command, PutMember)]


async def announcements(services: IdentityServices, uid: str) -> int:
    query = select(identity_changes.c.id).where(identity_changes.c.kind == "user", identity_changes.c.subject == uid)
    async with services.database.connect() as connection:
        return len((await connection.execute(query)).all())


async def test_each_key_acts_as_its_own_service_account(services: IdentityServices) -> None:
    owner = await a_user(services, level=3)
    bots = [await a_service_account(services, owner) for _ in range(3)]
    assert [(await key(services, bot.kid)).uid for bot in bots] == [bot.uid for bot in bots]


async def test_a_service_account_loses_the_levels_that_its_owner_loses(services: IdentityServices) -> None:
    owner = await a_user(services, level=3)
    bot = await a_service_account(services, owner)
    assert await standings(services, owner, bot) == {(3, "active")}
    async with services.database.begin() as connection:
        await remove_label(connection, services, owner.id, "phone")
    assert await standings(services, owner, bot) == {(1, "active")}
    assert await announcements(services, bot.uid) == 1


async def test_a_service_account_has_no_more_than_its_own_level(services: IdentityServices) -> None:
    owner = await a_user(services, level=1)
    bot = await a_service_account(services, owner)
    async with services.database.begin() as connection:
        for name in ("phone", "document"):
            await set_label(connection, services, owner.id, name, "verified")
    assert await standings(services, owner, bot) == {(1, "active")}


@pytest.mark.parametrize("state", [UserState.LOCKED, UserState.BANNED, UserState.DELETED])
async def test_a_service_account_is_kept_out_with_its_owner_and_let_in_again(
    services: IdentityServices, state: UserState
) -> None:
    owner = await a_user(services, level=3)
    bot = await a_service_account(services, owner)
    await decided(services, owner, state)
    assert await standings(services, owner, bot) == {(3, state.value)}
    assert await announcements(services, bot.uid) == 1
    await decided(services, owner, UserState.ACTIVE)
    assert await standings(services, owner, bot) == {(3, "active")}
    member = MemberId(bot.uid)
    assert await told(services, bot.uid) == [
        PutMember(member, enabled=enabled, group=owner.fee_group) for enabled in (True, False, True)
    ]


@pytest.mark.parametrize(
    ("own", "owners", "counts"),
    [
        ("active", "active", "active"),
        ("active", "pending", "pending"),
        ("active", "banned", "banned"),
        ("pending", "active", "pending"),
        ("pending", "pending", "pending"),
        ("pending", "locked", "locked"),
        ("locked", "active", "locked"),
        ("disabled", "active", "disabled"),
        ("disabled", "pending", "disabled"),
        ("banned", "pending", "banned"),
    ],
)
async def test_the_graver_state_of_account_and_owner_counts(
    services: IdentityServices, own: str, owners: str, counts: str
) -> None:
    owner = await a_user(services, level=3)
    bot = await a_service_account(services, owner)
    async with services.database.begin() as connection:
        await as_staff(connection)
        await connection.execute(users.update().where(users.c.id == owner.id).values(state=owners))
        row = service_accounts.update().where(service_accounts.c.uid == bot.uid)
        await connection.execute(row.values(state=own))
    assert await standings(services, owner, bot) == {(3, counts)}


async def test_an_owner_who_comes_back_brings_no_account_back_that_was_disabled(services: IdentityServices) -> None:
    owner = await a_user(services, level=3)
    bot = await a_service_account(services, owner)
    async with services.database.begin() as connection:
        await as_staff(connection)
        row = service_accounts.update().where(service_accounts.c.uid == bot.uid)
        await connection.execute(row.values(state="disabled"))
    await decided(services, owner, UserState.BANNED)
    await decided(services, owner, UserState.ACTIVE)
    assert [command.enabled for command in await told(services, bot.uid)] == [True, False, False]


async def test_a_service_account_pays_its_owners_fees(services: IdentityServices) -> None:
    owner = await a_user(services, level=3)
    bot = await a_service_account(services, owner)
    async with services.database.begin() as connection:
        await as_staff(connection)
        await change_user(connection, services, owner, fee_group="vip-1")
    assert [command.group for command in await told(services, bot.uid)] == [owner.fee_group, "vip-1"]


async def test_what_a_service_account_does_not_share_is_not_told_of_it(services: IdentityServices) -> None:
    owner = await a_user(services, level=3)
    bot = await a_service_account(services, owner)
    async with services.database.begin() as connection:
        await change_user(connection, services, owner, language="de")
    assert (await announcements(services, bot.uid), len(await told(services, bot.uid))) == (0, 1)


async def test_an_account_that_is_made_while_its_owner_is_banned_is_not_enabled(services: IdentityServices) -> None:
    owner = await a_user(services, level=3)

    async def make() -> str:
        async with services.database.begin() as connection:
            await as_staff(connection)
            return (await create_service_account(connection, owner, role="sa_maker")).uid

    async with services.database.begin() as connection:
        await as_staff(connection)
        await decide_state(connection, services, owner, UserState.BANNED)
        making = asyncio.create_task(make())
        await asyncio.sleep(0.2)
    uid = await making
    assert (await account(services, uid)).state == "banned"
    assert [command.enabled for command in await told(services, uid)] == [False]
