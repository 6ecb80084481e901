"""The demo as modules of a running process: made after the engine leads, traded on once the API answers.

Invariant: whatever happens to the bots, their module never fails. Limit: `pyxiu up` only.
"""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Final

import structlog

from pyxiu.app.builtin_plugin import Inside
from pyxiu.app.context import Context
from pyxiu.app.demo.bots.run import run_bots
from pyxiu.app.demo.members import credentials_of
from pyxiu.app.demo.prepare import prepare_demo
from pyxiu.app.identity_services import identity_services
from pyxiu.app.lifecycle import Module
from pyxiu.app.readiness import local_url, until_ready
from pyxiu.app.secrets import open_secret_box
from pyxiu.plugins.spec import MARKET_DATA

_log = structlog.stdlib.get_logger("pyxiu.demo")


@asynccontextmanager
async def demo(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    home = context.settings.home
    report = await prepare_demo(
        home, context.catalog, context.engine, identity_services(context, open_secret_box(home))
    )
    _log.info("demo is there", added=sum(report.seed.added.values()), deposits=report.deposits)
    yield None


@asynccontextmanager
async def bots(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    yield _trade(context)


async def _trade(context: Context) -> None:
    credentials = credentials_of(context.settings.home)
    assert credentials is not None, "the demo module made them"
    await until_ready(context.settings)
    name = context.settings.plugins.market_data
    outside = (
        None if name is None else context.plugins.make(MARKET_DATA, name, inside=Inside(settings=context.settings))
    )
    await run_bots(local_url(context.settings), credentials, outside=outside)


DEMO: Final = Module("demo", ("engine", "catalog"), demo)
BOTS: Final = Module("bots", ("demo", "api"), bots)
