"""The fork server: a process that has imported what services are made of, and becomes one in a few milliseconds.

    python -m pyxiu.cli.fork_server FD

It is told over the socket FD what to become: one datagram for each service, JSON with `argv` and `environment`, with
the descriptors for its output and those that it inherits. It answers `{"pid": …}` with a pidfd, and later `{"ended":
pid, "status": …}`. Invariant: it has one thread and no connection, so that a fork of it is as good as a process just
started; it knows no setting, and what it was told dies with the service that it was for. Limit: Linux, for pidfds;
where this does not run, services are started by themselves.
"""

import json
import os
import selectors
import socket
import sys
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from setproctitle import setproctitle

from pyxiu.kit import failpoints

#: An environment is some kilobytes.
DATAGRAM_MAX: Final = 128 * 1024
#: Its output, and what it inherits.
DESCRIPTORS_MAX: Final = 16


class Becoming(msgspec.Struct, frozen=True):
    """What a fork was told: `enter()`, then be `python -m pyxiu ARGV…`."""

    argv: list[str]
    environment: dict[str, str]
    descriptors: list[int]

    def enter(self) -> None:
        """Have the session, the output, the environment and the arguments that such a process would have."""
        os.setsid()
        output, *handed = self.descriptors
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        os.environ.clear()
        os.environ.update(self.environment)
        failpoints.arm(self.environment.get(failpoints.ENVIRONMENT, ""))
        # The sender knows its own numbers of what it hands over; here they have others.
        sys.argv = ["pyxiu", *(argument.format(*handed) for argument in self.argv)]
        setproctitle(" ".join(sys.argv))


class ForkServer:
    """`run()` returns in the server when the other end is closed, and in each fork with what it is to become."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._selector = selectors.DefaultSelector()
        self._selector.register(link, selectors.EVENT_READ)

    def run(self) -> Becoming | None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is not self._link:
                    self._tell_end(key.fd, key.data)
                    continue
                datagram, descriptors, _, _ = socket.recv_fds(self._link, DATAGRAM_MAX, DESCRIPTORS_MAX)
                if not datagram:
                    return None
                becoming = self._forked(json.loads(datagram), descriptors)
                if becoming is not None:
                    return becoming

    def _forked(self, told: dict[str, Any], descriptors: Sequence[int]) -> Becoming | None:
        pid = os.fork()
        if pid == 0:
            self._selector.close()
            self._link.close()
            return Becoming(told["argv"], told["environment"], list(descriptors))
        for descriptor in descriptors:
            os.close(descriptor)
        process = os.pidfd_open(pid)
        self._selector.register(process, selectors.EVENT_READ, pid)
        # With the process itself: by the time the other end has its number, another process may have it.
        socket.send_fds(self._link, [json.dumps({"pid": pid}).encode()], [process])
        return None

    def _tell_end(self, descriptor: int, pid: int) -> None:
        _, status = os.waitpid(pid, 0)
        self._selector.unregister(descriptor)
        os.close(descriptor)
        self._link.send(json.dumps({"ended": pid, "status": os.waitstatus_to_exitcode(status)}).encode())
