"""The engine over gRPC: frames on a real socket, mutual TLS, health, and finding the engine that leads."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub

from pyxiu.core.commands import PutMember
from pyxiu.core.outcomes import Outcome
from pyxiu.core.types import MemberId
from pyxiu.engine.errors import EngineStoppedError, NotLeadingError, OverloadedError
from pyxiu.kit.errors import TransientError
from pyxiu.transport.engine_cluster import EngineCluster, connect_cluster
from pyxiu.transport.framed_engine import FramedEngine
from pyxiu.transport.frames import FRAME_BYTES_MAX
from pyxiu.transport.grpc_client import connect_grpc
from pyxiu.transport.grpc_server import METHOD, SERVICE, InsecureListenerError, serve_grpc
from pyxiu.transport.tls import Identity, load_identity, make_certificates, server_name
from tests.support.ports import free_port
from tests.support.served_engine import ServedStandIn

WAIT_S = 10.0


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder, ("engine", "api", "projector"))
    return folder


@asynccontextmanager
async def called(engine: ServedStandIn) -> AsyncIterator[FramedEngine]:
    address = f"127.0.0.1:{free_port()}"
    async with serve_grpc(address, engine, None), connect_grpc(address, None) as remote:
        yield remote


async def test_commands_travel_and_their_outcomes_come_back() -> None:
    engine = ServedStandIn()
    async with called(engine) as remote:
        assert [outcome.seq for outcome in await remote.submit_many([b"a", b"bb"])] == [1, 2]
        assert remote.status() == engine.status()
        assert (await remote.submit(PutMember(MemberId("m")))).seq > 0


async def test_a_process_that_speaks_grpc_can_start_programs_as_another_user() -> None:
    """This is how a root Pyxiu starts PostgreSQL. It needs a real fork, which runs what libraries hooked into it."""

    async def speak(remote: FramedEngine) -> None:
        while True:
            await remote.submit_many([b"a"])

    def start() -> int:
        return subprocess.run(["true"], user=os.geteuid(), check=False, timeout=WAIT_S).returncode

    async with called(ServedStandIn()) as remote:
        speaking = [asyncio.create_task(speak(remote)) for _ in range(4)]
        assert {await asyncio.to_thread(start) for _ in range(30)} == {0}
        assert not any(task.done() for task in speaking)
        for task in speaking:
            task.cancel()


async def test_commands_of_one_turn_travel_in_one_frame_and_in_order() -> None:
    engine = ServedStandIn()
    async with called(engine) as remote:
        futures = [remote.submit_nowait(b"x" * length) for length in (1, 2, 3)]
        assert [(await future).seq for future in futures] == [1, 2, 3]
    assert engine.frames == [[b"x", b"xx", b"xxx"]]


async def test_what_is_submitted_after_a_frame_goes_after_it() -> None:
    engine = ServedStandIn()
    async with called(engine) as remote:
        first = remote.submit_nowait(b"1")
        middle = asyncio.ensure_future(remote.submit_many([b"22"]))
        await asyncio.sleep(0)
        last = remote.submit_nowait(b"333")
        assert [(await first).seq, (await middle)[0].seq, (await last).seq] == [1, 2, 3]
    assert engine.frames == [[b"1"], [b"22"], [b"333"]]


async def test_overload_and_a_stop_are_told_apart() -> None:
    engine = ServedStandIn()
    async with called(engine) as remote:
        engine.error = OverloadedError(0.25)
        with pytest.raises(OverloadedError) as raised:
            await remote.submit_many([b"a"])
        assert raised.value.retry_after_s == 0.25
        engine.error = EngineStoppedError("the engine is stopping")
        with pytest.raises(EngineStoppedError, match="the engine is stopping"):
            await remote.submit_nowait(b"a")


async def test_a_fault_of_one_request_leaves_the_others_on_its_connection_alone() -> None:
    class Forgetful(ServedStandIn):
        async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]:
            if commands[0] == b"money":
                raise TransientError("no database")
            return await super().submit_many(commands)

    engine = Forgetful()
    engine.hold = asyncio.Event()
    async with called(engine) as remote:
        others = asyncio.ensure_future(remote.submit_many([b"orders"]))
        with pytest.raises(EngineStoppedError, match="no database"):
            await remote.submit_many([b"money"])
        engine.hold.set()
        assert [outcome.seq for outcome in await others] == [6]


async def test_an_engine_that_does_not_lead_takes_nothing() -> None:
    engine = ServedStandIn(leading=False)
    async with called(engine) as remote:
        with pytest.raises(NotLeadingError):
            await remote.submit_many([b"a"])
    assert engine.frames == []


async def test_an_answer_that_does_not_come_in_time_is_an_unknown_outcome() -> None:
    engine = ServedStandIn()
    engine.hold = asyncio.Event()
    async with (
        serve_grpc(f"127.0.0.1:{free_port()}", engine, None) as port,
        connect_grpc(f"127.0.0.1:{port}", None) as remote,
    ):
        remote._deadline_s = 0.05
        with pytest.raises(EngineStoppedError, match="not known"):
            await remote.submit_nowait(b"a")
        engine.hold.set()
        remote._deadline_s = WAIT_S
        assert (await remote.submit_nowait(b"bb")).seq == 2


async def test_too_many_commands_under_way_are_refused_before_they_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyxiu.transport.framed_engine.IN_FLIGHT_COMMANDS_MAX", 3)
    engine = ServedStandIn()
    engine.hold = asyncio.Event()
    async with called(engine) as remote:
        futures = [remote.submit_nowait(b"x") for _ in range(3)]
        with pytest.raises(OverloadedError):
            remote.submit_nowait(b"x")
        engine.hold.set()
        await asyncio.gather(*futures)
        assert (await remote.submit_nowait(b"x")).seq == 1


async def test_nonsense_ends_the_stream_and_nothing_else() -> None:
    engine = ServedStandIn()
    async with (
        serve_grpc(f"127.0.0.1:{free_port()}", engine, None) as port,
        connect_grpc(f"127.0.0.1:{port}", None) as remote,
    ):
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            for nonsense in (b"\xc1", b"", b"\x93\x01\xa6submit\x05"):
                call: grpc.aio.StreamStreamCall[bytes, bytes] = channel.stream_stream(METHOD)()
                await call.write(nonsense)
                assert await call.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert await remote.submit_many([b"a"])


async def test_a_frame_that_is_too_long_is_refused() -> None:
    async with (
        serve_grpc(f"127.0.0.1:{free_port()}", ServedStandIn(), None) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.max_send_message_length", -1)]) as channel,
    ):
        call: grpc.aio.StreamStreamCall[bytes, bytes] = channel.stream_stream(METHOD)()
        await call.write(bytes(FRAME_BYTES_MAX + 1))
        assert await call.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_with_certificates_only_named_services_get_in(certificates: Path) -> None:
    engine = ServedStandIn()
    async with serve_grpc(f"127.0.0.1:{free_port()}", engine, load_identity(certificates, "engine")) as port:
        address = f"127.0.0.1:{port}"
        async with connect_grpc(address, load_identity(certificates, "api")) as remote:
            assert await remote.submit_many([b"a"])
        with pytest.raises(EngineStoppedError):  # one that never sends commands
            async with connect_grpc(address, load_identity(certificates, "projector")):
                pass
        with pytest.raises(EngineStoppedError):  # no certificate at all
            async with connect_grpc(address, None):
                pass
    assert engine.frames == [[b"a"]]


async def test_certificates_of_another_authority_are_worth_nothing(certificates: Path, tmp_path: Path) -> None:
    make_certificates(tmp_path, ("engine", "api"))
    theirs, ours = load_identity(tmp_path, "api"), load_identity(certificates, "api")
    async with serve_grpc(f"127.0.0.1:{free_port()}", ServedStandIn(), load_identity(certificates, "engine")) as port:
        forged = Identity("api", ours.ca, theirs.certificate, theirs.key)
        for identity in (theirs, forged):
            with pytest.raises(EngineStoppedError):
                async with connect_grpc(f"127.0.0.1:{port}", identity):
                    pass


async def test_a_service_that_is_no_engine_cannot_pass_for_one(certificates: Path) -> None:
    async with serve_grpc(f"127.0.0.1:{free_port()}", ServedStandIn(), load_identity(certificates, "api")) as port:
        with pytest.raises(EngineStoppedError):
            async with connect_grpc(f"127.0.0.1:{port}", load_identity(certificates, "api")):
                pass


async def test_without_certificates_only_this_machine_is_served() -> None:
    for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:0"):
        with pytest.raises(InsecureListenerError):
            async with serve_grpc(address, ServedStandIn(), None):
                pass


async def test_the_health_service_tells_who_leads(certificates: Path) -> None:
    engine = ServedStandIn()
    async with serve_grpc(f"127.0.0.1:{free_port()}", engine, load_identity(certificates, "engine")) as port:
        api = load_identity(certificates, "api")
        credentials = grpc.ssl_channel_credentials(api.ca, api.key, api.certificate)
        options = [("grpc.ssl_target_name_override", server_name("engine"))]
        async with grpc.aio.secure_channel(f"127.0.0.1:{port}", credentials, options=options) as channel:
            stub: Any = HealthStub(channel)
            watching = stub.Watch(health_pb2.HealthCheckRequest(service=SERVICE))
            statuses = aiter(watching)
            serving, not_serving = (
                health_pb2.HealthCheckResponse.SERVING,
                health_pb2.HealthCheckResponse.NOT_SERVING,
            )
            async with asyncio.timeout(WAIT_S):
                while (await anext(statuses)).status != serving:
                    pass
                engine.leading = False
                while (await anext(statuses)).status != not_serving:
                    pass
            watching.cancel()


async def until_leader(cluster: EngineCluster, seq: int) -> None:
    async with asyncio.timeout(WAIT_S):
        while not (cluster.status().leading and cluster.status().seq == seq):  # noqa: ASYNC110 - no event to wait for
            await asyncio.sleep(0.01)


async def test_the_engine_that_leads_is_found_and_followed() -> None:
    first, second = ServedStandIn(seq=1), ServedStandIn(leading=False, seq=2)
    async with (
        serve_grpc(f"127.0.0.1:{free_port()}", first, None) as port_a,
        serve_grpc(f"127.0.0.1:{free_port()}", second, None) as port_b,
        connect_cluster([f"127.0.0.1:{port_b}", f"127.0.0.1:{port_a}"], None) as cluster,
    ):
        await cluster.until_found(WAIT_S)
        assert (await cluster.submit_nowait(b"a")).seq == 1
        first.leading, second.leading = False, True
        await until_leader(cluster, 2)
        assert (await cluster.submit_many([b"bb"]))[0].seq == 2
    assert (first.frames, second.frames) == ([[b"a"]], [[b"bb"]])


async def test_while_nobody_leads_commands_are_refused_and_nothing_is_taken() -> None:
    engine = ServedStandIn(leading=False)
    async with (
        serve_grpc(f"127.0.0.1:{free_port()}", engine, None) as port,
        connect_cluster([f"127.0.0.1:{port}"], None) as cluster,
    ):
        with pytest.raises(NotLeadingError):
            cluster.submit_nowait(b"a")
        assert not cluster.status().leading
        with pytest.raises(EngineStoppedError, match="no engine leads"):
            await cluster.until_found(0.01)
        engine.leading = True
        await cluster.until_found(WAIT_S)
        assert await cluster.submit_many([b"a"])
    assert engine.frames == [[b"a"]]


async def test_an_engine_that_goes_and_comes_back_is_found_again() -> None:
    address = f"127.0.0.1:{free_port()}"
    async with AsyncExitStack() as stack:
        async with serve_grpc(address, ServedStandIn(seq=1), None):
            cluster = await stack.enter_async_context(connect_cluster([address], None))
            await cluster.until_found(WAIT_S)
        async with asyncio.timeout(WAIT_S):
            while cluster._link is not None:  # noqa: ASYNC110 - no event to wait for
                await asyncio.sleep(0.01)
        async with serve_grpc(address, ServedStandIn(seq=2), None):
            await until_leader(cluster, 2)
            assert await cluster.submit_many([b"a"])
