"""The catalog as the API reads it: one consistent picture in memory, looked after in the background.

A request never waits for the database while the picture is less than `AGE_MAX_S` old: after `TTL_S` the next reader
sets off a refresh and is answered at once. A refresh asks for the catalog's version and reads on only if that changed.
Invariant: a picture is taken in one read-only transaction, so markets never name a currency that is missing; one that
could not be refreshed for `AGE_MAX_S` is not shown as if it were new. Limit: a change is seen up to `AGE_MAX_S`
later; rows edited by hand without counting up the version are seen only after a restart.
"""

import asyncio
import time
from typing import Final

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.catalog.model import Blockchain, Currency, Engine, Market, MemberLevels, TradingFee, WithdrawLimit
from pyxiu.catalog.store import reading

TTL_S: Final = 1.0
AGE_MAX_S: Final = 5.0
_NEVER: Final = float("-inf")

_log = structlog.stdlib.get_logger("pyxiu.catalog")


class CatalogPicture(msgspec.Struct, frozen=True):
    """All of the catalog at one moment, in the order in which it is listed."""

    version: int = -1
    currencies: dict[str, Currency] = {}
    blockchains: dict[str, Blockchain] = {}
    engines: dict[str, Engine] = {}
    markets: dict[str, Market] = {}
    trading_fees: tuple[TradingFee, ...] = ()
    withdraw_limits: tuple[WithdrawLimit, ...] = ()


class CatalogReader:
    """Answers from memory as long as the picture is fresh."""

    def __init__(self, database: AsyncEngine, *, levels: MemberLevels | None = None, ttl_s: float = TTL_S) -> None:
        self._database = database
        self._levels = levels or MemberLevels()
        self._ttl_s = ttl_s
        self._picture = CatalogPicture()
        self._seen_s = _NEVER
        self._refreshing: asyncio.Task[CatalogPicture] | None = None

    async def picture(self) -> CatalogPicture:
        """The catalog as it was a moment ago."""
        age_s = time.monotonic() - self._seen_s
        if age_s < self._ttl_s:
            return self._picture
        refreshing = self._refresh_once()
        if self._ttl_s and age_s < AGE_MAX_S:
            return self._picture
        return await asyncio.shield(refreshing)

    async def refresh(self) -> CatalogPicture:
        """The catalog as it is now, whatever is remembered."""
        began_s = time.monotonic()
        async with reading(self._database) as store:
            version = await store.version()
            if version != self._picture.version:
                existing = await store.existing()
                self._picture = CatalogPicture(
                    version=version,
                    currencies=existing.currencies,
                    blockchains=existing.blockchains,
                    engines=existing.engines,
                    markets=existing.markets,
                    trading_fees=tuple(existing.trading_fees.values()),
                    withdraw_limits=tuple(existing.withdraw_limits.values()),
                )
        self._seen_s = began_s
        return self._picture

    async def currencies(self) -> dict[str, Currency]:
        return (await self.picture()).currencies

    async def blockchains(self) -> dict[str, Blockchain]:
        return (await self.picture()).blockchains

    async def markets(self) -> dict[str, Market]:
        return (await self.picture()).markets

    async def trading_fees(self) -> tuple[TradingFee, ...]:
        return (await self.picture()).trading_fees

    async def withdraw_limits(self) -> tuple[WithdrawLimit, ...]:
        return (await self.picture()).withdraw_limits

    def member_levels(self) -> MemberLevels:
        return self._levels

    def _refresh_once(self) -> "asyncio.Task[CatalogPicture]":
        """The refresh that is under way, or a new one."""
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self.refresh(), name="catalog refresh")
            self._refreshing.add_done_callback(_note_failure)
        return self._refreshing


def _note_failure(refresh: "asyncio.Task[CatalogPicture]") -> None:
    """Retrieve the exception, as nobody may be waiting; the next reader tries again."""
    if not refresh.cancelled() and (error := refresh.exception()) is not None:
        _log.warning("catalog could not be refreshed", error=repr(error))
