"""Two gateways, one rate: what one has granted the other does not grant again."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.server import Server
from tests.e2e.traders import PREFIX, make_demo
from tests.support.api import KeyAuth

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

BURST = 60
#: Of the second gateway, until it has heard of the first; without sharing it would grant all of BURST.
HEARD_BY = BURST // 2
#: Whoever waits for a gateway to be ready comes from the same address.
ADDRESS_BURST = 20 * BURST
PAUSE_S = 0.05
MARKETS = f"{PREFIX}/public/markets"
BALANCES = f"{PREFIX}/account/balances"


@pytest.fixture
def gateways(home: Path, database_dsn: str) -> Iterator[list[Server]]:
    """The first has the engine with it. One request in ten seconds comes back."""
    found = [
        Server(home, "run", "engine", "projector", "api", database_url=database_dsn),
        Server(home, "run", "api", database_url=database_dsn),
    ]
    for server in found:
        server.variables = {
            "PYXIU_REQUESTS_PER_ADDRESS": f"0.1:{ADDRESS_BURST}",
            "PYXIU_REQUESTS_PER_MEMBER": f"0.1:{BURST}",
        }
    yield found
    for server in found:
        server.kill()


async def granted(server: Server, path: str, auth: KeyAuth | None, limit: int, *, pause_s: float = PAUSE_S) -> int:
    """How many requests one after another are answered before one is refused, at most `limit`."""
    async with httpx.AsyncClient(base_url=server.url, auth=auth, trust_env=False) as client:
        for count in range(limit):
            answer = await client.get(path)
            if answer.status_code == 429:
                assert int(answer.headers["Retry-After"]) >= 1
                return count
            assert answer.status_code == 200, answer.text
            await asyncio.sleep(pause_s)
    return limit


async def test_what_one_gateway_grants_another_does_not_grant_again(gateways: list[Server]) -> None:
    credentials = await make_demo(gateways[0].settings)
    for server in gateways:
        await server.start()
    maker = KeyAuth(credentials.maker.api_key, credentials.maker.api_secret)
    taker = KeyAuth(credentials.taker.api_key, credentials.taker.api_secret)
    first, second = gateways
    assert await granted(first, BALANCES, maker, BURST + 1, pause_s=0) == BURST
    assert await granted(second, BALANCES, maker, BURST) < HEARD_BY, "the member is known there already"
    assert await granted(second, BALANCES, taker, 5) == 5, "and nobody else is refused for it"
    # All of them came from one address; what is left of its bucket is taken from the first alone.
    assert await granted(first, MARKETS, None, ADDRESS_BURST, pause_s=0) < ADDRESS_BURST
    assert await granted(second, MARKETS, None, BURST) < HEARD_BY
