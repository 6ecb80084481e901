"""What every handler can reach: the services, and what the edge itself keeps in memory.

Invariant: one of each per process, made here from the services and nowhere else. Limit: tickers are as fresh as
TICKERS_TTL_S, so that many who ask at once cost one query.
"""

import asyncio
from typing import Final

from pyxiu.api.access_rules import IdentityRules
from pyxiu.api.auth import Authenticator, Stores
from pyxiu.api.client_address import ClientAddress
from pyxiu.api.errors import WireError, refuse
from pyxiu.api.freshness import Freshness
from pyxiu.api.gate import Gate
from pyxiu.api.market.trading import Trading
from pyxiu.api.rules import MarketRules, Rulebook
from pyxiu.api.services import ApiServices
from pyxiu.api.token_service import TokenService
from pyxiu.core.types import MarketId
from pyxiu.projections.tickers import Ticker, tickers

TICKERS_TTL_S: Final = 1.0
NO_SUCH_MARKET: Final = WireError(422, "public.market.doesnt_exist")


class Edge:
    def __init__(self, services: ApiServices) -> None:
        self.services = services
        self.pool = services.pool
        self.catalog = services.catalog
        self.clients = ClientAddress(services.settings.trusted_proxies, services.identity.countries)
        self.tokens = (
            None if services.keyring is None else TokenService(services.identity, services.keyring, services.vouching)
        )
        self.authenticator = Authenticator(
            Stores(services.credentials, services.sessions, self.tokens),
            services.clock,
            self.clients,
            services.vouching,
            cookie_name=services.identity.settings.cookie_name,
            nonce_window_ms=services.settings.nonce_window_ms,
        )
        self.gate = Gate(
            self.authenticator,
            self.clients,
            services.identity,
            services.rules or IdentityRules(services.identity),
            services.vouching,
            services.settings.rates,
            services.staff,
        )
        if self.tokens is not None:
            self.gate.also_forget.append(self.tokens.forget)
        self.rulebook = Rulebook(services.catalog)
        self.freshness = Freshness(services.waiter)
        self.tickers = TickerCache(services)
        self.trading = Trading(services, self.gate, self.rulebook, self.freshness)

    async def readable_market(self, market: str) -> MarketRules:
        """The rules of a market that the public may look at; ApiError if there is none."""
        rules = (await self.rulebook.rules()).get(market)
        if rules is None or not rules.readable:
            raise refuse(NO_SUCH_MARKET)
        return rules

    def now_s(self) -> int:
        return self.services.clock.now_ns() // 10**9


class TickerCache:
    """All tickers, computed once in TICKERS_TTL_S however many ask."""

    def __init__(self, services: ApiServices) -> None:
        self._services = services
        self._tickers: dict[MarketId, Ticker] = {}
        self._fresh_until_s = float("-inf")
        self._refreshing = asyncio.Lock()

    async def all(self) -> dict[MarketId, Ticker]:
        loop = asyncio.get_running_loop()
        if loop.time() < self._fresh_until_s:
            return self._tickers
        async with self._refreshing:
            if loop.time() >= self._fresh_until_s:
                self._tickers = await tickers(self._services.pool, self._services.clock.now_ns())
                self._fresh_until_s = loop.time() + TICKERS_TTL_S
        return self._tickers

    def empty(self) -> Ticker:
        """The ticker of a market that the projection has not seen yet."""
        return Ticker(self._services.clock.now_ns() // 10**9, 0, 0, 0, 0, 0, 0, 0)
