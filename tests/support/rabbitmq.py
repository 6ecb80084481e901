"""A private RabbitMQ node in the foreground, for tests that need the real broker.

    with rabbitmq_node() as node:
        url = node.url

The node has its own folder, ports, name and Erlang port mapper, and leaves nothing behind. It comes from the system's
package `rabbitmq-server`; where that is missing the tests are skipped and say so (`.ci/run` installs it).
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.ports import free_port

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0


def server_binary() -> Path | None:
    """The server's own script; the one on PATH would switch the user."""
    found = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    return found[-1] if found else None


class RabbitMqNode:
    """Started by `start`, killed by `kill`, started again on the same data by `start`."""

    def __init__(self, folder: Path) -> None:
        binary = server_binary()
        assert binary is not None, "rabbitmq-server is not installed"
        self._binary = binary
        self._folder = folder
        self.port = free_port()
        self._dist_port = free_port()
        self._epmd_port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._mapper: subprocess.Popen[bytes] | None = None
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.default = 127.0.0.1:{self.port}\nlog.file.level = warning\n", encoding="utf-8"
        )
        (folder / "enabled_plugins").write_text("[].\n", encoding="utf-8")

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def start(self) -> None:
        if self._mapper is None:
            # Ours, so that the node does not leave one behind as a daemon.
            self._mapper = subprocess.Popen(
                [shutil.which("epmd") or "epmd", "-port", str(self._epmd_port), "-address", "127.0.0.1"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        with (self._folder / "console.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._binary)], env=self._environment(), stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = (self._folder / "console.log").read_text(encoding="utf-8", errors="replace")[-2_000:]
                raise AssertionError(f"RabbitMQ did not start: {tail}")
            time.sleep(0.1)

    def kill(self) -> None:
        """As a power cut: the whole process group at once."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(STOP_TIMEOUT_S)
            self._process = None

    def stop(self) -> None:
        self.kill()
        if self._mapper is not None:
            self._mapper.kill()
            self._mapper.wait(STOP_TIMEOUT_S)

    def control(self, *arguments: str) -> str:
        """`rabbitmqctl ARGUMENTS` on this node."""
        done = subprocess.run(
            [str(self._binary.with_name("rabbitmqctl")), *arguments],
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 0, f"rabbitmqctl {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return bool(connection.recv(1))
        return False

    def _environment(self) -> dict[str, str]:
        folder = self._folder
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"pyxiu-{self.port}@localhost",
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        }


@contextmanager
def rabbitmq_node() -> Iterator[RabbitMqNode]:
    """A started node for the length of the block."""
    if server_binary() is None:
        pytest.skip("NOT TESTED: the package rabbitmq-server is not installed on this machine")
    with tempfile.TemporaryDirectory(prefix="pyxiu-rabbitmq-") as folder:
        node = RabbitMqNode(Path(folder))
        try:
            node.start()
            yield node
        finally:
            node.stop()
