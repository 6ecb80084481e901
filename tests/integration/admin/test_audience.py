"""One address for the public, another one for staff: what is not for an audience is not there."""

from dataclasses import replace

import httpx
from prometheus_client import CollectorRegistry

from pyxiu.api.app import create_app, create_staff_app
from pyxiu.api.asgi import ASGIApp
from pyxiu.api.audience import Audience
from pyxiu.api.routes import ENDPOINTS, endpoints_for
from tests.support.api import BASE_URL, Exchange, running_exchange
from tests.support.staff import a_browser

ADMIN, SESSIONS = "/api/v2/barong/admin/users", "/api/v2/barong/identity/sessions"
ORDERS, MARKETS = "/api/v2/peatio/market/orders", "/api/v2/peatio/public/markets"
ALIVE = "/api/v2/peatio/public/health/alive"


def for_audience(exchange: Exchange, audience: Audience) -> httpx.AsyncClient:
    services = replace(
        exchange.services,
        settings=replace(exchange.services.settings, audience=audience),
        registry=CollectorRegistry(),
    )
    app: ASGIApp = create_staff_app(services).app if audience is Audience.STAFF else create_app(services)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL)


async def documented(client: httpx.AsyncClient) -> set[str]:
    return set((await client.get("/openapi.json")).json()["paths"])


def test_every_endpoint_is_for_somebody() -> None:
    public, staff = endpoints_for(Audience.PUBLIC), endpoints_for(Audience.STAFF)
    assert {id(endpoint) for endpoint in (*public, *staff)} == {id(endpoint) for endpoint in ENDPOINTS}
    assert all("/admin/" not in endpoint.path for endpoint in public)
    assert all("/market/" not in endpoint.path and "/account/" not in endpoint.path for endpoint in staff)


async def test_staff_and_the_public_have_different_doors(database_dsn: str) -> None:
    async with (
        running_exchange(database_dsn) as exchange,
        for_audience(exchange, Audience.PUBLIC) as public,
        for_audience(exchange, Audience.STAFF) as staff,
    ):
        boss = await a_browser(exchange, role="superadmin")
        for client, answers in ((public, (404, 404)), (staff, (401, 200))):
            found = await client.get(ADMIN), await boss.at(client).get("/admin/users")
            assert tuple(answer.status_code for answer in found) == answers
            # Another method of a path that is not there is no hint that it is somewhere.
            assert (await client.post(ADMIN)).status_code in {404, 405}
            assert (await client.get(ALIVE)).status_code == 200
            assert (await client.post(SESSIONS, json={})).status_code == 422
        assert (await public.post(ADMIN)).status_code == 404
        assert [(await client.get(MARKETS)).status_code for client in (public, staff)] == [200, 404]
        assert [(await client.post(ORDERS, json={})).status_code for client in (public, staff)] == [401, 404]
        told = await documented(public), await documented(staff)
        assert ADMIN in told[1] - told[0]
        assert ORDERS in told[0] - told[1]
        assert SESSIONS in told[0] & told[1]
