"""The `orders` table: each order once, as of the last record that touched it.

Invariant: quantity = filled + remaining + decremented, also checked by the table; an order accepted within the chunk is
inserted in its final state, an older one gets one update with what the chunk has added. Limit: an order is never
removed; whoever wants small tables archives them.
"""

from typing import Final

import msgspec

from pyxiu.core.events import OrderAccepted, OrderCanceled, OrderDecremented, TradeExecuted
from pyxiu.core.money import unpack
from pyxiu.core.types import CancelReason, OrderId, OrderStatus
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.connection import Connection
from pyxiu.projections.writing import copy_lines, copy_text, expect_rows, rows_of

TABLE: Final = "orders"
COLUMNS: Final = (
    "id",
    "member",
    "market",
    "side",
    "kind",
    "status",
    "price",
    "quantity",
    "remaining",
    "filled",
    "filled_quote",
    "trades_count",
    "decremented",
    "maker_ppm",
    "taker_ppm",
    "time_in_force",
    "post_only",
    "stp",
    "client_order_id",
    "quote_amount",
    "cancel_reason",
    "created_ns",
    "updated_ns",
    "seq",
)

_UPDATE: Final = """
UPDATE orders o SET
    status = d.status,
    remaining = d.remaining,
    filled = o.filled + d.filled,
    filled_quote = o.filled_quote + d.filled_quote::numeric,
    trades_count = o.trades_count + d.trades_count,
    decremented = o.decremented + d.decremented,
    cancel_reason = d.cancel_reason,
    updated_ns = d.updated_ns,
    seq = d.seq
FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::bigint[], $5::text[], $6::int[], $7::bigint[],
            $8::smallint[], $9::bigint[], $10::bigint[])
    AS d(id, status, remaining, filled, filled_quote, trades_count, decremented, cancel_reason, updated_ns, seq)
WHERE o.id = d.id
"""


class OrderChange(msgspec.Struct, gc=False):
    """What a chunk does to one order: `accepted` where the chunk has created it, sums of what it added, last values."""

    accepted: OrderAccepted | None = None
    created_ns: int = 0
    status: OrderStatus = OrderStatus.OPEN
    remaining: int = 0
    filled: int = 0
    filled_quote: int = 0
    trades_count: int = 0
    decremented: int = 0
    cancel_reason: CancelReason | None = None
    updated_ns: int = 0
    seq: int = 0


def fold_orders(chunk: Chunk) -> dict[OrderId, OrderChange]:
    """The changes by order, in the order in which they were first touched."""
    changes: dict[OrderId, OrderChange] = {}
    for seq, at_ns, event in chunk.facts:
        if isinstance(event, OrderAccepted):
            changes[event.order_id] = OrderChange(event, at_ns, remaining=event.quantity, updated_ns=at_ns, seq=seq)
        elif isinstance(event, TradeExecuted):
            quote = unpack(event.quote_amount)
            _fill(_touch(changes, event.maker_order_id, at_ns, seq), event.quantity, quote, event.maker_remaining)
            _fill(_touch(changes, event.taker_order_id, at_ns, seq), event.quantity, quote, event.taker_remaining)
        elif isinstance(event, OrderCanceled):
            change = _touch(changes, event.order_id, at_ns, seq)
            change.remaining = event.quantity
            change.status = OrderStatus.CANCELED
            change.cancel_reason = event.reason
        elif isinstance(event, OrderDecremented):
            change = _touch(changes, event.order_id, at_ns, seq)
            change.remaining = event.remaining
            change.decremented += event.quantity
    return changes


def _touch(changes: dict[OrderId, OrderChange], order_id: OrderId, at_ns: int, seq: int) -> OrderChange:
    change = changes.get(order_id)
    if change is None:
        change = changes[order_id] = OrderChange()
    change.updated_ns = at_ns
    change.seq = seq
    return change


def _fill(change: OrderChange, lots: int, quote: int, remaining: int) -> None:
    change.filled += lots
    change.filled_quote += quote
    change.trades_count += 1
    change.remaining = remaining
    if remaining == 0:
        change.status = OrderStatus.FILLED


async def project_orders(connection: Connection, chunk: Chunk) -> None:
    """Write one row per order that the chunk touches."""
    created: list[str] = []
    changed: list[tuple[OrderId, OrderChange]] = []
    for order_id, change in fold_orders(chunk).items():
        if change.accepted is not None:
            created.append(_line(change.accepted, change))
        else:
            changed.append((order_id, change))
    await copy_lines(connection, TABLE, COLUMNS, created)
    if changed:
        tag = await connection.execute(_UPDATE, *_arrays(changed))
        expect_rows(rows_of(tag), len(changed), TABLE)


def _line(order: OrderAccepted, change: OrderChange) -> str:
    key = copy_text(order.key) if order.key else r"\N"
    quote_amount = unpack(order.quote_amount) if order.quote_amount else r"\N"
    reason = r"\N" if change.cancel_reason is None else int(change.cancel_reason)
    return (
        f"{order.order_id}\t{order.member}\t{order.market}\t{int(order.side)}\t{int(order.kind)}\t"
        f"{int(change.status)}\t{order.price}\t{order.quantity}\t{change.remaining}\t{change.filled}\t"
        f"{change.filled_quote}\t{change.trades_count}\t{change.decremented}\t{order.maker_ppm}\t{order.taker_ppm}\t"
        f"{int(order.time_in_force)}\t{order.post_only}\t{int(order.stp)}\t{key}\t{quote_amount}\t{reason}\t"
        f"{change.created_ns}\t{change.updated_ns}\t{change.seq}\n"
    )


def _arrays(changed: list[tuple[OrderId, OrderChange]]) -> tuple[list[object], ...]:
    """One list per parameter of the update. Sums beyond 64 bits travel as text; the server makes them numeric."""
    return (
        [order_id for order_id, _ in changed],
        [change.status for _, change in changed],
        [change.remaining for _, change in changed],
        [change.filled for _, change in changed],
        [str(change.filled_quote) for _, change in changed],
        [change.trades_count for _, change in changed],
        [change.decremented for _, change in changed],
        [change.cancel_reason for _, change in changed],
        [change.updated_ns for _, change in changed],
        [change.seq for _, change in changed],
    )
