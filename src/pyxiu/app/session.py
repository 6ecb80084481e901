"""What a command needs for a moment: the database, or the engine of this home wherever it runs.

Invariant: a command that writes goes through the engine that leads: one of PYXIU_ENGINES if that is set, otherwise the
one that runs on this home over its control socket, otherwise this process leads for as long as the command takes.
Limit: an engine elsewhere that PYXIU_ENGINES does not name is not reached; its leadership is noticed, and named.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from pyxiu.app.context import Context, RecoveryProgress
from pyxiu.app.control import connect_control, socket_path
from pyxiu.app.lifecycle import started
from pyxiu.app.modules import MODULES
from pyxiu.app.settings import Settings
from pyxiu.engine.errors import EngineStoppedError

#: The name on the certificate of commands that people run.
SERVICE: Final = "admin"


def _no_progress(_seq: int, _end: int) -> None:
    """Nobody watches."""


@asynccontextmanager
async def database_session(settings: Settings, *, migrate: bool = False) -> AsyncIterator[Context]:
    """The database: the one that runs on this home or is given, or one started for the length of the block."""
    context = Context(settings, migrate=migrate, share_database=True, service=SERVICE)
    async with started([MODULES["database"]], context):
        yield context


@asynccontextmanager
async def engine_session(settings: Settings, progress: RecoveryProgress = _no_progress) -> AsyncIterator[Context]:
    """The database and the engine. Tables are brought up to date first if no engine runs."""
    live = bool(settings.engines) or await _engine_is_live(settings)
    context = Context(settings, migrate=not live, share_database=True, service=SERVICE, recovery_progress=progress)
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
