"""Webhooks on a real HTTP server: signed, one POST an event, refusals told apart, never to an inside address (T-71)."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from pyxiu.adapters.sinks.webhook import BODY_BYTES_MAX, WebhookSink, WebhookUrlError, is_public, signature
from pyxiu.kit.errors import TransientError
from pyxiu.plugins.spec import MakeSink
from pyxiu.plugins.testing import SinksContract
from pyxiu.relay.model import RelayedEvent
from pyxiu.relay.ports import UndeliverableError

SECRET = b"between us"


def event(number: int, **payload: Any) -> RelayedEvent:
    return RelayedEvent(f"outbox:{number}", "barong", "model", "user.created", f"user:{number}", 7, payload)


class Endpoint:
    """A small HTTP server that remembers what it was sent and answers what it is told to."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.connections = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await self._head(reader):
                headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
                self.requests.append((headers, await reader.readexactly(int(headers["Content-Length"]))))
                status = self.answers.pop(0) if self.answers else "204 No Content"
                writer.write(
                    f"HTTP/1.1 {status}\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".encode()
                )
                await writer.drain()
        finally:
            writer.close()

    async def _head(self, reader: asyncio.StreamReader) -> str:
        try:
            return (await reader.readuntil(b"\r\n\r\n")).decode()
        except asyncio.IncompleteReadError:
            return ""


@pytest.fixture
async def endpoint() -> AsyncIterator[tuple[Endpoint, int]]:
    endpoint = Endpoint()
    server = await asyncio.start_server(endpoint.handle, "127.0.0.1", 0)
    yield endpoint, server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
async def sink(endpoint: tuple[Endpoint, int]) -> AsyncIterator[WebhookSink]:
    sink = WebhookSink(f"http://localhost:{endpoint[1]}/hook?x=1", SECRET, allow_private=True)
    yield sink
    await sink.close()


async def test_each_event_is_posted_in_order_and_signed(sink: WebhookSink, endpoint: tuple[Endpoint, int]) -> None:
    await sink.publish([event(number, email=f"{number}@example.org") for number in range(3)])
    requests = endpoint[0].requests
    assert [headers["Pyxiu-Id"] for headers, _ in requests] == ["outbox:0", "outbox:1", "outbox:2"]
    for headers, body in requests:
        expected = signature(SECRET, int(headers["Pyxiu-Timestamp"]), headers["Pyxiu-Id"], body)
        assert headers["Pyxiu-Signature"] == expected
        assert headers["Host"] == f"localhost:{endpoint[1]}"
    assert requests[0][1] == b'{"id":"outbox:0","name":"model.user.created","at":7,"record":{"email":"0@example.org"}}'
    assert endpoint[0].connections == 1, "the connection is kept"


@pytest.mark.parametrize("status", ["500 Oops", "503 Busy", "404 Not Found", "401 No", "302 Found", "429 Slowly"])
async def test_an_answer_that_may_change_is_asked_for_again(
    sink: WebhookSink, endpoint: tuple[Endpoint, int], status: str
) -> None:
    endpoint[0].answers = [status]
    with pytest.raises(TransientError, match=status[:3]):
        await sink.publish([event(1)])
    assert len(endpoint[0].requests) == 1, "a redirect is not followed"
    await sink.publish([event(1)])
    assert [headers["Pyxiu-Id"] for headers, _ in endpoint[0].requests] == ["outbox:1", "outbox:1"]


async def test_a_refusal_for_good_names_the_event(sink: WebhookSink, endpoint: tuple[Endpoint, int]) -> None:
    endpoint[0].answers = ["204 No Content", "422 No"]
    with pytest.raises(UndeliverableError) as raised:
        await sink.publish([event(1), event(2), event(3)])
    assert raised.value.event.id == "outbox:2"
    with pytest.raises(UndeliverableError, match="bytes"):
        await sink.publish([event(4, text="x" * BODY_BYTES_MAX)])


async def test_an_endpoint_that_is_not_there_is_tried_again() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        sink = WebhookSink(f"http://127.0.0.1:{unused.getsockname()[1]}/", SECRET, allow_private=True, timeout_s=2)
        with pytest.raises(TransientError):
            await sink.publish([event(1)])
        await sink.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://192.168.1.1:8080/",
        "http://0.0.0.0/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fd00::1]/",
        "http://100.64.0.1/",
        "http://224.0.0.1/",
    ],
)
async def test_t71_an_inside_address_is_refused_however_it_is_written(url: str) -> None:
    sink = WebhookSink(url, SECRET)
    with pytest.raises(TransientError, match="not a public address"):
        await sink.publish([event(1)])
    await sink.close()


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/", "file:///etc/passwd", "http://user:secret@example.org/", "http:///x", "gopher://x", ""],
)
async def test_t71_only_plain_http_urls_are_taken(url: str) -> None:
    with pytest.raises(WebhookUrlError) as raised:
        WebhookSink(url, SECRET)
    assert "secret" not in str(raised.value)


async def test_t71_a_name_that_leads_inside_is_refused_at_each_attempt(
    endpoint: tuple[Endpoint, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: outside when it was registered, inside when it is called."""
    sink = WebhookSink(f"http://rebound.example:{endpoint[1]}/", SECRET)
    loop = asyncio.get_running_loop()

    async def found(*_: object, **__: object) -> list[Any]:
        return [(0, 0, 0, "", ("93.184.215.14", 80)), (0, 0, 0, "", ("127.0.0.1", endpoint[1]))]

    monkeypatch.setattr(loop, "getaddrinfo", found)
    with pytest.raises(TransientError, match="not a public address"):
        await sink.publish([event(1)])
    assert endpoint[0].connections == 0
    await sink.close()


async def test_a_name_that_no_resolver_takes_is_away_like_any_other() -> None:
    sink = WebhookSink("http://a..example/", SECRET)
    with pytest.raises(TransientError, match="is not found"):
        await sink.publish([event(1)])
    await sink.close()


def test_public_addresses_are_public() -> None:
    assert is_public("93.184.215.14")
    assert is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")


class TestWebhook(SinksContract):
    @pytest.fixture
    def make_sink(self, endpoint: tuple[Endpoint, int]) -> MakeSink:
        return lambda: WebhookSink(f"http://localhost:{endpoint[1]}/hook", SECRET, allow_private=True)

    @pytest.fixture
    def arrived(self, endpoint: tuple[Endpoint, int]) -> Callable[[], list[str]]:
        return lambda: [headers["Pyxiu-Id"] for headers, _ in endpoint[0].requests]
