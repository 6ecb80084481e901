"""Is this machine fit to run an exchange: each check says what was found, and what to do where it is not good.

Invariant: looking changes nothing but a scratch file in the home, which is removed. Limit: a snapshot; a disk that is
busy with something else now is judged by that.
"""

import asyncio
import os
import resource
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from pyxiu.app.control import connect_control
from pyxiu.app.disk_room import free_bytes
from pyxiu.app.settings import Settings
from pyxiu.engine.errors import EngineStoppedError
from pyxiu.kit.errors import Fault
from pyxiu.storage import migrate
from pyxiu.storage.binaries import MAJOR_MIN, find_binaries
from pyxiu.storage.database import Connection, close_quietly, connect, redacted
from pyxiu.storage.embedded import running_dsn

FLUSHES: Final = 100
FLUSH_BYTES: Final = 4_096
FLUSH_SLOW_MS: Final = 5.0
FLUSH_UNUSABLE_MS: Final = 50.0
DISK_FREE_MIN: Final = 2 * 2**30
MEMORY_MIN: Final = 512 * 2**20
OPEN_FILES_MIN: Final = 1_024
CLOCK_APART_MAX_S: Final = 1.0
#: No release of Pyxiu is older: a clock before it is wrong.
CLOCK_MIN_S: Final = 1_704_067_200


