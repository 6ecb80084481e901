"""The maker: a ladder of post-only orders around a wandering price, renewed a little every second.

Invariant: at most `LEVELS` orders a side and market, because each round cancels before it places and begins with what
the exchange says is open. Limit: one market a turn, so four markets are renewed every `TURN_S * 4` seconds.
"""

import asyncio
import random
from typing import Any, Final

import structlog

from pyxiu.app.demo.bots.client import ApiClient
from pyxiu.app.demo.bots.prices import MILLION, Prices
from pyxiu.app.demo.bots.quotes import LEVEL_VALUE, Changes, Market, Open, changes, wanted_quotes
from pyxiu.kit.decimals import parse_decimal

TURN_S: Final = 0.35
OPEN_MAX: Final = 100

_log = structlog.stdlib.get_logger("pyxiu.bots.maker")


async def run_maker(client: ApiClient, prices: Prices, seed: int) -> None:
    """Quote for ever."""
    rng = random.Random(seed)  # noqa: S311 - sizes of demo orders are no secret
    markets = [Market.from_wire(entity) for entity in await client.get("/public/markets")]
    _log.info("maker starts", markets=[market.id for market in markets])
    while True:
        prices.step()
        for market in markets:
            await _turn(client, market, prices, rng)
            await asyncio.sleep(TURN_S)


async def _turn(client: ApiClient, market: Market, prices: Prices, rng: random.Random) -> None:
    middle = prices.middle(market.id)
    if middle is None:
        return
    answer = await client.get("/market/orders", market=market.id, state="wait", limit=OPEN_MAX)
    if not isinstance(answer, list):
        _log.warning("maker cannot see its orders", market=market.id, answer=answer)
        return
    standing = [_open_order(order, market) for order in answer]
    wanted = wanted_quotes(market, middle, _level_value(market, prices), rng)
    items = _items(market, changes(standing, wanted, market.ticks(middle)))
    if items:
        answer = await client.post("/market/orders/batch", {"items": items})
        if not isinstance(answer, list):
            _log.warning("maker's orders were refused", market=market.id, answer=answer)


def _level_value(market: Market, prices: Prices) -> int:
    """A level's worth in the market's quote currency: dollars, or bitcoin for the cross market."""
    if not market.id.endswith("btc"):
        return LEVEL_VALUE
    bitcoin = prices.middle("btcusdt")
    return LEVEL_VALUE * MILLION // bitcoin if bitcoin else LEVEL_VALUE


def _open_order(order: dict[str, Any], market: Market) -> Open:
    ticks = parse_decimal(str(order["price"]), market.price_precision)
    return Open(int(order["id"]), str(order["side"]), ticks or 0)


def _items(market: Market, todo: Changes) -> list[dict[str, Any]]:
    cancels = [{"action": "cancel", "id": order_id} for order_id in todo.cancels]
    places = [
        {
            "market": market.id,
            "side": quote.side,
            "volume": quote.volume,
            "price": market.price_text(quote.ticks),
            "post_only": True,
        }
        for quote in todo.places
    ]
    return [*cancels, *places]
