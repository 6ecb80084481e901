"""Prices of another exchange that speaks this dialect, by its public tickers.

Invariant: a last price is passed on as the text that it came as, if it is a positive decimal. Limit: one request per
call, without a cache; a market must have the same name there.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import httpx

from pyxiu.kit.errors import PermanentError, TransientError

PATH: Final = "/api/v2/peatio/public/markets/tickers"
TIMEOUT_S: Final = 5.0


class PeatioTickers:
    """Implements the port `MarketData`; `url` is where the exchange answers, as https://HOST."""

    def __init__(self, url: str) -> None:
        if not url.startswith(("https://", "http://")):
            raise PermanentError(f"PYXIU_MARKET_DATA_URL: expected https://HOST, found {url!r}")
        self._url = url.rstrip("/") + PATH

    async def prices(self, markets: Sequence[str]) -> Mapping[str, str]:
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
                answered = await client.get(self._url)
            answered.raise_for_status()
            tickers = answered.json()
            assert isinstance(tickers, dict), "an object by market"
        except (httpx.HTTPError, ValueError, AssertionError) as error:
            raise TransientError(f"{self._url} tells no prices: {type(error).__name__}") from error
        found = {market: _last(tickers[market]) for market in markets if market in tickers}
        return {market: last for market, last in found.items() if last is not None}


def _last(entry: Any) -> str | None:
    """The last price of one ticker; None where nobody has traded yet."""
    try:
        text = str(entry["ticker"]["last"])
        price = Decimal(text)
    except (KeyError, TypeError, InvalidOperation):
        return None
    return text if price.is_finite() and price > 0 else None
