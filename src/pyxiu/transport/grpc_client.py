"""Calling an engine over gRPC: one stream of frames, for as long as it lasts.

Invariant: the certificate shown must be an engine's of our authority, whatever address was dialed. Limit: one engine;
`engine_cluster.py` finds the one that leads.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import grpc
import grpc.aio

from pyxiu.engine.errors import EngineStoppedError
from pyxiu.transport.framed_engine import FramedEngine
from pyxiu.transport.frames import FRAME_BYTES_MAX
from pyxiu.transport.grpc_server import METHOD
from pyxiu.transport.tls import Identity, server_name

CONNECT_TIMEOUT_S: Final = 2.0

OPTIONS: Final = (
    ("grpc.max_receive_message_length", FRAME_BYTES_MAX),
    ("grpc.max_send_message_length", FRAME_BYTES_MAX),
    # A stopped or cut-off engine answers no ping: the stream then ends within four seconds.
    ("grpc.keepalive_time_ms", 2_000),
    ("grpc.keepalive_timeout_ms", 2_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    # Each engine has a connection of its own: two clients of one process must not share a broken one.
    ("grpc.use_local_subchannel_pool", 1),
)


@asynccontextmanager
async def connect_grpc(address: str, identity: Identity | None) -> AsyncIterator[FramedEngine]:
    """The engine at `host:port` for the length of the block. Raises EngineStoppedError where none answers."""
    async with _channel(address, identity) as channel:
        call: Any = channel.stream_stream(METHOD)()
        engine = FramedEngine(_CalledStream(call))
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await engine.ask_status()
        except (EngineStoppedError, TimeoutError) as error:
            reason = await _reason(call)
            await engine.close()
            call.cancel()
            raise EngineStoppedError(f"no engine answers at {address}: {reason or error!r}") from error
        try:
            yield engine
        finally:
            await engine.close()
            call.cancel()


def _channel(address: str, identity: Identity | None) -> grpc.aio.Channel:
    if identity is None:
        return grpc.aio.insecure_channel(address, options=OPTIONS)
    named = (*OPTIONS, ("grpc.ssl_target_name_override", server_name("engine")))
    credentials = grpc.ssl_channel_credentials(identity.ca, identity.key, identity.certificate)
    return grpc.aio.secure_channel(address, credentials, options=named)


async def _reason(call: Any) -> str:
    """Why a call ended; empty while it has not."""
    if not call.done():
        return ""
    code = await call.code()
    return f"{code.name}: {await call.details()}"


class _CalledStream:
    """A `Duplex` over the client's side of a call."""

    def __init__(self, call: Any) -> None:
        self._call = call

    async def send(self, frame: bytes) -> None:
        try:
            await self._call.write(frame)
        except (grpc.RpcError, asyncio.InvalidStateError) as error:
            raise ConnectionError(str(error)) from error

    async def receive(self) -> bytes | None:
        try:
            frame = await self._call.read()
        except grpc.RpcError as error:
            raise ConnectionError(str(error)) from error
        return None if frame is grpc.aio.EOF else frame
