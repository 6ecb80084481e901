"""Orders that go the short way, past ASGI: the same answers, in order, whatever the client and the engine do."""

import asyncio
import itertools
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, NoReturn, cast

import pytest

from pyxiu.api.app import create_app
from pyxiu.api.market.order_request import BODY_BYTES_MAX
from pyxiu.core.commands import CancelOrder, Command, PlaceOrder
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import OrderStatus
from pyxiu.engine.errors import EngineStoppedError, OverloadedError
from pyxiu.identity.access.decide_permission import Policy
from pyxiu.identity.api_keys.signatures import HmacVerifier
from pyxiu.identity.services import IdentityServices
from pyxiu.storage.database import DatabaseUnavailableError
from tests.support.http import serving
from tests.unit.api.stubs import KID, PREFIX, SECRET, StubEngine, StubRules, TakesAnything, order_state, stub_services

ORDER = b'{"market":"btcusd","side":"buy","volume":"0.1","price":"20000.5"}'
PLACE = "/market/orders"
_numbers = itertools.count()


class HeldEngine(StubEngine):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.futures: list[asyncio.Future[Outcome]] = []
        self.asked = asyncio.Event()

    def submit_nowait(self, command: bytes) -> "asyncio.Future[Outcome]":
        super().submit_nowait(command)
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.futures.append(future)
        self.asked.set()
        return future

    async def until_asked(self) -> "asyncio.Future[Outcome]":
        async with asyncio.timeout(10):
            await self.asked.wait()
        self.asked.clear()
        return self.futures[-1]


class Client:
    """A raw connection that signs."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def request(self, path: str = PLACE, body: bytes = ORDER, *, head: str = "", version: str = "1.1") -> bytes:
        nonce = time.time_ns() // 1_000_000 + next(_numbers)  # no two clients use the same
        signature = HmacVerifier(SECRET).sign(f"{nonce}{KID}".encode())
        return (
            f"POST {PREFIX}{path} HTTP/{version}\r\nHost: x\r\nX-Auth-Apikey: {KID}\r\nX-Auth-Nonce: {nonce}\r\n"
            f"X-Auth-Signature: {signature}\r\nContent-Length: {len(body)}\r\n{head}\r\n"
        ).encode() + body

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        async with asyncio.timeout(10):
            first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines)
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
            return int(first.split()[1]), headers, body

    async def ask(self, *arguments: Any, **options: Any) -> tuple[int, dict[str, str], bytes]:
        self.writer.write(self.request(*arguments, **options))
        return await self.answer()

    async def ended(self) -> bool:
        async with asyncio.timeout(10):
            return await self.reader.read() == b""


@asynccontextmanager
async def exchange(engine: StubEngine, **settings: Any) -> AsyncIterator[Client]:
    async with serving(create_app(stub_services(engine)), **settings) as port:
        client = Client(*await asyncio.open_connection("127.0.0.1", port))
        yield client
        client.writer.close()


async def test_both_ways_give_the_same_answer() -> None:
    """An Expect, a chunked body and HTTP/1.0 go uvicorn's way."""
    async with exchange(StubEngine()) as client:
        status, headers, body = await client.ask()
        assert (status, headers["content-type"]) == (201, "application/json")
        assert {"date", "x-content-type-options"} <= headers.keys()
        client.writer.write(client.request(head="Expect: 100-continue\r\n"))
        assert (await client.answer())[0] == 100
        assert await client.answer() == (status, headers, body)
        chunked = client.request().replace(f"Content-Length: {len(ORDER)}".encode(), b"Transfer-Encoding: chunked")
        client.writer.write(chunked.replace(ORDER, b"%x\r\n%b\r\n0\r\n\r\n" % (len(ORDER), ORDER)))
        assert await client.answer() == (status, headers, body)
        other_status, other_headers, other_body = await client.ask(version="1.0")
        assert (other_status, other_body) == (status, body)
        assert other_headers["connection"] == "close"
        assert await client.ended()


async def test_a_cancel_is_told_what_became_of_it() -> None:
    engine = StubEngine(lambda _: Outcome(2, order=order_state(status=OrderStatus.CANCELED)))
    async with exchange(engine) as client:
        status, _, body = await client.ask("/market/orders/7/cancel", b"")
        assert (status, b'"state":"cancel"' in body) == (201, True)
        assert [command.order_id for command in engine.cancels()] == [7]


async def test_a_cancel_that_has_to_look_up_why_is_answered_too() -> None:
    async with exchange(StubEngine(lambda _: Outcome(0, Rejection.ORDER_UNKNOWN))) as client:
        assert (await client.ask("/market/orders/7/cancel", b""))[0] == 404
        assert (await client.ask("/market/orders/8/cancel", b"null"))[0] == 404


@pytest.mark.parametrize("path", ["/market/orders/5%35/cancel", "/market/orders/55/cancel?x=/cancel", f"{PLACE}?x=1"])
async def test_a_target_that_is_more_than_a_path_is_understood(path: str) -> None:
    engine = StubEngine()
    async with exchange(engine) as client:
        assert (await client.ask(path))[0] == 201
    assert [type(command) for command in engine.commands] in ([PlaceOrder], [CancelOrder])
    assert all(command.order_id == 55 for command in engine.cancels())


