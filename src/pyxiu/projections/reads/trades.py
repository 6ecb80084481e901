"""Trades: of everybody in a market, and of one member with that member's side, order and fee.

Invariant: a member sees a trade once, also one with itself, and only its own order and fee in it. Limit: a public trade
tells no owners.
"""

from typing import Final

import msgspec

from pyxiu.core.types import MarketId, MemberId, OrderId, Side, TradeId
from pyxiu.projections.connection import Reader, Row
from pyxiu.projections.reads.paging import LIMIT_MAX, Page
from pyxiu.projections.reads.where import Where


class PublicTrade(msgspec.Struct, frozen=True):
    """Price in ticks, quantity in lots, amounts in the assets' units."""

    trade_id: TradeId
    market: MarketId
    price: int
    quantity: int
    taker_side: Side
    base_amount: int
    quote_amount: int
    executed_ns: int


class MemberTrade(msgspec.Struct, frozen=True):
    """A member's half of a trade. `fee` is in the asset that the member receives: base if it buys, else quote."""

    trade_id: TradeId
    market: MarketId
    price: int
    quantity: int
    taker_side: Side
    base_amount: int
    quote_amount: int
    executed_ns: int
    side: Side
    order_id: OrderId
    fee: int
    fee_ppm: int


class TradeFilter(msgspec.Struct, frozen=True):
    """None means all; `side` is the member's. Times: `from_ns` included, `to_ns` not."""

    markets: tuple[MarketId, ...] | None = None
    side: Side | None = None
    from_ns: int | None = None
    to_ns: int | None = None


EVERYTHING: Final = TradeFilter()
FIRST_PAGE: Final = Page()

# The other half of a trade is read as its own row: 3 - side is the opposite side.
_TAKER_HALF: Final = "SELECT t.*, taker_side AS side, taker_order_id AS order_id, true AS took FROM trades t"
_MAKER_HALF: Final = "SELECT t.*, 3 - taker_side AS side, maker_order_id AS order_id, false AS took FROM trades t"
_WITH_FEE: Final = """
SELECT h.*, CASE WHEN h.side = 1 THEN h.buyer_fee ELSE h.seller_fee END AS fee,
       CASE WHEN h.took THEN o.taker_ppm ELSE o.maker_ppm END AS fee_ppm
FROM ({halves}) h JOIN orders o ON o.id = h.order_id ORDER BY h.id {direction}
"""


async def public_trades(reader: Reader, market: MarketId, limit: int) -> list[PublicTrade]:
    """The latest trades of a market, newest first."""
    assert 0 <= limit <= LIMIT_MAX, limit
    rows = await reader.fetch("SELECT * FROM trades WHERE market = $1 ORDER BY id DESC LIMIT $2", market, limit)
    return [_public_trade(row) for row in rows]


async def trades_of_member(
    reader: Reader,
    member: MemberId,
    wanted: TradeFilter = EVERYTHING,
    page: Page = FIRST_PAGE,
    *,
    newest_first: bool = True,
) -> list[MemberTrade]:
    """A page of a member's trades by time."""
    direction = "DESC" if newest_first else "ASC"
    where = Where()
    placeholder = where.argument(member)
    filters = "".join(_filters(where, wanted))
    taken, made = f"taker = {placeholder}{filters}", f"maker = {placeholder}{filters}"
    if wanted.side is None:
        made += f" AND taker <> {placeholder}"  # a trade with itself is shown as taken
    else:
        side = where.argument(wanted.side)
        taken, made = f"{taken} AND taker_side = {side}", f"{made} AND taker_side = 3 - {side}"
    window = where.window(page)
    reach = where.argument(page.limit + page.offset)
    tail = f"ORDER BY id {direction} LIMIT {reach}"
    halves = (
        f"({_TAKER_HALF} WHERE {taken} {tail}) UNION ALL ({_MAKER_HALF} WHERE {made} {tail})"
        f" ORDER BY id {direction} {window}"
    )
    rows = await reader.fetch(_WITH_FEE.format(halves=halves, direction=direction), *where.arguments)
    return [_member_trade(row) for row in rows]


def _filters(where: Where, wanted: TradeFilter) -> list[str]:
    filters = []
    if wanted.markets is not None:
        filters.append(f" AND market = ANY({where.argument(list(wanted.markets))})")
    if wanted.from_ns is not None:
        filters.append(f" AND executed_ns >= {where.argument(wanted.from_ns)}")
    if wanted.to_ns is not None:
        filters.append(f" AND executed_ns < {where.argument(wanted.to_ns)}")
    return filters


async def trades_of_order(reader: Reader, order_id: OrderId) -> list[MemberTrade]:
    """The first LIMIT_MAX trades of an order, oldest first, as its owner sees them."""
    halves = f"({_TAKER_HALF} WHERE taker_order_id = $1) UNION ALL ({_MAKER_HALF} WHERE maker_order_id = $1)"
    rows = await reader.fetch(
        _WITH_FEE.format(halves=f"{halves} ORDER BY id LIMIT $2", direction="ASC"), order_id, LIMIT_MAX
    )
    return [_member_trade(row) for row in rows]


def _public_trade(row: Row) -> PublicTrade:
    return PublicTrade(
        row["id"],
        row["market"],
        row["price"],
        row["quantity"],
        Side(row["taker_side"]),
        int(row["base_amount"]),
        int(row["quote_amount"]),
        row["executed_ns"],
    )


def _member_trade(row: Row) -> MemberTrade:
    return MemberTrade(
        row["id"],
        row["market"],
        row["price"],
        row["quantity"],
        Side(row["taker_side"]),
        int(row["base_amount"]),
        int(row["quote_amount"]),
        row["executed_ns"],
        Side(row["side"]),
        row["order_id"],
        int(row["fee"]),
        row["fee_ppm"],
    )
