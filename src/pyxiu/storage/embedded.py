"""A private PostgreSQL as our child process, so that Pyxiu starts on a machine that has nothing but Python.

Everything lies in `home/postgres`: data, socket, log, password, lock. It listens on a Unix socket (on a loopback port
where the path is too long for one), asks for a random password, and always runs with fsync and synchronous commit.
Invariant: one launcher per home, held by a file lock; whatever a killed run left behind (a stale pid file, an orphaned
server, a half-made data directory) is cleared away by the next start. Limit: one major version per data directory.
"""

import fcntl
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Final
from urllib.parse import quote

from pyxiu.kit.errors import PermanentError, TransientError
from pyxiu.storage import postmaster, unprivileged
from pyxiu.storage.binaries import Binaries, find_binaries

USER: Final = "pyxiu"
DATABASE: Final = "pyxiu"
START_TIMEOUT_S: Final = 60.0
STOP_TIMEOUT_S: Final = 30.0
LOG_BYTES_MAX: Final = 16 * 2**20
#: The kernel takes 104 to 108 bytes for the path of a socket.
SOCKET_PATH_MAX: Final = 90
#: Below the range from which the kernel hands out ports of outgoing connections.
PORTS: Final = range(20_000, 32_000)
_SOCKET_PORT: Final = 5432
_POLL_S: Final = 0.01

SETTINGS: Final = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "huge_pages": "off",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "unix_socket_permissions": "0700",
}


class HomeInUseError(PermanentError):
    """Another Pyxiu runs on this home."""


def running_dsn(home: Path) -> str | None:
    """How to connect to the server that another process runs on this home; None if there is none."""
    folder = home / "postgres"
    try:
        dsn = (folder / "dsn").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return dsn if postmaster.running_pid(folder / "data") is not None else None


