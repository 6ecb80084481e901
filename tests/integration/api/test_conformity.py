"""Real answers carry every field of the dialect, route by route, from the list in `tests/data/dialect.json`."""

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tests.support.api import PREFIX, Exchange, Trader

pytestmark = pytest.mark.asyncio(loop_scope="module")

DIALECT: dict[str, dict[str, Any]] = msgspec.json.decode((Path(__file__).parents[2] / "data/dialect.json").read_bytes())
ROUTES = [name for name in DIALECT if " " in name]
#: Fields that the dialect leaves out where they mean nothing.
OPTIONAL = {"explorer_transaction", "explorer_address", "icon_url", "min_confirmations", "trades"}
PLACES = {"market": "btcusd", "currency": "btc", "market_pair": "BTC_USD", "adapter": "bitgo", "event": "deposit"}


async def ask(exchange: Exchange, name: str) -> httpx.Response:
    """Ask a route, with something there to answer."""
    method, _, path = name.partition(" ")
    maker, taker = await exchange.member(btc="10"), await exchange.member(usd="10000")
    await maker.place(side="sell", volume="1", price="100")
    done = await taker.place(side="buy", volume="0.5", price="100")
    waiting = await taker.place(side="buy", volume="0.5", price="50")
    await exchange.projected()
    reference = str(waiting["id"] if "cancel" in path else done["id"]) if "market" in path else "btc"
    path = path.format(id=reference, **PLACES)
    if path.startswith("/coingecko/") and "ticker_id" in DIALECT[name].get("query", ()):
        path += "?ticker_id=BTC_USD"
    return await request(exchange, taker, method, path)


async def request(exchange: Exchange, member: Trader, method: str, path: str) -> httpx.Response:
    auth = member.auth if path.startswith(("/account/", "/market/")) else None
    order = {"market": "btcusd", "side": "buy", "volume": "0.1", "price": "10", "ord_type": "limit"}
    body = order if path == "/market/orders" and method == "POST" else None
    return await exchange.anyone.request(method, PREFIX + path, json=body, auth=auth)


def rows(answer: Any, fields: set[str]) -> list[dict[str, Any]]:
    """The entities in an answer: itself, the items of a list, or the values of a map by name."""
    if isinstance(answer, list):
        return answer
    if isinstance(answer, dict) and not fields & set(answer):
        return list(answer.values())
    return [answer]


@pytest.mark.parametrize("name", ROUTES)
async def test_a_real_answer_has_the_dialects_fields(exchange: Exchange, name: str) -> None:
    facts = DIALECT[name]
    response = await ask(exchange, name)
    assert response.status_code == facts["status"], response.text
    assert response.headers["content-type"] == "application/json"
    fields = set(facts.get("fields", ()))
    entities = rows(response.json(), fields) if fields else []
    assert entities or not fields, "nothing to look at"
    for entity in entities:
        assert fields - OPTIONAL <= set(entity)
    if fields:
        assert fields <= set().union(*entities), "each field is in some entity"


async def test_a_real_ticker_has_all_its_fields(exchange: Exchange) -> None:
    ticker = (await exchange.get("/public/markets/btcusd/tickers")).json()["ticker"]
    assert set(ticker) == set(DIALECT["ticker"]["fields"])
