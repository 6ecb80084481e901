"""The real program as a child process: started, watched, killed, started again."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from pyxiu.app.readiness import until_ready
from pyxiu.app.settings import Settings
from pyxiu.kit.failpoints import EXIT_STATUS
from pyxiu.storage.embedded import running_dsn
from tests.support.ports import free_port

START_TIMEOUT_S = 240.0
STOP_TIMEOUT_S = 40.0


class Server:
    """`python -m pyxiu ARGUMENTS` on one home and port, again and again."""

    def __init__(
        self, home: Path, *arguments: str, database_url: str | None = None, log: str = "server.log", **settings: Any
    ) -> None:
        """`settings` are more of them: engine_listen, engines, certs. `log` is a file's name in the home."""
        self.settings = Settings(home=home, port=free_port(), database_url=database_url, **settings)
        #: Where processes of the stream listen that serve nothing else, if there are any.
        self.stream_port: int | None = None
        #: Further variables of the processes that are started.
        self.variables: dict[str, str] = {}
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._log = home / log

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None, "start() comes first"
        return self._process

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def spawn(self, *, failpoints: str = "") -> None:
        """Start the process and return at once."""
        # A run in the background of a shell ignores SIGINT, and so would what it starts.
        if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pyxiu", *self._arguments],
                env=self.environment(failpoints),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def start(self, *, failpoints: str = "") -> None:
        """Start and wait until it says that it is ready."""
        self.spawn(failpoints=failpoints)
        await self.until_ready()

    async def until_ready(self) -> None:
        assert await self.is_ready_before_it_ends(), f"ended with {self.process.returncode}: {self.log_tail()}"

    async def is_ready_before_it_ends(self) -> bool:
        """Wait for either."""
        ready = asyncio.ensure_future(until_ready(self.settings))
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                while not ready.done():
                    if self.process.poll() is not None:
                        return False
                    await asyncio.wait({ready}, timeout=0.05)
        except TimeoutError:
            raise AssertionError(f"not ready after {START_TIMEOUT_S} s: {self.log_tail()}") from None
        finally:
            ready.cancel()
        return True

    async def until_ended(self) -> int:
        """The exit status, once the process has ended by itself."""
        return await asyncio.to_thread(self.process.wait, START_TIMEOUT_S)

    async def until_crashed(self) -> None:
        status = await self.until_ended()
        assert status == EXIT_STATUS, f"expected a crash at a failpoint, ended with {status}: {self.log_tail()}"

    async def stop(self) -> int:
        """SIGTERM, and wait for a clean end. No module must have asked for more than its role may do."""
        self.process.send_signal(signal.SIGTERM)
        status = await asyncio.to_thread(self.process.wait, STOP_TIMEOUT_S)
        assert not (refused := self._refused()), refused
        return status

    def _refused(self) -> list[str]:
        """What the embedded PostgreSQL says of roles that lack a right."""
        log = self.settings.home / "postgres" / "postgres.log"
        if not log.exists():
            return []
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if "permission denied" in line]

    async def until_stopped(self) -> None:
        """Wait until the process has stopped itself at a failpoint (`name=stop`)."""
        async with asyncio.timeout(START_TIMEOUT_S):
            while " T " not in (state := await asyncio.to_thread(self._state)):
                assert self.process.poll() is None, f"ended, {state}: {self.log_tail()}"
                await asyncio.sleep(0.05)

    def _state(self) -> str:
        """`(pyxiu) T …`, as /proc tells it."""
        with suppress(FileNotFoundError):
            return Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        return "gone"

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def pause(self) -> None:
        """As a machine that hangs: nothing runs, every connection stays."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """kill -9, as the kernel or an impatient person does it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    async def run(self, *arguments: str, failpoints: str = "") -> "subprocess.CompletedProcess[str]":
        """Another command of the program on the same home."""
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "pyxiu", *arguments],
            env=self.environment(failpoints),
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT_S,
            check=False,
        )

    def environment(self, failpoints: str = "") -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYXIU_")}
        own = {"PYXIU_HOME": str(self.settings.home), "PYXIU_PORT": str(self.settings.port)}
        if self.settings.database_url:
            own["PYXIU_DATABASE_URL"] = self.settings.database_url
        if self.settings.engine_listen:
            own["PYXIU_ENGINE_LISTEN"] = self.settings.engine_listen
        if self.settings.engines:
            own["PYXIU_ENGINES"] = ",".join(self.settings.engines)
        if self.settings.certs:
            own["PYXIU_CERTS"] = str(self.settings.certs)
        if failpoints:
            own["PYXIU_FAILPOINTS"] = failpoints
        return inherited | own | self.variables

    def log_tail(self) -> str:
        return self.log_text()[-3_000:]

    def log_text(self) -> str:
        with suppress(FileNotFoundError):
            return self._log.read_text(encoding="utf-8", errors="replace")
        return ""

    def dsn(self) -> str:
        """How a test reads the database, with its owner's rights."""
        found = self.settings.database_url or running_dsn(self.settings.home)
        assert found is not None, "the embedded PostgreSQL does not run"
        return found
