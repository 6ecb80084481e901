"""The processes of a split exchange by name, read from what the parent logs and from the system.

Invariant: a process is back when its modules have started, not when there is a process. Limit: Linux, for `/proc`.
"""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pyxiu.storage import postmaster
from tests.e2e.server import Server

PARENT: Final = "parent"
POSTGRES: Final = "postgres"
START_S: Final = 120.0
FORK_SERVER: Final = "fork-server"
_STARTED: Final = {"a service has started", "a service has started again", "a fork server has started"}


class Family:
    """`pids()` are those of processes that have said that they are ready and still run."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._read = 0
        self._ready: dict[str, int] = {}

    def pids(self) -> dict[str, int]:
        for line in self._news():
            if line.get("event") in _STARTED:
                self._ready[line.get("child", FORK_SERVER)] = line["pid"]
        found = {name: pid for name, pid in self._ready.items() if is_alive(pid)}
        postgres = postmaster.running_pid(self._server.settings.home / "postgres" / "data")
        if postgres is not None:
            found[POSTGRES] = postgres
        if self._server.is_running():
            found[PARENT] = self._server.process.pid
        return found

    async def until_all_are_there(self, *names: str) -> dict[str, int]:
        """`pids()` once these are among them."""
        async with asyncio.timeout(START_S):
            while not set(names) <= set(self.pids()):  # noqa: ASYNC110 - other processes
                await asyncio.sleep(0.05)
        return self.pids()

    def _news(self) -> Iterator[dict[str, Any]]:
        """What the parent has logged since this was asked before, whole lines only."""
        text = self._server.log_text()
        end = text.rfind("\n") + 1
        news, self._read = text[self._read : end], max(self._read, end)
        for line in news.splitlines():
            if line.startswith("{"):
                yield json.loads(line)


def is_alive(pid: int) -> bool:
    """A zombie is dead."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")
