"""Sessions: to whom they belong, when they end, and that an end is an end."""

import asyncio
import datetime
from collections.abc import AsyncIterator
from functools import partial

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts.change_user import change_user, decide_state
from pyxiu.identity.changes import Change, Changed, ChangeFollower
from pyxiu.identity.model import Client, User, UserState
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions import store
from pyxiu.identity.sessions.close_sessions import close_all_sessions, close_sessions_of
from pyxiu.identity.sessions.complete_login import complete_login
from pyxiu.identity.sessions.devices import devices_of, revoke_device, revoke_other_devices
from pyxiu.identity.sessions.find_session import TOUCH_S, find_session, same_network
from pyxiu.identity.sessions.log_out import log_out
from pyxiu.identity.sessions.model import OpenedSession, SessionOwner, SessionRefusal, new_token, token_hash
from pyxiu.identity.sessions.open_session import open_session
from pyxiu.kit.clock import ManualClock, now_of
from tests.support.api import in_background
from tests.support.identity import CLIENT, a_user, as_staff, identity_settings, running_identity

MINUTE_NS = 60 * 10**9


class World:
    """A user, and sessions on a clock that a test moves."""

    def __init__(self, services: IdentityServices, clock: ManualClock, user: User) -> None:
        self.services = services
        self.clock = clock
        self.user = user

    async def opened(self, client: Client = CLIENT) -> OpenedSession:
        async with self.services.database.begin() as connection:
            return await open_session(connection, self.services, self.user, client, factor="password")

    async def found(self, opened: OpenedSession, client: Client = CLIENT) -> SessionOwner | SessionRefusal:
        async with self.services.database.begin() as connection:
            return await find_session(connection, self.services, token_hash(opened.token), client)

    async def is_open(self, opened: OpenedSession) -> bool:
        return isinstance(await self.found(opened), SessionOwner)


@pytest.fixture
async def world(database_dsn: str) -> AsyncIterator[World]:
    clock = ManualClock(1_800_000_000 * 10**9)
    async with running_identity(database_dsn, settings=identity_settings(sessions_max=3), clock=clock) as services:
        yield World(services, clock, await a_user(services))


async def test_a_session_is_found_by_its_token_from_its_browser(world: World) -> None:
    opened = await world.opened()
    found = await world.found(opened)
    assert isinstance(found, SessionOwner)
    assert (found.user.uid, found.session_id, found.csrf_token) == (
        world.user.uid,
        opened.session_id,
        opened.csrf_token,
    )
    assert len(opened.csrf_token) >= 20
    async with world.services.database.begin() as connection:
        for guess in ("", opened.token[:-1], opened.csrf_token, str(opened.session_id)):
            assert await find_session(connection, world.services, token_hash(guess), CLIENT) is SessionRefusal.INVALID


@pytest.mark.parametrize(
    "thief",
    [
        Client(CLIENT.ip, "curl/8", CLIENT.country),
        Client("198.51.100.1", CLIENT.user_agent, CLIENT.country),
        Client("2001:db8::1", CLIENT.user_agent, CLIENT.country),
    ],
)
async def test_t67_a_stolen_cookie_used_from_elsewhere_ends_the_session_for_everybody(
    world: World, thief: Client
) -> None:
    opened = await world.opened()
    assert await world.found(opened, thief) is SessionRefusal.MISMATCH
    assert await world.found(opened) is SessionRefusal.INVALID


async def test_an_address_nearby_is_the_same_place(world: World) -> None:
    opened = await world.opened()
    assert isinstance(await world.found(opened, Client("203.0.250.1", CLIENT.user_agent)), SessionOwner)


def test_networks_are_compared_by_their_leading_bits() -> None:
    same = partial(same_network, ipv4_bits=16, ipv6_bits=48)
    assert same("10.1.2.3", "10.1.200.3")
    assert not same("10.1.2.3", "10.2.2.3")
    assert same("2001:db8:1::1", "2001:db8:1:ffff::2")
    assert not same("2001:db8:1::1", "2001:db8:2::1")
    assert not same("10.1.2.3", "2001:db8::1")
    assert same_network("10.1.2.3", "2001:db8::1", ipv4_bits=0, ipv6_bits=0)
    assert same("unknown", "unknown")
    assert not same("unknown", "10.1.2.3")


async def test_a_session_ends_when_it_is_not_used(world: World) -> None:
    opened = await world.opened()
    world.clock.advance(29 * MINUTE_NS)
    assert await world.is_open(opened)
    world.clock.advance(29 * MINUTE_NS)
    assert await world.is_open(opened), "each use moves the end"
    world.clock.advance(30 * MINUTE_NS)
    assert not await world.is_open(opened)