class Health(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


class Diagnosis(msgspec.Struct, frozen=True):
    name: str
    health: Health
    found: str
    advice: str = ""


async def diagnose(settings: Settings) -> AsyncIterator[Diagnosis]:
    """All checks, cheap ones first."""
    live = await _is_live(settings)
    yield home(settings)
    yield port(settings, live=live)
    yield memory()
    yield open_files()
    yield disk_space(settings.home, 0 if settings.database_url else settings.disk_reserve)
    yield await asyncio.to_thread(disk_speed, settings.home)
    async for diagnosis in _database(settings):
        yield diagnosis


async def _is_live(settings: Settings) -> bool:
    try:
        async with connect_control(settings.home):
            return True
    except EngineStoppedError:
        return False


def home(settings: Settings) -> Diagnosis:
    folder = _existing(settings.home)
    if not os.access(folder, os.W_OK | os.X_OK):
        return Diagnosis("home", Health.BAD, f"{folder} cannot be written", "choose another folder by PYXIU_HOME")
    return Diagnosis("home", Health.GOOD, f"{settings.home}")


def port(settings: Settings, *, live: bool) -> Diagnosis:
    where = f"{settings.host} port {settings.port}"
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if live:
                return Diagnosis("port", Health.GOOD, f"{where} is taken, and an engine runs on this home")
            advice = "stop what listens there, or choose another by --port or PYXIU_PORT"
            return Diagnosis("port", Health.BAD, f"{where}: {error.strerror}", advice)
    return Diagnosis("port", Health.GOOD, f"{where} is free")


def memory() -> Diagnosis:
    available = _memory_available()
    if available is None:
        return Diagnosis("memory", Health.GOOD, "this system does not say how much is available")
    found = f"{available / 2**30:.1f} GiB available"
    if available < MEMORY_MIN:
        return Diagnosis("memory", Health.BAD, found, "make room: PostgreSQL and the engine start with about 0.3 GiB")
    return Diagnosis("memory", Health.GOOD, found)


def open_files() -> Diagnosis:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    found = f"{soft} open files allowed"
    if soft != resource.RLIM_INFINITY and soft < OPEN_FILES_MIN:
        return Diagnosis(
            "open files", Health.WARNING, found, f"each connection needs one: ulimit -n {min(hard, 65_536)}"
        )
    return Diagnosis("open files", Health.GOOD, found)


def disk_space(folder: Path, reserve: int) -> Diagnosis:
    """`reserve`: bytes below which the engine takes no commands."""
    free = free_bytes(_existing(folder))
    found = f"{free / 2**30:.1f} GiB free"
    if free < reserve:
        return Diagnosis("disk space", Health.BAD, found, f"orders are refused below {reserve >> 20} MB: make room")
    if free < DISK_FREE_MIN:
        return Diagnosis("disk space", Health.WARNING, found, "the journal only grows: plan for more")
    return Diagnosis("disk space", Health.GOOD, found)


def disk_speed(folder: Path) -> Diagnosis:
    """How long the disk takes to make a small write durable: the floor of every acknowledged order's latency."""
    taken_ms = sorted(_flushes(_existing(folder)))
    middle, late = taken_ms[len(taken_ms) // 2], taken_ms[len(taken_ms) * 99 // 100]
    found = f"fdatasync takes {middle:.2f} ms, 99 % within {late:.2f} ms"
    if middle > FLUSH_UNUSABLE_MS:
        return Diagnosis("disk speed", Health.BAD, found, "put PYXIU_HOME on a local solid-state disk")
    if middle > FLUSH_SLOW_MS:
        return Diagnosis("disk speed", Health.WARNING, found, "orders will wait for the disk; a faster one helps")
    return Diagnosis("disk speed", Health.GOOD, found)


def _flushes(folder: Path) -> list[float]:
    taken_ms = []
    flush = getattr(os, "fdatasync", os.fsync)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".pyxiu-doctor-") as scratch:
        for _ in range(FLUSHES):
            scratch.write(bytes(FLUSH_BYTES))
            scratch.flush()
            began_ns = time.perf_counter_ns()
            flush(scratch.fileno())
            taken_ms.append((time.perf_counter_ns() - began_ns) / 1e6)
    return taken_ms


async def _database(settings: Settings) -> AsyncIterator[Diagnosis]:
    dsn = settings.database_url or running_dsn(settings.home)
    if dsn is None:
        yield embedded_programs()
        yield clock(None)
        return
    try:
        connection = await connect(dsn, "pyxiu doctor")
    except Fault as error:
        yield Diagnosis("database", Health.BAD, str(error), "start it, or correct PYXIU_DATABASE_URL")
        yield clock(None)
        return
    try:
        yield await server(connection, dsn)
        yield await durability(connection)
        yield await tables(dsn)
        yield clock(await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8"))
    finally:
        await close_quietly(connection)


def embedded_programs() -> Diagnosis:
    try:
        found = find_binaries()
    except Fault as error:
        return Diagnosis("database", Health.BAD, str(error), "install Pyxiu anew, or set PYXIU_DATABASE_URL")
    return Diagnosis("database", Health.GOOD, f"embedded PostgreSQL {found.major}, not running")


async def server(connection: Connection, dsn: str) -> Diagnosis:
    version = connection.get_server_version()
    found = f"PostgreSQL {version.major}.{version.minor} at {redacted(dsn)}"
    if version.major < MAJOR_MIN:
        return Diagnosis("database", Health.BAD, found, f"upgrade it to {MAJOR_MIN} or later")
    return Diagnosis("database", Health.GOOD, found)


async def durability(connection: Connection) -> Diagnosis:
    values = {name: await connection.fetchval(f"SHOW {name}") for name in ("fsync", "full_page_writes")}
    found = ", ".join(f"{name}={value}" for name, value in values.items())
    if set(values.values()) != {"on"}:
        return Diagnosis(
            "durability", Health.BAD, found, "turn both on: without them a crash can lose what was confirmed"
        )
    return Diagnosis("durability", Health.GOOD, found)


async def tables(dsn: str) -> Diagnosis:
    missing = await migrate.pending(dsn)
    if missing:
        return Diagnosis(
            "tables", Health.WARNING, f"migrations {', '.join(missing)} are missing", "run `pyxiu migrate`"
        )
    return Diagnosis("tables", Health.GOOD, f"at revision {await migrate.current(dsn)}")


def clock(database_s: float | None) -> Diagnosis:
    """The journal's times never go back, so a clock that is ahead now makes them stand still later."""
    now_s = time.time()
    if now_s < CLOCK_MIN_S:
        return Diagnosis("clock", Health.BAD, f"it is {time.ctime(now_s)}", "set it, and keep it by NTP")
    if database_s is None:
        return Diagnosis("clock", Health.GOOD, "plausible; there is no database to compare it with")
    apart_s = abs(now_s - database_s)
    found = f"{apart_s:.2f} s apart from the database's"
    if apart_s > CLOCK_APART_MAX_S:
        return Diagnosis("clock", Health.WARNING, found, "keep both machines' clocks by NTP")
    return Diagnosis("clock", Health.GOOD, found)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(candidate for candidate in (folder, *folder.parents) if candidate.is_dir())


def _memory_available() -> int | None:
    info = Path("/proc/meminfo")
    if not info.exists():
        return None
    for line in info.read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1_024
    return None
