"""A throw-away exchange for benchmarks: a home of its own on the disk of the real one, funded members, a free port.

Its services are one process, or several (`apart`), of which each gateway takes connections from the same socket.

Invariant: the home is removed at the end, and nothing of the configured instance is touched. Limit: Linux tells how
much processor time and memory the server takes; elsewhere those figures are missing.
"""

import asyncio
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec

from pyxiu.app.control import connect_control
from pyxiu.app.demo.prepare import SEED_FOLDER
from pyxiu.app.known_keys import KnownKey, put_bare_user, put_key
from pyxiu.app.listener import bind
from pyxiu.app.readiness import until_ready
from pyxiu.app.secrets import open_secret_box
from pyxiu.app.session import engine_session
from pyxiu.app.settings import Settings
from pyxiu.catalog.seed_catalog import parse_files, seed_catalog
from pyxiu.catalog.tell_engine import tell_engine
from pyxiu.cli.bench.load import Job, Key, Result
from pyxiu.core.codec import encode_command
from pyxiu.core.commands import Command, CreditDeposit, PutMember
from pyxiu.core.money import pack
from pyxiu.core.types import AssetId, MemberId
from pyxiu.engine.client import EngineClient
from pyxiu.engine.errors import EngineStoppedError

MEMBERS: Final = 64
PORTS: Final = range(20_000, 32_000)
FUNDS: Final = 10**30
NO_VARIABLES: Final[Mapping[str, str]] = MappingProxyType({})
START_TIMEOUT_S: Final = 120.0
STOP_TIMEOUT_S: Final = 60.0
LOAD_TIMEOUT_S: Final = 600.0


class Usage(msgspec.Struct, frozen=True):
    """Processor seconds and resident bytes of the server's processes together."""

    cpu_s: float | None
    resident: int | None


class BenchExchange:
    """A server in other processes."""

    def __init__(self, settings: Settings, keys: list[Key], processes: "Sequence[subprocess.Popen[bytes]]") -> None:
        self.settings = settings
        self.keys = keys
        self.processes = processes

    async def load(self, *, seconds: float, connections: int, orders: int, **rest: Any) -> Result:
        """Put load on it from a third process. `rest`: the job's `rate`, `seed` and `whole`."""
        job = Job(self.settings.host, self.settings.port, connections, seconds, orders, self.keys, **rest)
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "pyxiu.cli.bench.load",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(LOAD_TIMEOUT_S):
                output, _ = await child.communicate(msgspec.json.encode(job))
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode != 0:
            raise RuntimeError(f"the load generator ended with {child.returncode}")
        return msgspec.json.decode(output, type=Result)

    def cpu_of_each(self) -> list[float]:
        """Processor seconds of each process, the engine's first; empty where the system does not tell."""
        found = [_usage_of(process.pid) for process in self.processes]
        return [one[0] for one in found if one is not None]

    def usage(self) -> Usage:
        found = [_usage_of(process.pid) for process in self.processes]
        if any(one is None for one in found):
            return Usage(None, None)
        return Usage(sum(one[0] for one in found if one), sum(one[1] for one in found if one))