async def test_a_session_ends_after_a_day_however_much_it_is_used(world: World) -> None:
    opened = await world.opened()
    for _ in range(24 * 60 // 20 - 1):
        world.clock.advance(20 * MINUTE_NS)
        assert await world.is_open(opened)
    world.clock.advance(20 * MINUTE_NS)
    assert not await world.is_open(opened)


async def test_the_use_of_a_session_is_written_at_most_once_a_minute(world: World) -> None:
    opened = await world.opened()
    writes: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("SELECT"):
            writes.append(statement)

    event.listen(world.services.database.sync_engine, "before_cursor_execute", note)
    for _ in range(TOUCH_S * 3):
        world.clock.advance(10**9)
        assert await world.is_open(opened)
    event.remove(world.services.database.sync_engine, "before_cursor_execute", note)
    assert len(writes) == 3


async def test_t67_a_log_in_gives_a_new_token_and_ends_the_session_that_the_browser_had(world: World) -> None:
    planted = await world.opened()
    async with world.services.database.begin() as connection:
        opened = await complete_login(
            connection, world.services, world.user, CLIENT, factor="password", previous_token=planted.token
        )
    assert isinstance(opened, OpenedSession)
    assert opened.token != planted.token
    assert not await world.is_open(planted)
    assert await world.is_open(opened)


async def test_t67_after_the_log_out_a_token_opens_nothing(world: World) -> None:
    opened, other = await world.opened(), await world.opened()
    assert await log_out(world.services, opened.token, CLIENT)
    assert await world.found(opened) is SessionRefusal.INVALID
    assert not await log_out(world.services, opened.token, CLIENT)
    assert not await log_out(world.services, "guess", CLIENT)
    assert await world.is_open(other)


async def test_t67_more_log_ins_than_allowed_end_the_oldest_session(world: World) -> None:
    opened = [await world.opened() for _ in range(4)]
    assert [await world.is_open(one) for one in opened] == [False, True, True, True]


async def test_t67_the_limit_of_sessions_holds_when_many_log_in_at_once(world: World) -> None:
    await asyncio.gather(*(world.opened() for _ in range(8)))
    assert len(await devices_of(world.services, world.user.id)) == 3


async def test_a_member_sees_the_own_sessions_and_throws_others_out(world: World) -> None:
    stranger = await a_user(world.services)
    phone, desktop = await world.opened(Client("203.0.113.9", "Phone/1", "DE")), await world.opened()
    devices = {device.id: device for device in await devices_of(world.services, world.user.id)}
    assert devices[phone.session_id].user_agent == "Phone/1"
    assert devices[desktop.session_id].factor == "password"
    assert not await revoke_device(world.services, stranger.id, phone.session_id, CLIENT), "somebody else's"
    assert await revoke_device(world.services, world.user.id, phone.session_id, CLIENT)
    assert not await revoke_device(world.services, world.user.id, phone.session_id, CLIENT)
    assert await world.is_open(desktop)
    await world.opened()
    ended = await revoke_other_devices(world.services, world.user.id, CLIENT, except_id=desktop.session_id)
    assert ended >= 1
    assert [device.id for device in await devices_of(world.services, world.user.id)] == [desktop.session_id]


async def test_who_is_banned_is_out_at_once_and_so_is_who_gets_another_role(world: World) -> None:
    opened = await world.opened()
    async with world.services.database.begin() as connection:
        await as_staff(connection)
        await change_user(connection, world.services, world.user, role="support")
    assert not await world.is_open(opened)
    opened = await world.opened()
    async with world.services.database.begin() as connection:
        await as_staff(connection)
        await decide_state(connection, world.services, world.user, UserState.BANNED)
    assert not await world.is_open(opened)


async def test_every_end_is_told_to_all_processes(world: World, database_dsn: str) -> None:
    opened = [await world.opened(), await world.opened()]
    told: asyncio.Queue[Changed] = asyncio.Queue()
    follower = ChangeFollower(database_dsn, name="test")
    follower.subscribe(told.put_nowait)
    async with in_background(follower.run()), asyncio.timeout(10):
        await log_out(world.services, opened[0].token, CLIENT)
        while await told.get() != Changed(Change.SESSION, str(opened[0].session_id)):
            continue
        async with world.services.database.begin() as connection:
            await close_all_sessions(connection, reason="blocklogin")
        while await told.get() != Changed(Change.SESSION, str(opened[1].session_id)):
            continue
    async with world.services.database.connect() as connection:
        assert await store.open_ids(connection, world.user.id) == []


async def test_ending_many_sessions_takes_as_many_statements_as_ending_few(world: World) -> None:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    taken = []
    async with world.services.database.begin() as connection:
        await close_all_sessions(connection, reason="blocklogin")  # the one of the sign-up
    for count in (2, 200):
        async with world.services.database.begin() as connection:
            for _ in range(count):
                await insert_open(connection, world)
        statements.clear()
        event.listen(world.services.database.sync_engine, "before_cursor_execute", note)
        async with world.services.database.begin() as connection:
            assert await close_all_sessions(connection, reason="blocklogin") == count
            assert await close_all_sessions(connection, reason="blocklogin") == 0
        event.remove(world.services.database.sync_engine, "before_cursor_execute", note)
        taken.append(len(statements))
    assert taken == [3, 3]


async def test_all_sessions_of_one_user_end_but_the_one_that_is_kept_and_nobody_elses(world: World) -> None:
    opened = [await world.opened() for _ in range(3)]  # which end the one of the sign-up
    other = World(world.services, world.clock, await a_user(world.services))
    others = await other.opened()
    async with world.services.database.begin() as connection:
        await connection.execute(text("DELETE FROM identity_changes"))
        kept = opened[1].session_id
        assert await close_sessions_of(connection, world.user.id, kept, reason="revoked") == 2
        told = await connection.scalars(text("SELECT subject FROM identity_changes WHERE kind = 'session' ORDER BY id"))
    assert set(told) == {str(opened[0].session_id), str(opened[2].session_id)}
    assert [await world.is_open(session) for session in (*opened, others)] == [False, True, False, True]


async def insert_open(connection: AsyncConnection, world: World) -> None:
    now = now_of(world.clock)
    values = {"user_id": world.user.id, "token_hash": token_hash(new_token()), "csrf_token": "x", "factor": "password"}
    seen = {"ip": CLIENT.ip, "country": "", "user_agent": CLIENT.user_agent, "seen_at": now, "created_at": now}
    await store.insert_session(connection, {**values, **seen, "expires_at": now + datetime.timedelta(days=1)})
