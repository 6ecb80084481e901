"""The bots' client: signed, patient, and no burden on a server that is busy."""

import asyncio
import hmac
from collections.abc import Callable

import httpx
import pytest

from pyxiu.app.demo.bots.client import TRIES_MAX, ApiClient, ApiUnavailableError

Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the client would have slept."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("asyncio.sleep", sleep)
    return slept


def client(answer: Answer) -> ApiClient:
    return ApiClient("http://exchange.test", "kid", "secret", transport=httpx.MockTransport(answer))


async def test_requests_are_signed_with_a_nonce_of_their_own() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=[])

    async with client(answer) as api:
        await api.get("/public/markets", limit=3)
        await api.post("/market/orders", {"market": "btcusdt"})
    assert seen[0].url == "http://exchange.test/api/v2/peatio/public/markets?limit=3"
    nonces = [request.headers["X-Auth-Nonce"] for request in seen]
    assert len(set(nonces)) == 2
    for request, nonce in zip(seen, nonces, strict=True):
        expected = hmac.digest(b"secret", (nonce + "kid").encode(), "sha256").hex()
        assert request.headers["X-Auth-Signature"] == expected


async def test_a_busy_server_is_given_the_time_it_asks_for(pauses: list[float]) -> None:
    answers = iter([httpx.Response(503, headers={"Retry-After": "4"}), httpx.Response(200, json={"done": 1})])
    async with client(lambda _: next(answers)) as api:
        assert await api.post("/market/orders", {}) == {"done": 1}
    assert pauses == [4.0]


async def test_pauses_grow_and_tries_end(pauses: list[float]) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async with client(answer) as api:
        with pytest.raises(ApiUnavailableError, match=f"no answer in {TRIES_MAX} tries"):
            await api.get("/public/markets")
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0]


async def test_a_refusal_is_an_answer() -> None:
    refusal = {"errors": ["market.account.insufficient_balance"]}
    async with client(lambda _: httpx.Response(422, json=refusal)) as api:
        assert await api.post("/market/orders", {}) == refusal


class FailsWhileCanceled(httpx.AsyncBaseTransport):
    """As a connection attempt that ends in the same moment as the task is canceled, and tells only of itself."""

    def __init__(self) -> None:
        self.asked = 0
        self.waiting = asyncio.Event()

    async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        self.waiting.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise httpx.ConnectError("refused") from None
        raise AssertionError


async def test_a_cancel_is_not_lost_to_a_connection_that_fails_in_the_same_moment() -> None:
    transport = FailsWhileCanceled()
    async with ApiClient("http://exchange.test", "key", "secret", transport=transport) as client:
        asking = asyncio.create_task(client.get("/public/markets"))
        await transport.waiting.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asking, 5)
    assert transport.asked == 1
