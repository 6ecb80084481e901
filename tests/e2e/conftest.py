"""A home of its own for each test that starts the program; one exchange in each topology for those that share it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.server import Server
from tests.e2e.topologies import TOPOLOGIES, server_in
from tests.support.postgres import home_folder, in_a_thread


@pytest.fixture
def home() -> Iterator[Path]:
    with home_folder() as folder:
        yield folder


@pytest.fixture(scope="session", params=TOPOLOGIES)
def exchange(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A demo without bots that several tests use, in one process and as a family of them."""
    with home_folder() as folder:
        server = server_in(request.param, folder)
        try:
            in_a_thread(server.start())
            yield server
            in_a_thread(stop_cleanly(server))
        finally:
            server.kill()


async def stop_cleanly(server: Server) -> None:
    assert await server.stop() == 0, server.log_tail()
