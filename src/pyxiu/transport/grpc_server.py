"""The engine as a gRPC service: `/pyxiu.engine.v1.Engine/Exchange`, one bidirectional stream of frames per caller.

Each message is one frame of `frames.py`, as bytes; beside it stands the standard health service, which says SERVING
while this engine leads. Invariant: with TLS only services that are named in CALLERS get in; without it the server
binds to loopback or not at all. Limit: STREAMS_MAX callers.
"""

import asyncio
import ipaddress
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import grpc
import grpc.aio
import msgspec
import structlog
from grpc_health.v1 import health_pb2
from grpc_health.v1.health import aio as health_aio
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server

from pyxiu.kit.errors import PermanentError
from pyxiu.transport.frame_server import ServedEngine, serve_frames
from pyxiu.transport.frames import FRAME_BYTES_MAX
from pyxiu.transport.tls import Identity

SERVICE: Final = "pyxiu.engine.v1.Engine"
METHOD: Final = f"/{SERVICE}/Exchange"
#: Services that may send commands; everybody else reads the journal.
CALLERS: Final = frozenset({"engine", "api", "admin", "stream", "watcher", "signer", "scheduler"})
STREAMS_MAX: Final = 256
HEALTH_S: Final = 0.25
#: How addresses of Unix sockets begin.
UNIX: Final = "unix:"
STOP_S: Final = 2.0

OPTIONS: Final = (
    ("grpc.max_receive_message_length", FRAME_BYTES_MAX),
    ("grpc.max_send_message_length", FRAME_BYTES_MAX),
    ("grpc.keepalive_time_ms", 2_000),
    ("grpc.keepalive_timeout_ms", 2_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.http2.min_ping_interval_without_data_ms", 1_000),
    # Two engines on one port would share callers between a leader and a standby.
    ("grpc.so_reuseport", 0),
)

_log = structlog.stdlib.get_logger("pyxiu.engine_rpc")


class InsecureListenerError(PermanentError):
    """Commands would travel in the clear between machines."""


@asynccontextmanager
async def serve_grpc(address: str, engine: ServedEngine, identity: Identity | None) -> AsyncIterator[int]:
    """Serve at `host:port` or `unix:/path` until the end of the block; yields the port.

    Raises InsecureListenerError, OSError.
    """
    server = grpc.aio.server(options=OPTIONS, maximum_concurrent_rpcs=STREAMS_MAX)
    server.add_generic_rpc_handlers((_Handler(engine, secured=identity is not None),))
    health = health_aio.HealthServicer()
    add_HealthServicer_to_server(health, server)
    port = _bind(server, address, identity)
    await server.start()
    telling = asyncio.create_task(_tell_health(health, engine), name="engine health")
    try:
        yield port
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        await server.stop(STOP_S)


def _bind(server: grpc.aio.Server, address: str, identity: Identity | None) -> int:
    if identity is None and not _is_loopback(address):
        raise InsecureListenerError(
            f"{address}: an engine takes commands from other machines only with certificates: make them with "
            "`pyxiu certs DIR` and set PYXIU_CERTS=DIR"
        )
    # A socket on this machine is for its owner only, from the moment it exists.
    umask = os.umask(0o177) if address.startswith(UNIX) else None
    try:
        if identity is None:
            port = server.add_insecure_port(address)
        else:
            port = server.add_secure_port(address, _credentials(identity))
    except RuntimeError as error:
        raise OSError(f"cannot listen on {address}: {error}") from error
    finally:
        if umask is not None:
            os.umask(umask)
    if port == 0:
        raise OSError(f"cannot listen on {address}")
    return port


def _credentials(identity: Identity) -> grpc.ServerCredentials:
    """Callers must show a certificate of the same authority."""
    return grpc.ssl_server_credentials(
        [(identity.key, identity.certificate)], root_certificates=identity.ca, require_client_auth=True
    )


def _is_loopback(address: str) -> bool:
    if address.startswith(UNIX):
        return True
    host = address.rpartition(":")[0].strip("[]")
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


async def _tell_health(health: Any, engine: ServedEngine) -> None:
    while True:
        leading = bool(engine.status().leading)
        status = health_pb2.HealthCheckResponse.SERVING if leading else health_pb2.HealthCheckResponse.NOT_SERVING
        for service in ("", SERVICE):
            await health.set(service, status)
        await asyncio.sleep(HEALTH_S)


class _Handler(grpc.GenericRpcHandler):
    def __init__(self, engine: ServedEngine, *, secured: bool) -> None:
        self._engine = engine
        self._secured = secured

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        if handler_call_details.method != METHOD:
            return None
        return grpc.stream_stream_rpc_method_handler(self._exchange)

    async def _exchange(self, _requests: Any, context: Any) -> None:
        if self._secured:
            names = context.auth_context().get("x509_common_name", [])
            if not CALLERS.intersection(name.decode("utf-8", "replace") for name in names):
                _log.warning("caller refused", names=[repr(name) for name in names], peer=context.peer())
                await context.abort(grpc.StatusCode.PERMISSION_DENIED, "this service sends no commands to the engine")
        try:
            await serve_frames(_ServedStream(context), self._engine)
        except* (ConnectionError, ValueError, msgspec.DecodeError) as errors:
            _log.warning("engine stream dropped", peer=context.peer(), reason=repr(errors.exceptions[0]))
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "expected a frame of commands")


class _ServedStream:
    """A `Duplex` over the server's side of a call."""

    def __init__(self, context: Any) -> None:
        self._context = context

    async def send(self, frame: bytes) -> None:
        try:
            await self._context.write(frame)
        except grpc.RpcError as error:
            raise ConnectionError(str(error)) from error

    async def receive(self) -> bytes | None:
        try:
            frame = await self._context.read()
        except grpc.RpcError as error:
            raise ConnectionError(str(error)) from error
        return None if frame is grpc.aio.EOF else frame
