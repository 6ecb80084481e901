"""The control socket: framed commands in, outcomes out, for one user of this machine."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from pyxiu.app.control import connect_control, serve_control, socket_path
from pyxiu.core.commands import PutMember
from pyxiu.core.types import MemberId
from pyxiu.engine.errors import EngineStoppedError, OverloadedError
from pyxiu.transport.frames import FRAME_BYTES_MAX
from tests.support.postgres import home_folder
from tests.support.served_engine import ServedStandIn


@pytest.fixture
def home() -> Iterator[Path]:
    with home_folder() as folder:
        yield folder


async def test_commands_travel_and_their_outcomes_come_back(home: Path) -> None:
    engine = ServedStandIn()
    async with serve_control(home, engine), connect_control(home) as remote:
        outcomes = await remote.submit_many([b"a", b"bb"])
        assert [outcome.seq for outcome in outcomes] == [1, 2]
        assert remote.status() == engine.status()
        assert await remote.submit_many([]) == []
        assert (await remote.submit(PutMember(MemberId("m")))).seq > 0


async def test_commands_of_one_turn_travel_in_one_frame_and_in_order(home: Path) -> None:
    engine = ServedStandIn()
    async with serve_control(home, engine), connect_control(home) as remote:
        futures = [remote.submit_nowait(b"x" * length) for length in (1, 2, 3)]
        assert [(await future).seq for future in futures] == [1, 2, 3]
    assert engine.frames == [[b"x", b"xx", b"xxx"]]


async def test_overload_is_told_with_the_time_to_wait(home: Path) -> None:
    engine = ServedStandIn()
    engine.error = OverloadedError(0.25)
    async with serve_control(home, engine), connect_control(home) as remote:
        with pytest.raises(OverloadedError) as raised:
            await remote.submit_many([b"a"])
        assert raised.value.retry_after_s == 0.25
        with pytest.raises(OverloadedError):
            await remote.submit_nowait(b"a")


async def test_a_stopped_engine_is_told_apart(home: Path) -> None:
    engine = ServedStandIn()
    engine.error = EngineStoppedError("the engine is stopping")
    async with serve_control(home, engine), connect_control(home) as remote:
        with pytest.raises(EngineStoppedError, match="the engine is stopping"):
            await remote.submit_many([b"a"])


async def test_what_is_under_way_when_the_engine_goes_is_not_known(home: Path) -> None:
    engine = ServedStandIn()
    engine.hold = asyncio.Event()
    async with AsyncExitStack() as client:
        async with serve_control(home, engine):
            remote = await client.enter_async_context(connect_control(home))
            under_way = asyncio.ensure_future(remote.submit_many([b"a"]))
            while not engine.frames:  # noqa: ASYNC110 - the fake sets no event
                await asyncio.sleep(0)
        with pytest.raises(EngineStoppedError, match="what was under way is not known"):
            await under_way
        with pytest.raises(EngineStoppedError, match="it takes no commands"):
            remote.submit_nowait(b"b")
        with pytest.raises(EngineStoppedError):
            await remote.until_lost()


async def test_no_engine_on_a_home_is_said(home: Path) -> None:
    with pytest.raises(EngineStoppedError, match="no engine runs on"):
        async with connect_control(home):
            pass


async def test_a_socket_left_by_a_dead_process_is_replaced(home: Path) -> None:
    socket_path(home).touch()
    engine = ServedStandIn()
    async with serve_control(home, engine), connect_control(home) as remote:
        assert await remote.submit_many([b"a"])
    assert not socket_path(home).exists()


async def test_the_socket_is_for_its_owner_only(home: Path) -> None:
    async with serve_control(home, ServedStandIn()):
        assert socket_path(home).stat().st_mode & 0o777 == 0o600


async def test_nonsense_ends_the_connection_and_nothing_else(home: Path) -> None:
    async with serve_control(home, ServedStandIn()), connect_control(home) as remote:
        for nonsense in (b"\x00\x00\x00\x01\xc1", (FRAME_BYTES_MAX + 1).to_bytes(4, "big"), b"\x00\x00"):
            reader, writer = await asyncio.open_unix_connection(socket_path(home))
            writer.write(nonsense)
            writer.write_eof()
            assert await reader.read() == b""
            writer.close()
        assert await remote.submit_many([b"a"])


def test_a_home_with_a_long_path_has_its_socket_elsewhere() -> None:
    home = Path("/" + "x" * 200)
    assert len(str(socket_path(home))) < 100
    assert socket_path(home) != socket_path(Path("/" + "y" * 200))
