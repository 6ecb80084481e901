"""The private PostgreSQL starts, stops, and recovers from everything that can be killed."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from pyxiu.storage import embedded, postmaster
from pyxiu.storage.database import connect, wait_ready
from pyxiu.storage.embedded import EmbeddedPostgres, HomeInUseError, running_dsn
from tests.support.postgres import home_folder

ORPHAN = """
import os, sys
from pathlib import Path
from pyxiu.storage.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
os._exit(137)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    with home_folder() as folder:
        yield folder / "home"


@pytest.fixture
def server(home: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(home)
    server.start()
    yield server
    server.stop()


async def ask(server: EmbeddedPostgres, question: str) -> object:
    connection = await connect(server.dsn, "test")
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def keep_a_row(server: EmbeddedPostgres) -> None:
    connection = await connect(server.dsn, "test")
    await connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    await connection.close()


def start_an_orphan(home: Path) -> int:
    """A server whose launcher is dead; its process id."""
    started = subprocess.run([sys.executable, "-c", ORPHAN, home], capture_output=True, text=True, check=False)
    assert started.returncode == 137, started.stderr
    return int(started.stdout)


async def test_it_is_durable_and_private(server: EmbeddedPostgres, home: Path) -> None:
    assert [await ask(server, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")] == [
        "on", "on", "on",
    ]  # fmt: skip
    assert await ask(server, "SHOW listen_addresses") == ""
    assert await ask(server, "SHOW timezone") == "UTC"
    assert await ask(server, "SELECT current_database()") == "pyxiu"
    assert (home / "postgres").stat().st_mode & 0o077 == 0
    assert (home / "postgres/password").stat().st_mode & 0o077 == 0
    if os.geteuid() == 0:
        assert (home / "postgres/data").stat().st_uid != 0


async def test_it_asks_for_the_password(server: EmbeddedPostgres) -> None:
    password = urlsplit(server.dsn).password
    assert password
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.dsn.replace(password, "guess"))


async def test_data_and_password_survive_a_restart(server: EmbeddedPostgres) -> None:
    await keep_a_row(server)
    before = server.dsn
    server.stop()
    assert not server.is_running()
    server.start()
    assert server.dsn == before
    assert await ask(server, "SELECT value FROM kept") == 42


async def test_a_killed_server_starts_again_with_everything_committed(server: EmbeddedPostgres) -> None:
    """T-76."""
    for _ in range(3):
        await keep_a_row(server)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        server.stop()
        server.start()
        assert await ask(server, "SELECT value FROM kept") == 42
        await ask(server, "DROP TABLE kept")


async def test_a_server_whose_launcher_was_killed_is_replaced(home: Path) -> None:
    """T-76."""
    orphan = start_an_orphan(home)
    assert postmaster.running_pid(home / "postgres/data") == orphan
    dsn = running_dsn(home)
    assert dsn is not None
    connection = await connect(dsn, "test")
    await connection.execute("CREATE TABLE kept AS SELECT 42 AS value")

    server = EmbeddedPostgres(home)
    server.start()
    try:
        assert server.pid != orphan
        assert await ask(server, "SELECT value FROM kept") == 42
    finally:
        server.stop()
        connection.terminate()
    assert running_dsn(home) is None


def test_a_second_launcher_on_one_home_is_refused_with_the_first_ones_number(
    server: EmbeddedPostgres, home: Path
) -> None:
    with pytest.raises(HomeInUseError, match=f"process {os.getpid()}. runs on .*: stop it first"):
        EmbeddedPostgres(home).start()
    assert server.is_running()


def test_a_pid_file_with_a_number_that_somebody_else_has_now_does_not_hinder(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.start()
    server.stop()
    data = home / "postgres/data"
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n1\n5432\n\n\n1 1\nready\n", encoding="utf-8")
    server.start()
    server.stop()


async def test_data_restored_without_its_password_gets_a_new_one(server: EmbeddedPostgres, home: Path) -> None:
    await keep_a_row(server)
    server.stop()
    (home / "postgres/password").unlink()
    server.start()
    assert await ask(server, "SELECT value FROM kept") == 42


async def test_a_half_made_data_directory_is_made_again(home: Path) -> None:
    partial = home / "postgres/data.partial"
    partial.mkdir(parents=True)
    (partial / "PG_VERSION").write_text("18\n", encoding="utf-8")
    server = EmbeddedPostgres(home)
    server.start()
    try:
        assert await ask(server, "SELECT 1") == 1
        assert not partial.exists()
    finally:
        server.stop()


async def test_where_the_path_is_too_long_for_a_socket_it_listens_on_loopback(home: Path) -> None:
    server = EmbeddedPostgres(home / ("long" * 20))
    server.start()
    try:
        where = parse_qs(urlsplit(server.dsn).query)
        assert where["host"] == ["127.0.0.1"]
        assert int(where["port"][0]) in embedded.PORTS
        assert await ask(server, "SHOW listen_addresses") == "127.0.0.1"
    finally:
        server.stop()


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.start()
    server.stop()
    shutil.rmtree(home / "postgres/data/global")
    with pytest.raises(Exception, match="pg_control"):
        server.start()
    assert not server.is_running()


async def test_waiting_for_a_server_ends_when_it_is_there(server: EmbeddedPostgres) -> None:
    await wait_ready(server.dsn, 5)
    assert "ready to accept connections" in server.log_tail()
