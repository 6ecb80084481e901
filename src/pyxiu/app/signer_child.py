"""The signer beside the other modules of `pyxiu up`: a child process, started when there is a node to send by.

Invariant: the keys are in that process only; when this one ends, so does it. Limit: a signer that cannot start (a wrong
passphrase) is told in the log and tried again; trading goes on without it.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Final

import structlog

from pyxiu.app.context import Context
from pyxiu.app.lifecycle import Module
from pyxiu.app.split.child import Child
from pyxiu.kit.errors import PermanentError

RETRY_S: Final = 30.0

_log = structlog.stdlib.get_logger("pyxiu.signer")


@asynccontextmanager
async def signer_child(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    if not context.settings.nodes.signer:
        yield None
        return
    child = Child("signer", ["run", "signer"], os.environ | {"PYXIU_HOME": str(context.settings.home)})
    try:
        yield _kept(child)
    finally:
        await child.stop()


async def _kept(child: Child) -> None:
    while True:
        try:
            await child.start()
            await child.keep()
        except PermanentError as error:
            _log.error("the signer does not start: nothing is paid", error=str(error))
        await asyncio.sleep(RETRY_S)


SIGNER_CHILD: Final = Module[Context]("signer-child", ("database",), signer_child)
