"""The same exchange in one process and as a family of processes; whoever uses it sees no difference."""

from pathlib import Path
from typing import Any, Final

import pytest

from tests.e2e.server import Server
from tests.support.ports import free_port

SINGLE: Final = "single"
SPLIT: Final = "split"
#: Tests of one topology run after each other in one worker, because they share what was started.
TOPOLOGIES: Final = [pytest.param(name, marks=pytest.mark.xdist_group(f"exchange-{name}")) for name in (SINGLE, SPLIT)]


def server_in(
    topology: str, home: Path, *, gateways: int = 2, admin_port: int | None = None, **settings: Any
) -> Server:
    """A demo without bots that is not started yet. `admin_port`: of a process for staff alone, in the split.
    `settings` are those of Server.
    """
    if topology == SINGLE:
        return Server(home, "up", "--demo", "--no-bots", **settings)
    stream_port = free_port()
    family = ["--split", f"--gateways={gateways}", f"--stream-port={stream_port}"]
    if admin_port is not None:
        family.append(f"--admin-port={admin_port}")
    server = Server(home, "up", "--demo", "--no-bots", *family, **settings)
    server.stream_port = stream_port
    return server
