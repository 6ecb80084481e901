"""One family a home: a lock that the parent takes and all of its children hold with it.

A parent that was killed leaves children that need a moment to stop, with the port in their hands. The next parent waits
for the last of them, because the lock is free only then. Invariant: what two parents share (port, home, database) is
never used by children of both. Limit: while the parent lives a second one is refused at once.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from pyxiu.app.context import Context
from pyxiu.app.lifecycle import STOP_MAX_S, Module
from pyxiu.kit.errors import PermanentError

_POLL_S: Final = 0.05


@asynccontextmanager
async def family_lock(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    home = context.settings.home
    home.mkdir(parents=True, exist_ok=True)
    context.family_fd = await _taken(home / "family.lock")
    try:
        yield None
    finally:
        os.close(context.family_fd)


async def _taken(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline_s = asyncio.get_running_loop().time() + STOP_MAX_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode()
            if _is_alive(holder) or asyncio.get_running_loop().time() > deadline_s:
                os.close(descriptor)
                raise PermanentError(f"another Pyxiu (process {holder}) runs on {path.parent}: stop it first") from None
            await asyncio.sleep(_POLL_S)
            continue
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        return descriptor


def _is_alive(holder: str) -> bool:
    try:
        os.kill(int(holder), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


FAMILY_LOCK: Final = Module("family-lock", (), family_lock)
