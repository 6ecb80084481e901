"""Assets, markets, members and fee rules as the core has accepted them.

Invariant: these are the rules that orders are decided by, as of the projection's cursor; the catalog may already show
what it has asked the engine for.
"""

import msgspec

from pyxiu.core.commands import FeeRule
from pyxiu.core.interface import MarketView
from pyxiu.core.types import AssetId, MarketId, MarketState, MemberId
from pyxiu.projections.connection import Reader


class MemberView(msgspec.Struct, frozen=True):
    member: MemberId
    group: str
    enabled: bool


async def assets(reader: Reader) -> dict[AssetId, int]:
    """Decimals by asset."""
    return {row["asset"]: row["decimals"] for row in await reader.fetch("SELECT * FROM proj_assets ORDER BY asset")}


async def markets(reader: Reader) -> dict[MarketId, MarketView]:
    """All markets, hidden and disabled ones too."""
    rows = await reader.fetch("SELECT * FROM proj_markets ORDER BY market")
    return {
        row["market"]: MarketView(
            row["market"],
            row["base"],
            row["quote"],
            row["price_precision"],
            row["amount_precision"],
            row["min_price"],
            row["max_price"],
            row["min_quantity"],
            int(row["min_notional"]),
            int(row["base_lot"]),
            int(row["quote_lot"]),
            MarketState(row["state"]),
        )
        for row in rows
    }


async def member(reader: Reader, member_id: MemberId) -> MemberView | None:
    row = await reader.fetchrow("SELECT * FROM proj_members WHERE member = $1", member_id)
    return None if row is None else MemberView(row["member"], row["member_group"], row["enabled"])


async def fee_rules(reader: Reader) -> list[FeeRule]:
    rows = await reader.fetch("SELECT * FROM proj_fee_rules ORDER BY member_group, market")
    return [FeeRule(row["member_group"], row["market"], row["maker_ppm"], row["taker_ppm"]) for row in rows]
