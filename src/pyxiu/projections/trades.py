"""The `trades` table: every match once, as it happened.

Invariant: rows are only ever added; fees are whole amounts in the asset that the party receives (the buyer's in base,
the seller's in quote). Limit: the rates stand on the orders.
"""

from typing import Final

from pyxiu.core.events import TradeExecuted
from pyxiu.core.money import unpack
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.connection import Connection
from pyxiu.projections.writing import copy_lines

TABLE: Final = "trades"
COLUMNS: Final = (
    "id",
    "market",
    "price",
    "quantity",
    "taker_side",
    "maker_order_id",
    "taker_order_id",
    "maker",
    "taker",
    "base_amount",
    "quote_amount",
    "buyer_fee",
    "seller_fee",
    "executed_ns",
    "seq",
)


async def project_trades(connection: Connection, chunk: Chunk) -> None:
    """Add the chunk's trades."""
    lines = [_line(seq, at_ns, trade) for seq, at_ns, trade in chunk.trades]
    await copy_lines(connection, TABLE, COLUMNS, lines)


def _line(seq: int, at_ns: int, trade: TradeExecuted) -> str:
    return (
        f"{trade.trade_id}\t{trade.market}\t{trade.price}\t{trade.quantity}\t{int(trade.taker_side)}\t"
        f"{trade.maker_order_id}\t{trade.taker_order_id}\t{trade.maker}\t{trade.taker}\t"
        f"{unpack(trade.base_amount)}\t{unpack(trade.quote_amount)}\t"
        f"{unpack(trade.buyer_fee)}\t{unpack(trade.seller_fee)}\t{at_ns}\t{seq}\n"
    )
