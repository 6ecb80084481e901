"""Run both bots against an exchange, for ever, whatever happens to it.

Invariant: nothing a bot meets ends this function or the process it runs in: an exchange that stops answering, or a bug
here, means a pause and a new beginning. Limit: cancel the task to stop them; their orders stay in the books.
"""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, Final

import structlog

from pyxiu.app.demo.bots.client import ApiClient, raise_if_canceled
from pyxiu.app.demo.bots.maker import run_maker
from pyxiu.app.demo.bots.prices import BEGINNING, MILLION, Prices
from pyxiu.app.demo.bots.taker import run_taker
from pyxiu.app.demo.members import DemoCredentials, DemoMember
from pyxiu.kit.decimals import parse_decimal
from pyxiu.plugins.spec import MarketData

SEED: Final = 2024
PAUSE_S: Final = 5.0
#: How often prices of elsewhere are asked for.
FOLLOW_S: Final = 10.0
_DIGITS: Final = 6

_log = structlog.stdlib.get_logger("pyxiu.bots")
Bot = Callable[[ApiClient, Prices, int], Awaitable[None]]


async def run_bots(
    url: str, credentials: DemoCredentials, seed: int = SEED, *, outside: MarketData | None = None
) -> None:
    """Quote and trade until cancelled, around prices of elsewhere where there is somebody to tell them."""
    async with asyncio.TaskGroup() as group:
        prices = Prices(seed, await _last_prices(url, credentials.taker))
        if outside is not None:
            group.create_task(_follow(outside, prices))
        group.create_task(_again_and_again("maker", run_maker, url, credentials.maker, prices, seed))
        group.create_task(_again_and_again("taker", run_taker, url, credentials.taker, prices, seed + 1))


async def _again_and_again(name: str, bot: Bot, url: str, member: DemoMember, prices: Prices, seed: int) -> None:
    while True:
        try:
            async with ApiClient(url, member.api_key, member.api_secret) as client:
                await bot(client, prices, seed)
        except Exception as error:  # noqa: BLE001 - a demo must never take an exchange down with it
            raise_if_canceled()
            _log.warning("bot pauses", bot=name, error=repr(error), pause_s=PAUSE_S)
        await asyncio.sleep(PAUSE_S)


async def _follow(outside: MarketData, prices: Prices) -> None:
    while True:
        try:
            await follow_once(outside, prices)
        except Exception as error:  # noqa: BLE001 - as above
            raise_if_canceled()
            _log.warning("prices of elsewhere are not known; they wander on", error=repr(error))
        await asyncio.sleep(FOLLOW_S)


async def follow_once(outside: MarketData, prices: Prices) -> None:
    """Let the walk go on from where prices are elsewhere. Raises what the source raises."""
    for market, text in (await outside.prices(list(BEGINNING))).items():
        prices.follow(market, int(Decimal(text) * MILLION))


async def _last_prices(url: str, member: DemoMember) -> dict[str, int]:
    """Where trading stood when it was last seen, so that a restart does not make the price jump."""
    try:
        async with ApiClient(url, member.api_key, member.api_secret, tries=1) as client:
            tickers: dict[str, Any] = await client.get("/public/markets/tickers")
        last = {name: parse_decimal(str(entry["ticker"]["last"]), _DIGITS) for name, entry in tickers.items()}
    except Exception as error:  # noqa: BLE001 - as above; the demo then begins at its beginning
        raise_if_canceled()
        _log.warning("bots do not know the last prices", error=repr(error))
        return {}
    return {name: price * MILLION // 10**_DIGITS for name, price in last.items() if price}
