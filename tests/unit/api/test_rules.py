"""Market rules: by either case of the id, and with what came after the last picture."""

from typing import Any, cast

import msgspec

from pyxiu.api.rules import Rulebook
from pyxiu.catalog.model import MarketStatus
from pyxiu.catalog.reads import CatalogPicture
from tests.unit.api.stubs import PICTURE


class GrowingCatalog:
    """A catalog whose picture in memory lags behind what a refresh finds."""

    def __init__(self) -> None:
        self.shown = PICTURE
        self.newest = PICTURE
        self.refreshes = 0

    async def picture(self) -> CatalogPicture:
        return self.shown

    async def refresh(self) -> CatalogPicture:
        self.refreshes += 1
        self.shown = self.newest
        return self.shown


def with_market(market_id: str, **changes: Any) -> CatalogPicture:
    market = msgspec.structs.replace(PICTURE.markets["btcusd"], id=market_id, **changes)
    return msgspec.structs.replace(PICTURE, markets={**PICTURE.markets, market_id: market})


async def test_a_market_is_found_in_upper_and_lower_case() -> None:
    rules = await Rulebook(cast("Any", GrowingCatalog())).rules()
    assert rules["btcusd"] is rules["BTCUSD"]
    assert "BtcUsd" not in rules
    assert (rules["btcusd"].lots_per_unit, rules["btcusd"].quote_units_per_unit) == (10**6, 10**10)


async def test_a_market_newer_than_the_picture_is_looked_up() -> None:
    catalog = GrowingCatalog()
    rulebook = Rulebook(cast("Any", catalog))
    await rulebook.rules()
    catalog.newest = with_market("ethusd")
    assert "ethusd" in await rulebook.covering(["btcusd", "ethusd"])
    await rulebook.covering(["btcusd", "ethusd"])
    assert catalog.refreshes == 1


async def test_all_but_disabled_markets_are_readable() -> None:
    for state in MarketStatus:
        catalog = GrowingCatalog()
        catalog.shown = with_market("x", state=state)
        rules = await Rulebook(cast("Any", catalog)).rules()
        assert rules["x"].readable == (state is not MarketStatus.DISABLED)
