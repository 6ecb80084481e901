"""Assets, markets, members and fee rules as the core knows them (`proj_assets`, `proj_markets`, `proj_members`,
`proj_fee_rules`), so that no reader of this package needs another context's tables.

Invariant: the last record wins; a market is ENABLED until a record says otherwise. Limit: what only people look at
(names, positions, icons) belongs to the catalog.
"""

from typing import Final

import msgspec

from pyxiu.core.commands import FeeRule
from pyxiu.core.events import AssetPut, FeeSchedulePut, MarketPut, MarketStateSet, MemberPut
from pyxiu.core.money import unpack
from pyxiu.core.types import AssetId, MarketId, MarketState, MemberId
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.connection import Connection

TABLES: Final = ("proj_assets", "proj_markets", "proj_members", "proj_fee_rules")

_PUT_ASSET: Final = """
INSERT INTO proj_assets (asset, decimals) VALUES ($1, $2)
ON CONFLICT (asset) DO UPDATE SET decimals = excluded.decimals
"""
_PUT_MARKET: Final = """
INSERT INTO proj_markets AS m (market, base, quote, price_precision, amount_precision, min_price, max_price,
                               min_quantity, min_notional, base_lot, quote_lot, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::numeric, $10::text::numeric, $11::text::numeric, $12)
ON CONFLICT (market) DO UPDATE SET
    min_price = excluded.min_price,
    max_price = excluded.max_price,
    min_quantity = excluded.min_quantity,
    min_notional = excluded.min_notional
"""
_SET_STATE: Final = "UPDATE proj_markets SET state = $2 WHERE market = $1"
_PUT_MEMBERS: Final = """
INSERT INTO proj_members (member, member_group, enabled)
SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[])
ON CONFLICT (member) DO UPDATE SET member_group = excluded.member_group, enabled = excluded.enabled
"""
_PUT_FEE_RULE: Final = "INSERT INTO proj_fee_rules (member_group, market, maker_ppm, taker_ppm) VALUES ($1, $2, $3, $4)"


class RuleChanges(msgspec.Struct):
    """The last word of a chunk on each of them; `fee_rules` None where it says nothing about fees."""

    assets: dict[AssetId, AssetPut] = {}
    markets: dict[MarketId, MarketPut] = {}
    states: dict[MarketId, MarketState] = {}
    members: dict[MemberId, MemberPut] = {}
    fee_rules: tuple[FeeRule, ...] | None = None


def fold_rules(chunk: Chunk) -> RuleChanges:
    changes = RuleChanges()
    for _, _, event in chunk.events(AssetPut, MarketPut, MarketStateSet, MemberPut, FeeSchedulePut):
        match event:
            case AssetPut():
                changes.assets[event.asset] = event
            case MarketPut():
                changes.markets[event.market] = event
            case MarketStateSet():
                changes.states[event.market] = event.state
            case MemberPut():
                changes.members[event.member] = event
            case FeeSchedulePut():
                changes.fee_rules = event.rules
    return changes


async def project_markets(connection: Connection, chunk: Chunk) -> None:
    """Write what the chunk says about assets, markets, members and fees."""
    changes = fold_rules(chunk)
    if changes.assets:
        assets = [(asset.asset, asset.decimals) for asset in changes.assets.values()]
        await connection.executemany(_PUT_ASSET, assets)
    if changes.markets:
        await connection.executemany(_PUT_MARKET, [_market_row(market) for market in changes.markets.values()])
    if changes.states:
        await connection.executemany(_SET_STATE, list(changes.states.items()))
    if changes.members:
        members = changes.members.values()
        groups, enabled = [member.group for member in members], [member.enabled for member in members]
        await connection.execute(_PUT_MEMBERS, list(changes.members), groups, enabled)
    if changes.fee_rules is not None:
        await connection.execute("DELETE FROM proj_fee_rules")
        rules = [(rule.group, rule.market, rule.maker_ppm, rule.taker_ppm) for rule in changes.fee_rules]
        await connection.executemany(_PUT_FEE_RULE, rules)


def _market_row(market: MarketPut) -> tuple[object, ...]:
    return (
        market.market,
        market.base,
        market.quote,
        market.price_precision,
        market.amount_precision,
        market.min_price,
        market.max_price,
        market.min_quantity,
        str(unpack(market.min_notional)),
        str(unpack(market.base_lot)),
        str(unpack(market.quote_lot)),
        MarketState.ENABLED,
    )
