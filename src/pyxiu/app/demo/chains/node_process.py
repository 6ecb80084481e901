"""A node as a child process: started on its own folder, watched, stopped in time.

A shell between us and the node holds the reading end of a pipe: when this process ends, however it does, the pipe ends
and the shell stops the node. Invariant: one node a folder; a start waits for what a killed run has left behind. Limit:
what is left behind is known by the folder's name on its command line.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from pyxiu.kit.errors import PermanentError

STOP_S: Final = 20.0
POLL_S: Final = 0.05
LOG_TAIL_LINES: Final = 5
#: Runs its arguments, and stops them when its own input ends; ends as they do.
_SHELL: Final = """
exec 3<&0
"$@" </dev/null 3<&- &
node=$!
{ cat <&3 >/dev/null; kill "$node"; } 2>/dev/null &
exec 3<&-
wait "$node"
"""

_log = structlog.stdlib.get_logger("pyxiu.demo.chains")


class NodeFailedError(PermanentError):
    """A node does not start, or has ended by itself."""


class NodeProcess:
    def __init__(self, name: str, folder: Path, command: Sequence[str]) -> None:
        """`folder` must be somewhere in `command`."""
        self._name = name
        self._folder = folder
        self._command = list(command)
        self._process: asyncio.subprocess.Process | None = None
        assert any(str(folder) in part for part in command), "a node is known by its folder"

    async def start(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        await self._until_alone()
        with (self._folder / "node.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                "/bin/sh",
                "-c",
                _SHELL,
                self._name,
                *self._command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in a terminal is for this process, which stops the node after all that use it.
                start_new_session=True,
            )
        self._pid_file.write_text(str(self._process.pid))
        _log.info("node started", node=self._name, pid=self._process.pid)

    async def stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None, "asked for"
        process.stdin.close()
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        self._pid_file.unlink(missing_ok=True)

    async def until_ended(self) -> None:
        """Raises NodeFailedError when it ends."""
        assert self._process is not None, "start() comes first"
        status = await self._process.wait()
        raise NodeFailedError(f"{self._name} has ended with {status}: {self._log_tail()}")

    def check_running(self) -> None:
        """Raises NodeFailedError if it has ended."""
        if self._process is None or self._process.returncode is not None:
            raise NodeFailedError(f"{self._name} does not run: {self._log_tail()}")

    @property
    def _pid_file(self) -> Path:
        return self._folder / "node.pid"

    async def _until_alone(self) -> None:
        """A node of a run that was killed is stopping by now."""
        pid = self._leftover()
        if pid is None:
            return
        _log.warning("waiting for the node of an earlier run", node=self._name, pid=pid)
        try:
            async with asyncio.timeout(STOP_S):
                while self._leftover() is not None:  # noqa: ASYNC110 - a process sets no event
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise NodeFailedError(f"{self._name}: process {pid} works on {self._folder}: stop it first") from None

    def _leftover(self) -> int | None:
        """The process of the pid file, if it is a node on this very folder."""
        try:
            pid = int(self._pid_file.read_text())
            line = subprocess.run(
                ["ps", "-ww", "-o", "command=", "-p", str(pid)],
                capture_output=True,
                text=True,
                check=False,
            ).stdout
        except (OSError, ValueError):
            return None
        return pid if str(self._folder) in line else None

    def _log_tail(self) -> str:
        try:
            lines = (self._folder / "node.log").read_text(errors="replace").splitlines()
        except OSError:
            return "no log"
        return " / ".join(lines[-LOG_TAIL_LINES:]) or "nothing in its log"
