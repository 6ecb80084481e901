"""From the journal's records to the events of the dialect: orders and trades as consumers of it know them.

    market.M.order_created  order_updated  order_completed  order_canceled     limit orders only, as ever
    market.M.trade_completed                                                   with both sides' income, fee and outcome

Amounts are gross, the fee beside them. Invariant: an event is a function of the records up to its own, so a relay that
begins again publishes the same events with the same ids. Limit: an order that was accepted before this relay began is
looked up in the projections, which it waits for.
"""

import asyncio
from collections import OrderedDict
from typing import Any, Final

import msgspec

from pyxiu.core.events import (
    AssetPut,
    MarketPut,
    OrderAccepted,
    OrderCanceled,
    OrderDecremented,
    TradeExecuted,
)
from pyxiu.core.money import unpack
from pyxiu.core.outcomes import Record
from pyxiu.core.types import MarketId, OrderId, OrderKind, Side
from pyxiu.kit.clock import iso8601
from pyxiu.kit.decimals import format_decimal
from pyxiu.relay.model import RelayedEvent
from pyxiu.storage.database import Pool

ISSUER: Final = "peatio"
#: Orders that are remembered; one that was forgotten is looked up again.
ORDERS_MAX: Final = 200_000
PPM_DIGITS: Final = 6
LOOK_AGAIN_S: Final = 0.1
_NS_PER_S: Final = 10**9

_MARKETS: Final = """
    SELECT market, base, quote, price_precision, base_lot::text, quote_lot::text, b.decimals AS base_decimals,
        q.decimals AS quote_decimals
    FROM proj_markets JOIN proj_assets b ON b.asset = base JOIN proj_assets q ON q.asset = quote
"""
_ORDER: Final = """
    SELECT member, market, side, kind, price, quantity, maker_ppm, taker_ppm, created_ns,
        (SELECT count(*) FROM trades WHERE seq < $2 AND (maker_order_id = $1 OR taker_order_id = $1)) AS trades
    FROM orders WHERE id = $1
"""
_MARKETS_REACHED: Final = "SELECT seq FROM projection_cursors WHERE name = 'markets'"
_REACHED: Final = "SELECT min(seq) FROM projection_cursors WHERE name IN ('orders', 'trades')"


class Market(msgspec.Struct, frozen=True):
    """What formatting needs: one lot in base units, one tick times one lot in quote units."""

    base: str
    quote: str
    price_precision: int
    base_lot: int
    quote_lot: int
    base_decimals: int
    quote_decimals: int

    def base_amount(self, lots: int) -> str:
        return format_decimal(lots * self.base_lot, self.base_decimals)

    def quote_amount(self, price: int, lots: int) -> str:
        return format_decimal(price * lots * self.quote_lot, self.quote_decimals)


class Order(msgspec.Struct):
    """An order as far as the records have come; `remaining` is what the record at hand leaves it, in lots."""

    id: OrderId
    member: str
    market: MarketId
    side: Side
    limit: bool
    price: int
    quantity: int
    remaining: int
    maker_ppm: int
    taker_ppm: int
    created_ns: int
    trades_count: int = 0


