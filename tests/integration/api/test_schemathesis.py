"""Our own OpenAPI document, held against the running exchange: generated requests, valid and not, and what comes back.

Nothing may be answered with a status, a body or a header that the document does not name, and nothing with 500. Bounded
in examples and the same ones every time.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from pyxiu.api.endpoint import Endpoint
from pyxiu.api.openapi import build_document, operation_id
from pyxiu.api.routes import ENDPOINTS
from pyxiu.storage.embedded import EmbeddedPostgres
from tests.support.api import Exchange, KeyAuth, running_exchange
from tests.support.http import serving
from tests.support.postgres import fresh_database

#: Fewer where an example costs more, and where there are many routes of one kind.
EXAMPLES = {"peatio": 12, "barong": 4}
START_TIMEOUT_S = 60
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
CURRENCY = "btc"
KNOWN = {
    "market": "btcusd",
    "id": "2",
    "currency": CURRENCY,
    "market_pair": "BTC_USD",
    "client_order_id": "bot-7-000123",
    "adapter": "bitgo",
    "event": "deposit",
    "key": "email",
    "kid": "0123456789abcdef",
    "topic": "all",
    "txid": "a0b1c2",
    "uid": "ID0123456789",
    "path": "api/v2/peatio/account/balances",
}
SCHEMA: Any = schemathesis.openapi.from_dict(build_document(ENDPOINTS, "0.0.0"))


@pytest.fixture(autouse=True)
def empty_books() -> None:
    """Requests of these tests may meet whatever earlier ones left."""


class ServedInThread:
    """An exchange on a loop of its own, so that a test may use a client that blocks."""

    def __init__(self, dsn_of: Any) -> None:
        self._dsn_of = dsn_of
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self.exchange: Exchange
        self.auth: KeyAuth
        self.url: str

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async for dsn in self._dsn_of():
            async with running_exchange(dsn) as exchange, serving(exchange.app) as port:
                member = await exchange.member(usd="1000000", btc="1000")
                other = await exchange.member(usd="1000000", btc="1000")
                await other.place(side="sell", volume="1", price="20000.5")
                await member.place(side="buy", volume="0.5", price="20000.5", client_order_id="bot-7-000123")
                self.exchange = exchange
                self.auth, self.url = member.auth, f"http://127.0.0.1:{port}"
                self._ready.set()
                await self._stop.wait()

    def headers_for(self, endpoint: Endpoint) -> Callable[[], dict[str, str]]:
        """What makes each request somebody's: a key's signature, or a session of somebody who may do everything."""
        if endpoint.group == "peatio":
            return self.auth.headers
        made = asyncio.run_coroutine_threadsafe(self.exchange.browser(role="superadmin"), self._loop)
        session = made.result(START_TIMEOUT_S).session_headers()
        return lambda: session

    def __enter__(self) -> "ServedInThread":
        self._thread.start()
        assert self._ready.wait(START_TIMEOUT_S), "the exchange does not come up"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()


@pytest.fixture(scope="module")
def served(postgres_server: EmbeddedPostgres, migrated_template: str) -> Iterator[ServedInThread]:
    with ServedInThread(lambda: fresh_database(postgres_server.dsn, migrated_template)) as running:
        yield running


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        opened.trust_env = False
        yield opened


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=operation_id)
def test_the_exchange_answers_as_the_document_says(
    served: ServedInThread, session: requests.Session, endpoint: Endpoint
) -> None:
    operation = SCHEMA.find_operation_by_id(operation_id(endpoint))
    modes = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]
    if endpoint.path_parameters:
        # Made-up ids find nothing; these lead to what is there.
        known = {name: CURRENCY if "currencies" in endpoint.path else KNOWN[name] for name in endpoint.path_parameters}
        modes += [operation.as_strategy(generation_mode=mode, path_parameters=known) for mode in GenerationMode]

    headers = served.headers_for(endpoint)

    @settings(
        max_examples=EXAMPLES[endpoint.group], derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.one_of(*modes))
    def check(case: Any) -> None:
        response = case.call(base_url=served.url, session=session, headers=headers())
        case.validate_response(response, checks=CHECKS)

    check()
