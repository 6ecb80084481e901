"""Orders of a member, single orders, and the orders that stand in a book.

Invariant: an order that is read is the same `OrderState` that placing or canceling it has answered. Limit: lists are
for one member; the filters narrow an index scan over that member's orders.
"""

from typing import Final

import msgspec

from pyxiu.core.money import pack
from pyxiu.core.outcomes import OrderState
from pyxiu.core.types import (
    AssetId,
    CancelReason,
    MarketId,
    MemberId,
    OrderId,
    OrderKind,
    OrderStatus,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from pyxiu.projections.connection import Reader, Row
from pyxiu.projections.reads.paging import Page
from pyxiu.projections.reads.where import Where

BOOK_LIMIT_MAX: Final = 1_000


class OrderFilter(msgspec.Struct, frozen=True):
    """None means all. Times are of creation: `from_ns` included, `to_ns` not."""

    markets: tuple[MarketId, ...] | None = None
    base: AssetId | None = None
    quote: AssetId | None = None
    statuses: tuple[OrderStatus, ...] | None = None
    kind: OrderKind | None = None
    side: Side | None = None
    from_ns: int | None = None
    to_ns: int | None = None


EVERYTHING: Final = OrderFilter()
FIRST_PAGE: Final = Page()


async def orders_of_member(
    reader: Reader,
    member: MemberId,
    wanted: OrderFilter = EVERYTHING,
    page: Page = FIRST_PAGE,
    *,
    newest_first: bool = True,
) -> list[OrderState]:
    """A page of a member's orders by last change."""
    where = Where()
    where.add("member = {}", member)
    if wanted.markets is not None:
        where.add("market = ANY({})", list(wanted.markets))
    if wanted.base is not None:
        where.add("market IN (SELECT market FROM proj_markets WHERE base = {})", wanted.base)
    if wanted.quote is not None:
        where.add("market IN (SELECT market FROM proj_markets WHERE quote = {})", wanted.quote)
    if wanted.statuses == (OrderStatus.OPEN,):
        where.add("status = 1")  # as a constant, so that the index of open orders is seen to fit
    elif wanted.statuses is not None:
        where.add("status = ANY({})", list(wanted.statuses))
    if wanted.kind is not None:
        where.add("kind = {}", wanted.kind)
    if wanted.side is not None:
        where.add("side = {}", wanted.side)
    if wanted.from_ns is not None:
        where.add("created_ns >= {}", wanted.from_ns)
    if wanted.to_ns is not None:
        where.add("created_ns < {}", wanted.to_ns)
    direction = "DESC" if newest_first else "ASC"
    query = f"SELECT * FROM orders {where} ORDER BY updated_ns {direction}, id {direction}"  # noqa: S608 - no input in it
    rows = await reader.fetch(f"{query} {where.window(page)}", *where.arguments)
    return [order_state(row) for row in rows]


async def order_by_id(reader: Reader, order_id: OrderId, member: MemberId | None = None) -> OrderState | None:
    """An order; with `member`, only if it is that member's."""
    row = await reader.fetchrow("SELECT * FROM orders WHERE id = $1", order_id)
    if row is None or member not in (None, row["member"]):
        return None
    return order_state(row)


async def order_by_client_id(reader: Reader, member: MemberId, client_order_id: str) -> OrderState | None:
    """The latest order of a member under a client order id."""
    row = await reader.fetchrow(
        "SELECT * FROM orders WHERE member = $1 AND client_order_id = $2 ORDER BY id DESC LIMIT 1",
        member,
        client_order_id,
    )
    return None if row is None else order_state(row)


async def book_orders(reader: Reader, market: MarketId, side: Side, limit: int) -> list[OrderState]:
    """The orders that stand on one side of a book, best price first, then oldest."""
    assert 0 <= limit <= BOOK_LIMIT_MAX, limit
    order = "price DESC, id" if side is Side.BUY else "price, id"
    rows = await reader.fetch(
        f"SELECT * FROM orders WHERE status = 1 AND market = $1 AND side = $2 ORDER BY {order} LIMIT $3",  # noqa: S608
        market,
        side,
        limit,
    )
    return [order_state(row) for row in rows]


def order_state(row: Row) -> OrderState:
    """A row of `orders` as the struct that the core answers with."""
    reason = row["cancel_reason"]
    return OrderState(
        row["id"],
        row["member"],
        row["market"],
        Side(row["side"]),
        OrderKind(row["kind"]),
        OrderStatus(row["status"]),
        row["price"],
        row["quantity"],
        row["remaining"],
        row["filled"],
        pack(int(row["filled_quote"])),
        row["trades_count"],
        row["maker_ppm"],
        row["taker_ppm"],
        TimeInForce(row["time_in_force"]),
        row["post_only"],
        SelfTradePrevention(row["stp"]),
        row["client_order_id"] or "",
        row["created_ns"],
        row["updated_ns"],
        None if reason is None else CancelReason(reason),
    )