class TradingEvents:
    """Feed it records in order; it remembers orders and markets on the way."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._markets: dict[MarketId, Market] = {}
        self._decimals: dict[str, int] = {}
        self._orders: OrderedDict[OrderId, Order] = OrderedDict()

    async def start(self, after: int = 0) -> None:
        """Learn the markets that exist, once the tables have those of all records up to `after`: the first that is
        fed comes behind it. Their rules never change in what is used here.
        """
        while (await self._pool.fetchval(_MARKETS_REACHED) or 0) < after:  # noqa: ASYNC110 - the projector's
            await asyncio.sleep(LOOK_AGAIN_S)
        for row in await self._pool.fetch(_MARKETS):
            self._decimals |= {row["base"]: row["base_decimals"], row["quote"]: row["quote_decimals"]}
            self._markets[row["market"]] = Market(
                row["base"],
                row["quote"],
                row["price_precision"],
                int(row["base_lot"]),
                int(row["quote_lot"]),
                row["base_decimals"],
                row["quote_decimals"],
            )

    async def of(self, record: Record) -> list[RelayedEvent]:
        """The events of one record."""
        found: list[RelayedEvent] = []
        at_s = record.at_ns // _NS_PER_S
        for number, event in enumerate(record.events):
            match event:
                case AssetPut():
                    self._decimals[event.asset] = event.decimals
                case MarketPut():
                    self._learn(event)
                case OrderAccepted():
                    order = self._accepted(event, record.at_ns)
                    if order.limit:
                        found.append(_event(record.seq, number, at_s, "created", order, self._created(order)))
                case TradeExecuted():
                    found += await self._traded(record, number, event)
                case OrderCanceled():
                    order = await self._order(event.order_id, record.seq)
                    order.remaining = event.quantity
                    if order.limit:
                        body = self._created(order) | {"state": "canceled", "canceled_at": iso8601(at_s)}
                        found.append(_event(record.seq, number, at_s, "canceled", order, body))
                    self._orders.pop(order.id, None)
                case OrderDecremented():
                    order = await self._order(event.order_id, record.seq)
                    found += self._updated(record, number, order, event.remaining, event.quantity)
        return found

    def _learn(self, event: MarketPut) -> None:
        self._markets[event.market] = Market(
            event.base,
            event.quote,
            event.price_precision,
            unpack(event.base_lot),
            unpack(event.quote_lot),
            self._decimals[event.base],
            self._decimals[event.quote],
        )

    def _accepted(self, event: OrderAccepted, at_ns: int) -> Order:
        order = Order(
            event.order_id,
            event.member,
            event.market,
            event.side,
            event.kind is OrderKind.LIMIT,
            event.price,
            event.quantity,
            event.quantity,
            event.maker_ppm,
            event.taker_ppm,
            at_ns,
        )
        self._remember(order)
        return order

    async def _traded(self, record: Record, number: int, event: TradeExecuted) -> list[RelayedEvent]:
        at_s = record.at_ns // _NS_PER_S
        body = self._trade(event, at_s)
        found = [_named(record.seq, f"{number}", at_s, event.market, "trade_completed", body)]
        for side, order_id, remaining in (
            ("maker", event.maker_order_id, event.maker_remaining),
            ("taker", event.taker_order_id, event.taker_remaining),
        ):
            order = await self._order(order_id, record.seq)
            order.trades_count += 1
            found += self._updated(record, f"{number}.{side}", order, remaining, event.quantity)
        return found

    def _updated(
        self, record: Record, number: int | str, order: Order, remaining: int, less: int
    ) -> list[RelayedEvent]:
        """What an order tells when it has `less` lots less: that it goes on, or that it is complete."""
        order.remaining = remaining
        if remaining == 0:
            self._orders.pop(order.id, None)
        if not order.limit:
            return []
        at_s = record.at_ns // _NS_PER_S
        was = self._amounts(order, remaining + less)
        body = self._created(order) | {"previous_income_amount": was[0], "previous_outcome_amount": was[1]}
        if remaining:
            body |= {"updated_at": iso8601(at_s)}
            return [_event(record.seq, number, at_s, "updated", order, body)]
        body |= {"state": "completed", "completed_at": iso8601(at_s)}
        return [_event(record.seq, number, at_s, "completed", order, body)]

    async def _order(self, order_id: OrderId, seq: int) -> Order:
        """The order as it was before record `seq`."""
        order = self._orders.get(order_id)
        if order is not None:
            self._orders.move_to_end(order_id)
            return order
        while (row := await self._row(order_id, seq)) is None:  # noqa: ASYNC110 - a projection sets no event
            await asyncio.sleep(LOOK_AGAIN_S)
        order = Order(
            order_id,
            row["member"],
            row["market"],
            Side(row["side"]),
            OrderKind(row["kind"]) is OrderKind.LIMIT,
            row["price"],
            row["quantity"],
            row["quantity"],
            row["maker_ppm"],
            row["taker_ppm"],
            row["created_ns"],
            row["trades"],
        )
        self._remember(order)
        return order

    async def _row(self, order_id: OrderId, seq: int) -> Any:
        """None while the projections have not reached the record before `seq`."""
        reached = await self._pool.fetchval(_REACHED)
        if reached is None or reached < seq - 1:
            return None
        row = await self._pool.fetchrow(_ORDER, order_id, seq)
        assert row is not None, f"order {order_id} is in the journal before {seq} but not in the projection"
        return row

    def _remember(self, order: Order) -> None:
        self._orders[order.id] = order
        if len(self._orders) > ORDERS_MAX:
            self._orders.popitem(last=False)

    def _amounts(self, order: Order, lots: int) -> tuple[str, str]:
        """What an order still brings and still costs with so many lots left."""
        market = self._markets[order.market]
        base, quote = market.base_amount(lots), market.quote_amount(order.price, lots)
        return (base, quote) if order.side is Side.BUY else (quote, base)

    def _created(self, order: Order) -> dict[str, Any]:
        market = self._markets[order.market]
        buys = order.side is Side.BUY
        initial, current = self._amounts(order, order.quantity), self._amounts(order, order.remaining)
        return {
            "id": order.id,
            "market": order.market,
            "type": "buy" if buys else "sell",
            "trader_uid": order.member,
            "income_unit": market.base if buys else market.quote,
            "income_fee_type": "relative",
            "income_maker_fee_value": format_decimal(order.maker_ppm, PPM_DIGITS),
            "income_taker_fee_value": format_decimal(order.taker_ppm, PPM_DIGITS),
            "outcome_unit": market.quote if buys else market.base,
            "outcome_fee_type": "relative",
            "outcome_fee_value": "0.0",
            "initial_income_amount": initial[0],
            "current_income_amount": current[0],
            "initial_outcome_amount": initial[1],
            "current_outcome_amount": current[1],
            "strategy": "limit",
            "price": format_decimal(order.price, market.price_precision),
            "state": "open",
            "trades_count": order.trades_count,
            "created_at": iso8601(order.created_ns // _NS_PER_S),
        }

    def _trade(self, event: TradeExecuted, at_s: int) -> dict[str, Any]:
        market = self._markets[event.market]
        base = (market.base, format_decimal(unpack(event.base_amount), market.base_decimals))
        quote = (market.quote, format_decimal(unpack(event.quote_amount), market.quote_decimals))
        buyer = _side(base, format_decimal(unpack(event.buyer_fee), market.base_decimals), quote)
        seller = _side(quote, format_decimal(unpack(event.seller_fee), market.quote_decimals), base)
        maker, taker = (seller, buyer) if event.taker_side is Side.BUY else (buyer, seller)
        return {
            "id": event.trade_id,
            "market": event.market,
            "price": format_decimal(event.price, market.price_precision),
            "amount": base[1],
            "completed_at": iso8601(at_s),
            "maker_uid": event.maker,
            **{f"maker_{name}": value for name, value in maker.items()},
            "taker_uid": event.taker,
            **{f"taker_{name}": value for name, value in taker.items()},
        }


def _side(income: tuple[str, str], fee: str, outcome: tuple[str, str]) -> dict[str, str]:
    return {
        "income_unit": income[0],
        "income_amount": income[1],
        "income_fee": fee,
        "outcome_unit": outcome[0],
        "outcome_amount": outcome[1],
        "outcome_fee": "0.0",
    }


def _event(seq: int, number: int | str, at_s: int, what: str, order: Order, body: dict[str, Any]) -> RelayedEvent:
    return _named(seq, f"{number}", at_s, order.market, f"order_{what}", body)


def _named(seq: int, number: str, at_s: int, market: MarketId, what: str, body: dict[str, Any]) -> RelayedEvent:
    return RelayedEvent(
        id=f"journal:{seq}:{number}",
        issuer=ISSUER,
        category="market",
        key=f"{market}.{what}",
        aggregate=f"market:{market}",
        at_s=at_s,
        payload=body,
    )
