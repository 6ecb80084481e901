"""A family of processes: which there are, what they print, and how two parents stay out of each other's way."""

import asyncio
import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from pyxiu.api.audience import Audience
from pyxiu.app.context import Context
from pyxiu.app.plugin_settings import PluginChoice
from pyxiu.app.relay_settings import RelayChoice
from pyxiu.app.settings import Settings
from pyxiu.app.settings_error import SettingsError
from pyxiu.app.split.child import Child
from pyxiu.app.split.compose import Split, services_of, split_settings
from pyxiu.app.split.family_lock import family_lock
from pyxiu.app.split.output import labelled
from pyxiu.cli.up import up
from pyxiu.kit.errors import PermanentError


def test_lines_say_whose_they_are_and_json_stays_json() -> None:
    assert labelled("api-1", "error: no such thing") == "api-1       | error: no such thing"
    assert json.loads(labelled("api-1", '{"event": "x", "n": 1}')) == {"service": "api-1", "event": "x", "n": 1}
    assert labelled("api-1", "") == "api-1       | "


ONE = Split(gateways=1, stream_port=8001)


def test_a_service_with_nothing_to_do_is_not_started(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert not {"relay", "watcher", "signer"} & set(services_of(settings, ONE))
    with_broker = msgspec.structs.replace(settings, relay=RelayChoice(rabbitmq_url="amqp://localhost/"))
    assert "relay" in services_of(with_broker, ONE)
    with_plugin = msgspec.structs.replace(settings, plugins=PluginChoice(sinks=("queue",)))
    assert "relay" in services_of(with_plugin, ONE), "sinks of plugins too"


def test_the_engine_of_a_family_is_on_a_socket_of_the_home(tmp_path: Path) -> None:
    settings = split_settings(Settings(home=tmp_path), ONE)
    assert settings.engines[0].startswith("unix:/")
    with pytest.raises(PermanentError, match="PYXIU_ENGINES"):
        split_settings(Settings(home=tmp_path, engines=("127.0.0.1:1",)), ONE)


def test_staff_has_a_process_of_its_own_where_it_has_a_port_and_the_api_is_then_for_the_public(tmp_path: Path) -> None:
    plain = split_settings(Settings(home=tmp_path), ONE)
    assert plain.access.audience is Audience.EVERYONE
    assert "admin" not in services_of(plain, ONE)
    apart = msgspec.structs.replace(ONE, admin_port=8002)
    settings = split_settings(Settings(home=tmp_path), apart)
    assert settings.access.audience is Audience.PUBLIC
    assert "admin" in services_of(settings, apart)


def test_flags_of_a_family_need_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--split"):
        up(gateways=2, home=tmp_path)
    with pytest.raises(SettingsError, match="--admin-port go with --split"):
        up(admin_port=8002, home=tmp_path)


async def test_a_second_family_on_a_home_is_told_so(tmp_path: Path) -> None:
    context = Context(Settings(home=tmp_path))
    async with family_lock(context):
        with pytest.raises(PermanentError, match=f"process {os.getpid()}"):
            async with family_lock(Context(Settings(home=tmp_path))):
                pass
    async with family_lock(context):
        pass


async def test_a_parent_waits_for_the_children_of_one_that_was_killed(tmp_path: Path) -> None:
    """The lock is theirs as much as their parent's, and free when the last of them is gone."""
    gone = subprocess.Popen([sys.executable, "-c", ""])  # noqa: ASYNC220 - it ends at once
    gone.wait()
    lock = (tmp_path / "family.lock").open("w+")
    lock.write(str(gone.pid))
    lock.flush()
    fcntl.flock(lock, fcntl.LOCK_EX)
    child = subprocess.Popen(["sleep", "600"], pass_fds=(lock.fileno(),))  # noqa: ASYNC220 - only started
    lock.close()
    entered = asyncio.Event()

    async def next_parent() -> None:
        async with family_lock(Context(Settings(home=tmp_path))):
            entered.set()

    waiting = asyncio.create_task(next_parent())
    try:
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done, "the child still holds it"
    finally:
        child.kill()
        child.wait()
    async with asyncio.timeout(10):
        await waiting
    assert entered.is_set()


async def test_a_child_whose_settings_are_wrong_is_told_at_once() -> None:
    child = Child("odd", ["run", "mailer"], os.environ | {"PYXIU_PORT": "many"})
    try:
        with pytest.raises(PermanentError, match="odd ended with 2 before"):
            await child.start()
    finally:
        await child.stop()
