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
        event = msgspec.structs.asdict(order_entity(order, self._of(digits)))
        del event["trades"]
        event["created_at"] = event["at"] = order.created_ns // NS_PER_S
        event["updated_at"] = order.updated_ns // NS_PER_S
        return OrderEvent(kind="bid" if order.side is BUY else "ask", order_type=event["ord_type"], **event)

    def trade(self, trade: MemberTrade, digits: MarketDigits) -> TradeEvent:
        event = msgspec.structs.asdict(trade_entity(trade, self._of(digits)))
        event["created_at"] = trade.executed_ns // NS_PER_S
        return TradeEvent(**event)

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