class EmbeddedPostgres:
    """The server of one home. `start()`, use `dsn`, `stop()`; all of them block, for a second at most as a rule."""

    def __init__(self, home: Path, *, settings: dict[str, str] | None = None) -> None:
        self._home = home.absolute()
        self._folder = self._home / "postgres"
        self._data = self._folder / "data"
        self._log = self._folder / "postgres.log"
        self._settings = SETTINGS | (settings or {})
        self._account: unprivileged.Account | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._dsn = ""
        #: Of the loopback address, where a socket's path would be too long.
        self._port: int | None = None

    @property
    def dsn(self) -> str:
        """The connection string, with the password in it: keep it out of logs."""
        assert self._dsn, "start() comes first"
        return self._dsn

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self.is_running() and self._process else None

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of the server's log."""
        try:
            text = self._log.read_bytes()[-64_000:].decode("utf-8", "replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def start(self) -> None:
        """Return when the server takes connections. Raises HomeInUseError, PermanentError or TransientError."""
        assert self._process is None, "already started"
        self._home.mkdir(parents=True, exist_ok=True)
        self._account = unprivileged.account_for(self._data)
        unprivileged.check_reachable(self._home, self._account)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        unprivileged.own(self._folder, self._account)
        self._take_lock()
        try:
            self._start_locked()
        except BaseException:
            self._release_lock()
            raise

    def start_again(self) -> None:
        """After it has ended by itself. This home stays ours meanwhile, and `dsn` stays as it is. Raises as start()."""
        assert self._lock is not None, "start() comes first"
        assert not self.is_running(), "it runs"
        self._process = None
        self._start_locked()

    def stop(self) -> None:
        """Stop the server as after a day's work: clients are cut, everything committed is on disk."""
        if self._process is not None:
            _end(self._process)
            self._process = None
        self._release_lock()

    def _start_locked(self) -> None:
        binaries = find_binaries(_major_of(self._data))
        binaries = unprivileged.reachable_binaries(binaries, self._account, self._home / "postgres-programs")
        postmaster.stop_orphan(self._data, STOP_TIMEOUT_S)
        password = self._password(binaries)
        if not self._data.exists():
            self._initialize(binaries, password)
        socket_folder, port = self._address()
        self._rotate_log()
        self._launch(binaries, socket_folder, port)
        host = quote(str(socket_folder), safe="") if socket_folder else "127.0.0.1"
        self._dsn = f"postgresql://{USER}:{password}@/{DATABASE}?host={host}&port={port}"
        _write_private(self._folder / "dsn", self._dsn)

    def _take_lock(self) -> None:
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(lock, 20).decode() or "unknown"
            os.close(lock)
            raise HomeInUseError(f"another Pyxiu (process {holder}) runs on {self._home}: stop it first") from None
        os.ftruncate(lock, 0)
        os.write(lock, str(os.getpid()).encode())
        self._lock = lock

    def _release_lock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _password(self, binaries: Binaries) -> str:
        """A random password, made once. It is as long as a key, so the server need not make guessing slow."""
        path = self._folder / "password"
        if path.exists():
            return path.read_text(encoding="utf-8")
        password = secrets.token_urlsafe(32)
        if self._data.exists():  # restored from a backup that did not have it
            self._run_alone(binaries, self._data, f"ALTER ROLE {USER} PASSWORD '{password}'")
        _write_private(path, password)
        return password

    def _initialize(self, binaries: Binaries, password: str) -> None:
        """Make the data directory under another name and rename it, so that it is whole or absent."""
        partial = self._folder / "data.partial"
        password_file = self._folder / "initdb.password"
        shutil.rmtree(partial, ignore_errors=True)
        _write_private(password_file, password)
        unprivileged.own(password_file, self._account)
        locale = "C.UTF-8" if os.uname().sysname == "Linux" else "C"
        arguments = [f"--pgdata={partial}", f"--username={USER}", f"--pwfile={password_file}", f"--locale={locale}"]
        arguments += ["--encoding=UTF8", "--auth=scram-sha-256", "--data-checksums"]
        if binaries.major >= 16:
            arguments.append("--set=scram_iterations=1")
        try:
            self._run([str(binaries.initdb), *arguments])
        finally:
            password_file.unlink()
        self._run_alone(binaries, partial, f"CREATE DATABASE {DATABASE}")
        partial.rename(self._data)

    def _run_alone(self, binaries: Binaries, data: Path, statement: str) -> None:
        """Run one statement without a server, as its superuser."""
        self._run([str(binaries.postgres), "--single", "-D", str(data), "template1"], statement)

    def _run(self, command: list[str], text: str | None = None) -> None:
        ended = subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT_S,
            check=False,
            cwd=self._folder,
            env=_environment(),
            umask=0o077,
            **unprivileged.popen_options(self._account),
        )
        if ended.returncode != 0:
            raise PermanentError(f"{command[0]} ended with {ended.returncode}: {ended.stderr.strip()[-2000:]}")

    def _address(self) -> tuple[Path | None, int]:
        """The folder of the socket and its number, or no folder and a free loopback port."""
        folder = self._folder / "socket"
        if len(os.fsencode(folder / f".s.PGSQL.{_SOCKET_PORT}")) > SOCKET_PATH_MAX:
            self._port = self._port or _free_port()
            return None, self._port
        folder.mkdir(mode=0o700, exist_ok=True)
        unprivileged.own(folder, self._account)
        return folder, _SOCKET_PORT

    def _rotate_log(self) -> None:
        if self._log.exists() and self._log.stat().st_size > LOG_BYTES_MAX:
            self._log.rename(self._log.with_suffix(".log.1"))

    def _launch(self, binaries: Binaries, socket_folder: Path | None, port: int) -> None:
        """Start until it stands: what a killed server left in shared memory can take a moment to go away."""
        where = {"listen_addresses": "" if socket_folder else "127.0.0.1", "port": str(port)}
        where["unix_socket_directories"] = str(socket_folder or "")
        command = [str(binaries.postgres), "-D", str(self._data)]
        for name, value in (self._settings | where).items():
            command += ["-c", f"{name}={value}"]
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            start_of_log = self._log.stat().st_size if self._log.exists() else 0
            process = self._spawn(command)
            if _becomes_ready(process, self._data, deadline):
                self._process = process
                return
            said = self._log.read_bytes()[start_of_log:].decode("utf-8", "replace").strip()
            if process.poll() is None:
                _end(process)
                raise TransientError(f"PostgreSQL was not ready after {START_TIMEOUT_S} s; its log: {said[-2000:]}")
            if "pre-existing shared memory block" not in said or time.monotonic() > deadline:
                raise PermanentError(f"PostgreSQL ended with {process.returncode}; its log: {said[-2000:]}")
            time.sleep(10 * _POLL_S)

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        log = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env=_environment(),
                umask=0o077,
                # Its own session: Ctrl-C in a terminal is for us, we stop the server after everything that uses it.
                start_new_session=True,
                **unprivileged.popen_options(self._account),
            )
        finally:
            os.close(log)


def _becomes_ready(process: subprocess.Popen[bytes], data: Path, deadline: float) -> bool:
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return False
        if postmaster.is_ready(data, process.pid):
            return True
        time.sleep(_POLL_S)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Fast shutdown; if that takes too long an immediate one, from which the next start recovers."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            continue


def _major_of(data: Path) -> int | None:
    return int((data / "PG_VERSION").read_text(encoding="ascii")) if data.exists() else None


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LD_LIBRARY_PATH", "TMPDIR"}}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _write_private(path: Path, text: str) -> None:
    """Whole or not at all, and for our eyes only."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)


def _free_port() -> int:
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise TransientError(f"no free port found between {PORTS.start} and {PORTS.stop}")