def _usage_of(pid: int) -> tuple[float, int] | None:
    folder = Path(f"/proc/{pid}")
    if not folder.exists():
        return None
    fields = (folder / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
    pages = int((folder / "statm").read_text(encoding="ascii").split()[1])
    ticks = int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE")


@asynccontextmanager
async def temporary_home(configured: Settings) -> AsyncIterator[Settings]:
    """Settings of a home beside the configured one, removed at the end."""
    parent = next(folder for folder in (configured.home, *configured.home.parents) if folder.is_dir())
    folder = Path(tempfile.mkdtemp(prefix="pyxiu-bench-", dir=parent))
    try:
        yield Settings(home=folder, port=free_port(), database_url=configured.database_url)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


@asynccontextmanager
async def bench_exchange(
    configured: Settings, services: tuple[str, ...], environment: Mapping[str, str] = NO_VARIABLES
) -> AsyncIterator[BenchExchange]:
    """A running exchange with these services in one process; `environment` has further variables for it."""
    async with temporary_home(configured) as settings:
        keys = await _prepare(settings)
        process = start_server(settings, *services, variables=environment)
        try:
            await _ready(settings, [process])
            yield BenchExchange(settings, keys, [process])
        finally:
            await asyncio.to_thread(stop_server, process)


@asynccontextmanager
async def bench_exchange_apart(configured: Settings, *, gateways: int) -> AsyncIterator[BenchExchange]:
    """The engine in one process and `gateways` APIs in others, all at one address."""
    async with temporary_home(configured) as settings:
        keys = await _prepare(settings)
        processes = [start_server(settings, "engine")]
        try:
            await _leading(settings)
            with bind(settings.host, settings.port) as listener:
                processes += [start_server(settings, "api", listener=listener) for _ in range(gateways)]
                await _ready(settings, processes)
                yield BenchExchange(settings, keys, processes)
        finally:
            for process in reversed(processes):
                await asyncio.to_thread(stop_server, process)


def start_server(
    settings: Settings,
    *services: str,
    variables: Mapping[str, str] = NO_VARIABLES,
    listener: socket.socket | None = None,
) -> "subprocess.Popen[bytes]":
    """`listener`: a socket to serve, instead of one of its own."""
    environment = (
        os.environ
        | variables
        | {
            "PYXIU_HOME": str(settings.home),
            "PYXIU_PORT": str(settings.port),
            "PYXIU_BENCH": "1",
            # All load comes from one address and few members: the limits are asked, but do not bite.
            "PYXIU_REQUESTS_PER_ADDRESS": "1000000:10000000",
            "PYXIU_REQUESTS_PER_MEMBER": "1000000:10000000",
            "PYXIU_LOG_LEVEL": "error",
            "PYXIU_DATABASE_URL": settings.database_url or "",
        }
    )
    command = [sys.executable, "-m", "pyxiu", "run", *services]
    if listener is None:
        return subprocess.Popen(command, env=environment)
    inherited = listener.fileno()
    return subprocess.Popen([*command, "--listen-fd", str(inherited)], env=environment, pass_fds=(inherited,))


def stop_server(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """Below the range from which the kernel takes ports of outgoing connections."""
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError(f"no free port found between {PORTS.start} and {PORTS.stop}")


async def _leading(settings: Settings) -> None:
    """Wait for the engine, which the others look for when they start."""
    async with asyncio.timeout(START_TIMEOUT_S):
        while True:
            with suppress(EngineStoppedError):
                async with connect_control(settings.home):
                    return
            await asyncio.sleep(0.1)


async def _ready(settings: Settings, processes: "Sequence[subprocess.Popen[bytes]]") -> None:
    async with asyncio.timeout(START_TIMEOUT_S):
        ready = asyncio.ensure_future(until_ready(settings))
        while not ready.done():
            ended = next((process for process in processes if process.poll() is not None), None)
            if ended is not None:
                ready.cancel()
                raise RuntimeError(f"the server ended with {ended.returncode}")
            await asyncio.wait({ready}, timeout=0.2)


async def _prepare(settings: Settings) -> list[Key]:
    async with engine_session(settings) as context:
        report = await seed_catalog(context.catalog, parse_files([SEED_FOLDER]))
        assert not report.problems, report.problems
        await tell_engine(context.catalog, context.engine)
        box = open_secret_box(settings.home)
        keys = [Key(secrets.token_hex(8), secrets.token_hex(16)) for _ in range(MEMBERS)]
        async with context.identity.begin() as connection:
            for number, key in enumerate(keys):
                user = await put_bare_user(connection, _member(number), level=3)
                known = KnownKey(kid=key.kid, secret=key.secret)
                await put_key(connection, box, user.id, known)
        await _fund(context.engine)
    return keys


def _member(number: int) -> MemberId:
    return MemberId(f"IDBENCH{number:04}")


async def _fund(engine: EngineClient) -> None:
    members = [_member(number) for number in range(MEMBERS)]
    commands: list[Command] = [PutMember(member=member) for member in members]
    for asset in (AssetId("btc"), AssetId("usdt")):
        commands += [CreditDeposit(f"bench:{member}:{asset}", member, asset, pack(FUNDS)) for member in members]
    outcomes = await engine.submit_many([encode_command(command) for command in commands])
    assert all(not outcome.rejection for outcome in outcomes), "funding is accepted"
