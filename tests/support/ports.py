"""Ports for servers of tests: on loopback, below the range that the system hands out to outgoing connections."""

import random
import socket
from contextlib import suppress

PORTS = range(20_000, 32_000)


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")