async def test_answers_leave_in_the_order_of_their_requests() -> None:
    """An order that waits for its commit, an ordinary request and another order, all in one piece."""
    engine = HeldEngine()
    async with exchange(engine) as client:
        get = f"GET {PREFIX}/public/timestamp HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        client.writer.write(client.request() + get + client.request())
        first = await engine.until_asked()
        assert len(engine.futures) == 1, "the second order must not overtake the request before it"
        first.set_result(Outcome(1, order=order_state(order_id=1)))
        assert (await client.answer())[0] == 201
        assert (await client.answer())[0] == 200
        (await engine.until_asked()).set_result(Outcome(2, order=order_state(order_id=2)))
        assert b'"id":2,' in (await client.answer())[2]
        # The short way is open again.
        client.writer.write(client.request())
        (await engine.until_asked()).set_result(Outcome(3, order=order_state(order_id=3)))
        assert b'"id":3,' in (await client.answer())[2]


async def test_a_body_in_pieces_is_put_together_and_one_that_is_too_long_is_413() -> None:
    engine = StubEngine()
    async with exchange(engine) as client:
        whole = client.request()
        for start in range(0, len(whole), 50):
            client.writer.write(whole[start : start + 50])
            await client.writer.drain()
            await asyncio.sleep(0)
        assert (await client.answer())[0] == 201
        assert (await client.ask(PLACE, b" " * (BODY_BYTES_MAX + 1)))[0] == 413
        assert (await client.ask())[0] == 201
    assert len(engine.commands) == 2


async def test_faults_of_the_engine_are_told() -> None:
    """T-08: what was not done, what nobody knows, and what is our own fault."""
    failures: list[Exception] = [EngineStoppedError("stopped"), AssertionError("a bug")]

    def fail(_: Command) -> Outcome:
        raise failures.pop(0)

    engine = StubEngine(fail)
    async with exchange(engine) as client:
        status, _, body = await client.ask()
        assert (status, b"server.outcome_unknown" in body) == (504, True)
        status, _, body = await client.ask()
        assert (status, b"a bug" in body) == (500, False)
        engine.refusal = OverloadedError(2.4)
        status, headers, body = await client.ask()
        assert (status, headers["retry-after"], b"server.overloaded" in body) == (503, "3", True)


class NothingPermitted(StubRules):
    async def policy(self) -> Policy:
        return Policy([])


class Away(TakesAnything):
    """A database that is not there; its driver needs the task that it runs in, for its timeouts."""

    def begin(self) -> NoReturn:
        assert asyncio.current_task() is not None, "outside of a task"
        raise DatabaseUnavailableError("away")


async def test_what_has_to_be_waited_for_on_the_way_runs_in_a_task() -> None:
    """A refusal is noted in the database, though the request itself has no task."""
    services = stub_services(StubEngine())
    services = replace(
        services, rules=NothingPermitted(), identity=IdentityServices(cast("Any", Away()), cast("Any", None))
    )
    async with serving(create_app(services)) as port:
        client = Client(*await asyncio.open_connection("127.0.0.1", port))
        await client.ask()  # looks up the key and the permissions, so that the next one does not wait for them
        assert (await client.ask())[0] == 503
        client.writer.close()


async def test_a_client_that_left_before_the_commit_disturbs_nobody() -> None:
    engine = HeldEngine()
    app = create_app(stub_services(engine))
    async with serving(app) as port:
        gone = Client(*await asyncio.open_connection("127.0.0.1", port))
        gone.writer.write(gone.request())
        decided = await engine.until_asked()
        gone.writer.transport.abort()
        client = Client(*await asyncio.open_connection("127.0.0.1", port))
        client.writer.write(client.request(body=ORDER.replace(b"0.1", b"0.2")))
        other = await engine.until_asked()
        decided.set_result(Outcome(1, order=order_state()))
        other.set_result(Outcome(2, order=order_state(order_id=2)))
        assert (await client.answer())[0] == 201
        client.writer.close()


async def test_a_stop_waits_for_the_order_under_way() -> None:
    engine = HeldEngine()
    app = create_app(stub_services(engine))
    served = serving(app)
    port = await served.__aenter__()
    client = Client(*await asyncio.open_connection("127.0.0.1", port))
    client.writer.write(client.request())
    decided = await engine.until_asked()
    stopping = asyncio.create_task(served.__aexit__(None, None, None))
    while not _refuses(port):  # noqa: ASYNC110 - uvicorn sets no event
        await asyncio.sleep(0.01)
    decided.set_result(Outcome(1, order=order_state()))
    status, headers, _ = await client.answer()
    assert (status, headers["connection"]) == (201, "close")
    assert await client.ended()
    client.writer.close()
    await stopping


async def test_an_idle_connection_is_closed_and_one_in_use_is_not() -> None:
    engine = StubEngine()
    async with serving(create_app(stub_services(engine)), timeout_keep_alive=1) as port:
        busy, idle = [Client(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(2)]
        assert (await busy.ask())[0] == 201
        assert (await idle.ask())[0] == 201
        # The busy one has been idle for longer when the other one is closed, but for what it has begun to send.
        request = busy.request()
        busy.writer.write(request[:-1])
        assert await idle.ended()
        busy.writer.write(request[-1:])
        assert (await busy.answer())[0] == 201
        for client in (busy, idle):
            client.writer.close()


def _refuses(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
