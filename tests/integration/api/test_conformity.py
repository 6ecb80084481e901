"""Real answers carry every field of the dialect, route by route, from the list in `tests/data/dialect.json`."""

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import text

from tests.support.api import PREFIX, Exchange, Trader
from tests.support.members import BTC_ADDRESSES, a_withdrawer

pytestmark = pytest.mark.asyncio(loop_scope="module")

DIALECT: dict[str, dict[str, Any]] = msgspec.json.decode((Path(__file__).parents[2] / "data/dialect.json").read_bytes())
ROUTES = [name for name in DIALECT if " " in name]
#: Fields that the dialect leaves out where they mean nothing.
OPTIONAL = {"explorer_transaction", "explorer_address", "icon_url", "min_confirmations", "trades"}
PLACES = {"market": "btcusd", "currency": "btc", "market_pair": "BTC_USD", "adapter": "bitgo", "event": "deposit"}


#: Routes that need a member who may withdraw.
OF_WITHDRAWERS = (
    "/account/beneficiaries",
    "/account/withdraws",
    "/account/transactions",
    "/account/internal_transfers",
)


async def ask(exchange: Exchange, name: str) -> httpx.Response:
    """Ask a route, with something there to answer."""
    method, _, path = name.partition(" ")
    if path.startswith(OF_WITHDRAWERS):
        return await ask_as_withdrawer(exchange, method, path)
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


async def ask_as_withdrawer(exchange: Exchange, method: str, path: str) -> httpx.Response:
    member, other = await a_withdrawer(exchange, btc="1"), await a_withdrawer(exchange)
    withdrawal = {"beneficiary_id": member.beneficiary_id, "currency": "btc", "amount": "0.01"}
    entry = {"currency": "btc", "name": "second", "data": {"address": BTC_ADDRESSES[1]}}
    transfer = {"currency": "btc", "amount": "0.01", "username_or_uid": other.uid}
    bodies: dict[str, dict[str, Any]] = {
        "/account/withdraws": withdrawal,
        "/account/beneficiaries": entry,
        "/account/internal_transfers": transfer,
    }
    body: dict[str, Any] = bodies.get(path, {}) if method == "POST" else {}
    if path == "/account/internal_transfers" and method == "GET":
        assert (await member.post(path, **transfer, otp=member.code())).status_code == 201
    elif path in {"/account/withdraws", "/account/transactions"} and method == "GET":
        assert (await member.withdraw(**withdrawal)).status_code == 201
    elif "{id}" in path:
        number = (await member.post("/account/beneficiaries", **entry)).json()["id"]
        async with exchange.catalog.begin() as connection:
            await connection.execute(text("UPDATE beneficiaries SET sent_at = sent_at - interval '2 minutes'"))
        body = {"pin": await member.pin(number)}
        path = path.format(id=number)
    if method == "POST" and path != "/account/beneficiaries":
        body = {**body, "otp": member.code()}
    return await member.request(method, path, **({} if method in {"GET", "DELETE"} else {"json": body}))


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
    if response.status_code == 204:
        assert response.content == b""
        return
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
