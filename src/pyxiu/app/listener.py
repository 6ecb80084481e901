"""The port of the HTTP server, taken before anything else is started, so that a taken one is known at once.

Invariant: from then on nobody else can have it; who connects early waits until the server accepts, or gives up.
Limit: one address. (Binding alone would not do: on Linux two sockets may be bound to a port until one of them
listens.)
"""

import errno
import os
import socket
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from pyxiu.app.context import Context
from pyxiu.kit.errors import PermanentError

BACKLOG = 2_048


class PortTakenError(PermanentError):
    """Something else listens where the API should."""


@asynccontextmanager
async def listener(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    """Take the port before anything else is done."""
    settings = context.settings
    if context.listen_fd is not None:
        # Bound by the process that started this one, and shared with others like it.
        os.set_inheritable(context.listen_fd, False)
        context.listener = socket.socket(fileno=context.listen_fd)
    else:
        context.listener = bind(settings.host, settings.port)
    try:
        yield None
    finally:
        context.listener.close()


def bind(host: str, port: int, *, flag: str = "--port") -> socket.socket:
    """A bound socket. Raises PortTakenError, which names the flag that chooses another."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTakenError(f"port {port} on {host} is taken: stop what listens there, or use {flag}") from None
        raise PermanentError(f"cannot listen on {host} port {port}: {error.strerror}") from error
    return listening
