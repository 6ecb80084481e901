"""The taker: now and then a small market order, to the side of which it has more to give.

Invariant: one order at a time, each a market order that never rests. Limit: what the book cannot fill is refused by the
exchange, and the taker simply comes back later.
"""

import asyncio
import random
from typing import Any, Final

import structlog

from pyxiu.app.demo.bots.client import ApiClient
from pyxiu.app.demo.bots.prices import MILLION, Prices
from pyxiu.app.demo.bots.quotes import Market

PAUSE_MS: Final = (400, 2_400)
#: An order's worth in millionths of a dollar.
WORTH: Final = (20 * MILLION, 3_000 * MILLION)

_log = structlog.stdlib.get_logger("pyxiu.bots.taker")


async def run_taker(client: ApiClient, prices: Prices, seed: int) -> None:
    """Trade for ever."""
    rng = random.Random(seed)  # noqa: S311 - a demo's choices are no secret
    markets = [Market.from_wire(entity) for entity in await client.get("/public/markets")]
    _log.info("taker starts", markets=[market.id for market in markets])
    balance = 0  # orders bought minus sold: it never strays far from even
    while True:
        await asyncio.sleep(rng.randint(*PAUSE_MS) / 1_000)
        market = rng.choice(markets)
        side = "buy" if rng.randint(-8, 8) > balance else "sell"
        order = _order(market, side, prices, rng)
        if order is None:
            continue
        answer = await client.post("/market/orders", order)
        if "errors" in answer:
            _log.debug("taker's order was refused", market=market.id, answer=answer)
        else:
            balance += 1 if side == "buy" else -1


def _order(market: Market, side: str, prices: Prices, rng: random.Random) -> dict[str, Any] | None:
    middle = prices.middle(market.id)
    dollars = prices.middle(market.id[: -len("btc")] + "usdt") if market.id.endswith("btc") else middle
    if middle is None or dollars is None:
        return None
    lots = rng.randint(*WORTH) * 10**market.amount_precision // dollars
    return {"market": market.id, "side": side, "volume": market.volume_text(lots), "ord_type": "market"}
