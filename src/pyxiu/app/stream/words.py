"""Orders, trades and tickers of the stream, in the API's words.

Invariant: an order here says what it says over HTTP, with the times and the few fields that the dialect's events have
beside. Limit: digits come from the journal, so that no event waits for the catalog.
"""

import msgspec

from pyxiu.api.rules import MarketRules
from pyxiu.api.wire.market_data import ticker_entity
from pyxiu.api.wire.orders import order_entity
from pyxiu.api.wire.texts import NS_PER_S
from pyxiu.api.wire.trades import trade_entity
from pyxiu.app.stream.events import OrderEvent, TickerEvent, TradeEvent
from pyxiu.catalog.model import MarketStatus
from pyxiu.core.outcomes import OrderState
from pyxiu.core.types import BUY
from pyxiu.projections.reads.trades import MemberTrade
from pyxiu.projections.tickers import Ticker
from pyxiu.stream.markets import MarketDigits


class ApiWords:
    """`stream.ports.Words`."""

    def __init__(self) -> None:
        self._rules: dict[MarketDigits, MarketRules] = {}

    def order(self, order: OrderState, digits: MarketDigits) -> OrderEvent:
        shown = order_entity(order, self._of(digits))
        created_at = order.created_ns // NS_PER_S
        return OrderEvent(
            id=shown.id,
            uuid=shown.uuid,
            side=shown.side,
            ord_type=shown.ord_type,
            price=shown.price,
            avg_price=shown.avg_price,
            state=shown.state,
            market=shown.market,
            created_at=created_at,
            updated_at=order.updated_ns // NS_PER_S,
            origin_volume=shown.origin_volume,
            remaining_volume=shown.remaining_volume,
            executed_volume=shown.executed_volume,
            maker_fee=shown.maker_fee,
            taker_fee=shown.taker_fee,
            trades_count=shown.trades_count,
            client_order_id=shown.client_order_id,
            time_in_force=shown.time_in_force,
            post_only=shown.post_only,
            stp=shown.stp,
            executed_quote=shown.executed_quote,
            cancel_reason=shown.cancel_reason,
            kind="bid" if order.side is BUY else "ask",
            order_type=shown.ord_type,
            at=created_at,
        )

    def trade(self, trade: MemberTrade, digits: MarketDigits) -> TradeEvent:
        shown = trade_entity(trade, self._of(digits))
        return TradeEvent(
            id=shown.id,
            price=shown.price,
            amount=shown.amount,
            total=shown.total,
            fee_currency=shown.fee_currency,
            fee=shown.fee,
            fee_amount=shown.fee_amount,
            market=shown.market,
            created_at=trade.executed_ns // NS_PER_S,
            taker_type=shown.taker_type,
            side=shown.side,
            order_id=shown.order_id,
        )

    def ticker(self, ticker: Ticker, digits: MarketDigits) -> TickerEvent:
        event = msgspec.structs.asdict(ticker_entity(ticker, self._of(digits)).ticker)
        del event["vol"]
        name = f"{digits.base}/{digits.quote}".upper()
        return TickerEvent(name=name, base_unit=digits.base, quote_unit=digits.quote, **event)

    def _of(self, digits: MarketDigits) -> MarketRules:
        rules = self._rules.get(digits)
        if rules is None:
            rules = self._rules[digits] = MarketRules(
                *digits, 10**digits.amount_precision, 10**digits.quote_decimals, MarketStatus.ENABLED
            )
        return rules
