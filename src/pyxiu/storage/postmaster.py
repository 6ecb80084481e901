"""What a data directory's `postmaster.pid` says, and what is true: the two differ after a kill.

Invariant: a process is signalled only if it is a PostgreSQL server of exactly this data directory, never because its
number stands in a file. Limit: the caller holds the home's lock, so that no second launcher works on the directory.
"""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

from pyxiu.kit.errors import TransientError

_STATUS_LINE: Final = 7
_POLL_S: Final = 0.02


def is_ready(data: Path, pid: int) -> bool:
    """Whether that server process takes connections, in its own words."""
    lines = _lines(data)
    return len(lines) > _STATUS_LINE and lines[0] == str(pid) and lines[_STATUS_LINE].strip() == "ready"


def running_pid(data: Path) -> int | None:
    """The process id of a server that runs on this data directory."""
    lines = _lines(data)
    if not lines or not lines[0].isdecimal():
        return None
    pid = int(lines[0])
    return pid if _is_server_of(data, pid) else None


def stop_orphan(data: Path, timeout_s: float) -> None:
    """End a server whose launcher was killed, and remove a pid file that speaks of a process long gone.

    PostgreSQL itself keeps a stale pid file when its number is in use again, as small numbers in containers often are.
    """
    for number in (signal.SIGINT, signal.SIGQUIT):
        pid = running_pid(data)
        if pid is None:
            (data / "postmaster.pid").unlink(missing_ok=True)
            return
        os.kill(pid, number)
        _wait_until_gone(data, timeout_s)
    if (pid := running_pid(data)) is not None:
        raise TransientError(f"a PostgreSQL of an earlier run (process {pid}) on {data} does not stop")


def _wait_until_gone(data: Path, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while running_pid(data) is not None and time.monotonic() < deadline:
        time.sleep(_POLL_S)


def _lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _is_server_of(data: Path, pid: int) -> bool:
    """Whether `pid` is alive (a zombie is not) and was started as `postgres -D data …`."""
    arguments = _arguments(pid)
    return len(arguments) > 2 and Path(arguments[0]).name == "postgres" and arguments[1:3] == ["-D", str(data)]


def _arguments(pid: int) -> list[str]:
    """The command line of a process; empty for a zombie or none."""
    if Path("/proc/self").exists():
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return []
        return [os.fsdecode(part) for part in raw.split(b"\0")]
    shown = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False)
    return shown.stdout.split()
