"""What a command needs for a moment: the database, or the engine of this home wherever it runs.

Invariant: a command that writes goes through the engine that leads; if one runs on this home it is asked over its
control socket, otherwise this process leads for as long as the command takes. Limit: an engine on another machine is
not reached from here; its leadership is noticed, and named.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pyxiu.app.context import Context, RecoveryProgress
from pyxiu.app.control import socket_path
from pyxiu.app.control_client import connect_control
from pyxiu.app.lifecycle import started
from pyxiu.app.modules import MODULES
from pyxiu.app.settings import Settings
from pyxiu.engine.errors import EngineStoppedError


def _no_progress(_seq: int, _end: int) -> None:
    """Nobody watches."""


@asynccontextmanager
async def database_session(settings: Settings, *, migrate: bool = False) -> AsyncIterator[Context]:
    """The database: the one that runs on this home or is given, or one started for the length of the block."""
    context = Context(settings, migrate=migrate, share_database=True)
    async with started([MODULES["database"]], context):
        yield context


@asynccontextmanager
async def engine_session(settings: Settings, progress: RecoveryProgress = _no_progress) -> AsyncIterator[Context]:
    """The database and the engine. Tables are brought up to date first if no engine runs."""
    live = await _engine_is_live(settings)
    context = Context(settings, migrate=not live, share_database=True, recovery_progress=progress)
    names = ("database", "engine-link") if live else ("database", "engine", "catalog")
    async with started([MODULES[name] for name in names], context):
        yield context


async def _engine_is_live(settings: Settings) -> bool:
    if not socket_path(settings.home).exists():
        return False
    try:
        async with connect_control(settings.home):
            return True
    except EngineStoppedError:
        return False  # what a killed process left behind
