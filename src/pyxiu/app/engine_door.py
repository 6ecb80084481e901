"""What callers in other processes reach of an engine: its gRPC door, open also while another engine leads.

Invariant: before this engine leads it takes nothing and says so, so that callers look elsewhere. Limit: without
PYXIU_ENGINE_LISTEN there is no such door.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from pyxiu.app.context import Context
from pyxiu.core.outcomes import Outcome
from pyxiu.engine.client import EngineClient
from pyxiu.engine.errors import NotLeadingError
from pyxiu.engine.sequencer import EngineStatus, State
from pyxiu.transport.tls import Identity, load_identity

_log = structlog.stdlib.get_logger("pyxiu.engine")


class EngineAtDoor:
    """The engine as it is served: standing by at first, then what `opened` was given."""

    def __init__(self) -> None:
        self._client: EngineClient | None = None
        self._seq = 0

    def opened(self, client: EngineClient) -> None:
        """From now on this engine leads."""
        self._client = client

    def reached(self, seq: int) -> None:
        """How far this standby has followed the journal."""
        self._seq = seq

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]:
        if self._client is None:
            raise NotLeadingError("this engine stands by, it takes no commands")
        return await self._client.submit_many(commands)

    def status(self) -> EngineStatus:
        if self._client is None:
            return EngineStatus(State.STANDBY, leading=False, seq=self._seq, inbox=0, last_commit_ns=0)
        return self._client.status()


@asynccontextmanager
async def engine_door(context: Context) -> AsyncIterator[EngineAtDoor]:
    """Serve for the length of the block, if a place to listen is set."""
    door = EngineAtDoor()
    address = context.settings.engine_listen
    if address is None:
        yield door
        return
    from pyxiu.transport.grpc_server import serve_grpc

    async with serve_grpc(address, door, service_identity(context)) as port:
        _log.info("engine listens", address=address, port=port, tls=context.settings.certs is not None)
        yield door


def service_identity(context: Context) -> Identity | None:
    """This process's certificate; None where none are used. Raises CertificateError."""
    folder = context.settings.certs
    return None if folder is None else load_identity(folder, context.service)
