"""Services as forks of a process that has imported everything: they are what they would be by themselves."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest

from pyxiu import __version__
from pyxiu.app.split import child
from pyxiu.app.split.forks import Forks, fork_server
from pyxiu.kit.errors import PermanentError


@pytest.fixture
async def forks() -> AsyncIterator[Forks]:
    async with fork_server() as made:
        if made is None:
            pytest.skip("NOT TESTED: there are no pidfds here")
        yield made


async def ran(forks: Forks, *argv: str, **environment: str) -> tuple[int, str]:
    """Status and output."""
    fork = await forks.start(argv, {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **environment})
    assert fork is not None
    text = (await fork.stdout.read()).decode()
    return await fork.wait(), text


async def test_a_fork_has_arguments_environment_output_and_status_of_its_own(forks: Forks) -> None:
    status, text = await ran(forks, "version")
    assert (status, text.startswith(f"pyxiu {__version__}, ")) == (0, True)
    status, text = await ran(forks, "config", PYXIU_PORT="many")
    assert (status, "PYXIU_PORT" in text) == (2, True)
    both = await asyncio.gather(*(ran(forks, "config", PYXIU_PORT=str(port)) for port in (8123, 8124)))
    assert [(status, str(8123 + place) in text) for place, (status, text) in enumerate(both)] == [(0, True)] * 2


async def test_a_fork_knows_nothing_of_what_others_were_told(forks: Forks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYXIU_PORT", "8125")
    assert (await ran(forks, "config", PYXIU_EXCHANGE_NAME="First"))[0] == 0
    status, text = await ran(forks, "config")
    assert (status, "8125" in text, "First" in text) == (0, False, False)


async def test_a_failpoint_is_armed_in_the_fork_that_it_is_for(forks: Forks) -> None:
    status, text = await ran(forks, "config", PYXIU_FAILPOINTS="no_such_place=exit")
    assert (status != 0, "no_such_place" in text) == (True, True)
    assert (await ran(forks, "version"))[0] == 0


async def test_a_fork_server_that_was_killed_is_replaced_and_nobody_waits_for_it(forks: Forks) -> None:
    keeping = asyncio.create_task(forks.keep())
    killed = forks.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert await forks.start(["version"], {}) is None, "who asks now starts by themselves"
    async with asyncio.timeout(30):
        while forks.pid == killed:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
    assert (await ran(forks, "version"))[0] == 0
    keeping.cancel()


async def test_a_service_that_does_not_start_is_tried_again_and_told_with_its_status(
    forks: Forks, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(child, "PAUSE_FIRST_S", 0.01)
    odd = child.Child("odd", ["run", "mailer"], os.environ | {"PYXIU_HOME": os.devnull}, forks=forks)
    try:
        with pytest.raises(PermanentError, match="odd ended with 1 before it was ready"):
            await odd.start()
    finally:
        await odd.stop()
    assert capfd.readouterr().err.count("FileExistsError") == child.STARTS_MAX
