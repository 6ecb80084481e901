"""Two PostgreSQL clusters, a primary and its synchronous replica, which a test may kill, promote and bring back.

    with replicated() as pair:
        pair.start(); dsn = pair.dsn                       # both hosts, whichever takes writes
        pair.primary.kill(); pair.replica.promote()

They come from the same programs as the embedded server, run as its unprivileged user, and listen on loopback only.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pyxiu.storage.binaries import Binaries, find_binaries
from pyxiu.storage.unprivileged import Account, account_for, own, popen_options, reachable_binaries
from tests.support.ports import free_port
from tests.support.postgres import home_folder

START_TIMEOUT_S = 60.0
USER = "pyxiu"
DATABASE = "postgres"
SYNCHRONOUS = "replica"


class Cluster:
    """One data directory and the server on it."""

    def __init__(self, folder: Path, binaries: Binaries, account: Account | None) -> None:
        folder.mkdir()
        own(folder, account)
        self.data = folder / "data"
        self.port = free_port()
        self._log = folder / "log"
        self._binaries = binaries
        self._account = account
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def dsn(self) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{DATABASE}"

    def run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [str(self._binaries.folder / program), *arguments],
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT_S,
            check=False,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            cwd=self.data.parent,
            **popen_options(self._account),
        )
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"
        shown: str = done.stdout
        return shown

    def sql(self, statement: str) -> str:
        return self.run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement, self.dsn).strip()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(self._binaries.postgres),
                    "-D",
                    str(self.data),
                    f"--port={self.port}",
                    "--listen-addresses=127.0.0.1",
                    "--unix-socket-directories=",
                    "--max-connections=200",
                ],
                stdout=log,
                stderr=log,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                start_new_session=True,
                **popen_options(self._account),
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            with suppress(AssertionError):
                self.sql("SELECT 1")
                return
            assert self._process.poll() is None, self._log.read_text(errors="replace")[-2_000:]
            assert time.monotonic() < deadline, "PostgreSQL does not answer"
            time.sleep(0.1)

    def kill(self) -> None:
        """As a machine that is gone: every process of the server at once."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def promote(self) -> None:
        """From now on it takes writes. Commits wait for nobody: there is no replica of it."""
        assert self.sql("SELECT pg_promote(true, 60)") == "t"


class Pair:
    def __init__(self, folder: Path) -> None:
        account = account_for(folder / "data")
        binaries = reachable_binaries(find_binaries(), account, folder / "programs")
        self.primary = Cluster(folder / "primary", binaries, account)
        self.replica = Cluster(folder / "replica", binaries, account)

    @property
    def dsn(self) -> str:
        """Both, and of them the one that takes writes."""
        hosts = f"127.0.0.1:{self.primary.port},127.0.0.1:{self.replica.port}"
        return f"postgresql://{USER}@{hosts}/{DATABASE}?target_session_attrs=read-write"

    def start(self) -> None:
        """The primary, then the replica; from then on each commit is on both before it is confirmed."""
        primary, replica = self.primary, self.replica
        primary.run("initdb", f"--pgdata={primary.data}", f"--username={USER}", "--auth=trust", "--encoding=UTF8")
        primary.start()
        source = f"host=127.0.0.1 port={primary.port} user={USER} application_name={SYNCHRONOUS}"
        replica.run("pg_basebackup", "-d", source, "-D", str(replica.data), "-R", "-X", "stream", "--checkpoint=fast")
        replica.start()
        primary.sql(f"ALTER SYSTEM SET synchronous_standby_names = '{SYNCHRONOUS}'")
        primary.sql("SELECT pg_reload_conf()")
        deadline = time.monotonic() + START_TIMEOUT_S
        while primary.sql("SELECT sync_state FROM pg_stat_replication") != "sync":
            assert time.monotonic() < deadline, "the replica does not follow"
            time.sleep(0.1)

    def stop(self) -> None:
        self.primary.kill()
        self.replica.kill()


@contextmanager
def replicated() -> Iterator[Pair]:
    """A pair that is not started yet, for the length of the block."""
    with home_folder() as folder:
        pair = Pair(folder)
        try:
            yield pair
        finally:
            pair.stop()
