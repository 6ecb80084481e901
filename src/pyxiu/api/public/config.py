"""GET /public/config: all that a front-end asks for at its start, in one answer.

Invariant: one picture of the catalog, so a market's currencies are in it. Limit: what each list shows is the same as in
the list's own endpoint, without its pages.
"""

from typing import Final

import msgspec

from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.public.currencies import shown
from pyxiu.api.public.markets import UNLISTED
from pyxiu.api.wire.catalog import (
    Currency,
    Market,
    TradingFee,
    WithdrawLimit,
    market_entity,
    trading_fee_entity,
    withdraw_limit_entity,
)


class Config(msgspec.Struct, frozen=True):
    """What can be held and traded here, and by which rules."""

    currencies: list[Currency]
    markets: list[Market]
    trading_fees: list[TradingFee]
    withdraw_limits: list[WithdrawLimit]


@endpoint("GET", "/public/config", tag="Public", returns=Config)
async def show_config(call: Call[NoQuery]) -> Reply:
    """Currencies, markets, fees and limits at once."""
    picture = await call.edge.catalog.picture()
    return Reply(
        Config(
            currencies=[shown(row, picture) for row in picture.currencies.values() if row.visible],
            markets=[market_entity(row) for row in picture.markets.values() if row.state not in UNLISTED],
            trading_fees=[trading_fee_entity(row) for row in picture.trading_fees],
            withdraw_limits=[withdraw_limit_entity(row) for row in picture.withdraw_limits],
        )
    )


ENDPOINTS: Final = (show_config,)
