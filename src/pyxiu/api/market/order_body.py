"""The body of an order, from the wire to the engine's command.

Invariant: what does not fit the market's digits is refused, never rounded; all findings are told at once, in the order
of the fields. Limit: only the form is judged here (is it a number, is it positive, do the words exist); limits,
balances and contradictions are the engine's to judge.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from pyxiu.api.body import BodyDecoder, text_of
from pyxiu.api.market.amounts import NotAnAmount, parse_amount
from pyxiu.api.rules import MarketRules
from pyxiu.api.wire.orders import KINDS, SELF_TRADE_PREVENTIONS, SIDES, TIMES_IN_FORCE
from pyxiu.core.commands import PlaceOrder
from pyxiu.core.money import MAX_AMOUNT, ZERO, pack
from pyxiu.core.types import (
    GTC,
    LIMIT,
    MARKET,
    MAX_DECIMALS,
    MAX_INT64,
    PPM,
    MarketId,
    MemberId,
    OrderKind,
    SelfTradePrevention,
    TimeInForce,
)
from pyxiu.kit.decimals import DIGITS_MAX

CLIENT_ORDER_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
PPM_DIGITS: Final = 6
#: Digits and maximum to judge a number by while its market is not known: whatever some market might take.
ANY_MARKET: Final = (MAX_DECIMALS, 10 ** (DIGITS_MAX + MAX_DECIMALS))

_SIDES: Final = {word: side for side, word in SIDES.items()}
_KINDS: Final = {word: kind for kind, word in KINDS.items()}
_TIMES_IN_FORCE: Final = {word: value for value, word in TIMES_IN_FORCE.items()}
_PREVENTIONS: Final = {word: value for value, word in SELF_TRADE_PREVENTIONS.items()}
_FLAGS: Final = {"true": True, "false": False}

W = TypeVar("W")


class OrderBody(msgspec.Struct):
    """The fields of an order as they arrive: texts, numbers as written, or anything else a client may send."""

    market: Any = None
    side: Any = None
    volume: Any = None
    price: Any = None
    ord_type: Any = None
    time_in_force: Any = None
    post_only: Any = None
    stp: Any = None
    client_order_id: Any = None
    quote_amount: Any = None
    max_slippage: Any = None


order_bodies: Final = BodyDecoder(OrderBody)


def parse_order(body: OrderBody, markets: Mapping[str, MarketRules], member: str) -> PlaceOrder | list[str]:
    """The command, or the wire codes of all that is wrong with the body."""
    findings: list[str] = []
    rules = find_market(body.market, markets, findings)
    side = _word(body.side, _SIDES, "side", findings)
    kind = LIMIT if body.ord_type is None else _word(body.ord_type, _KINDS, "ord_type", findings)
    quantity, quote_amount = _quantity(body, rules, kind, findings)
    price = _price(body.price, rules, kind, findings)
    key = "" if body.client_order_id is None else _client_order_id(body.client_order_id, findings)
    terms = _terms(body, findings)
    if findings:
        return findings
    assert rules is not None, "a market that is not known is a finding"
    assert side is not None, "a side that is not known is a finding"
    assert kind is not None, "a kind that is not known is a finding"
    time_in_force, post_only, prevention, slippage_ppm = terms
    return PlaceOrder(
        MemberId(member),
        MarketId(rules.market),
        side,
        kind,
        price,
        quantity,
        time_in_force,
        post_only,
        prevention,
        key,
        quote_amount,
        slippage_ppm,
    )


def find_market(value: Any, markets: Mapping[str, MarketRules], findings: list[str]) -> MarketRules | None:
    if value is None:
        findings.append("market.order.missing_market")
        return None
    rules = markets.get(value) if isinstance(value, str) else None
    if rules is None:
        findings.append("market.market.doesnt_exist_or_not_enabled")
    return rules


def _word(value: Any, words: Mapping[str, W], field: str, findings: list[str]) -> W | None:
    if value.__class__ is str:
        found = words.get(value)
        if found is not None:
            return found
    found = words.get((text_of(value) or "").lower())
    if found is None:
        findings.append(f"market.order.{'missing' if value is None else 'invalid'}_{field}")
    return found


def _quantity(
    body: OrderBody, rules: MarketRules | None, kind: OrderKind | None, findings: list[str]
) -> tuple[int, bytes]:
    """Lots, and for market orders the amount of quote instead."""
    quote_amount = ZERO
    if body.quote_amount is not None:
        decimals = rules.quote_decimals if rules else MAX_DECIMALS
        quote_amount = pack(_amount(body.quote_amount, decimals, MAX_AMOUNT, "quote_amount", findings))
    if body.volume is None:
        if body.quote_amount is None or kind is LIMIT:
            findings.append("market.order.missing_volume")
        return 0, quote_amount
    digits, maximum = (rules.amount_precision, MAX_INT64) if rules else ANY_MARKET
    return _amount(body.volume, digits, maximum, "volume", findings), quote_amount


def _price(value: Any, rules: MarketRules | None, kind: OrderKind | None, findings: list[str]) -> int:
    if kind is MARKET:
        if value is not None:
            findings.append("market.order.market_order_price")
        return 0
    if value is None:
        findings.append("market.order.missing_price")
        return 0
    digits, maximum = (rules.price_precision, MAX_INT64) if rules else ANY_MARKET
    return _amount(value, digits, maximum, "price", findings)


def _amount(value: Any, digits: int, maximum: int, field: str, findings: list[str]) -> int:
    """The amount, or 0 and a finding."""
    text = value if isinstance(value, str) else text_of(value)
    amount = NotAnAmount.NON_DECIMAL if text is None else parse_amount(text, digits, maximum)
    if isinstance(amount, int):
        return amount
    match amount:
        case NotAnAmount.NON_DECIMAL:
            findings.append(f"market.order.non_decimal_{field}")
        case NotAnAmount.NON_POSITIVE:
            findings.append(f"market.order.non_positive_{field}")
        case NotAnAmount.DOES_NOT_FIT:
            findings.append("market.order.invalid_volume_or_price")
    return 0


def _client_order_id(value: Any, findings: list[str]) -> str:
    text = text_of(value)
    if text is None or isinstance(value, bool) or CLIENT_ORDER_ID.fullmatch(text) is None:
        findings.append("market.order.invalid_client_order_id")
        return ""
    return text


class Terms(NamedTuple):
    """How long, how, and against whom: what the dialect did not know."""

    time_in_force: TimeInForce = GTC
    post_only: bool = False
    prevention: SelfTradePrevention = SelfTradePrevention.CANCEL_NEWEST
    slippage_ppm: int = 0


USUAL_TERMS: Final = Terms()


def _terms(body: OrderBody, findings: list[str]) -> Terms:
    terms = USUAL_TERMS
    if body.time_in_force is not None:
        time_in_force = _word(body.time_in_force, _TIMES_IN_FORCE, "time_in_force", findings)
        terms = terms._replace(time_in_force=time_in_force or terms.time_in_force)
    if body.post_only is not None:
        terms = terms._replace(post_only=bool(_word(body.post_only, _FLAGS, "post_only", findings)))
    if body.stp is not None:
        prevention = _word(body.stp, _PREVENTIONS, "stp", findings)
        terms = terms._replace(prevention=terms.prevention if prevention is None else prevention)
    if body.max_slippage is not None:
        terms = terms._replace(slippage_ppm=_slippage_ppm(body.max_slippage, findings))
    return terms


def _slippage_ppm(value: Any, findings: list[str]) -> int:
    text = text_of(value)
    ppm = NotAnAmount.NON_DECIMAL if text is None else parse_amount(text, PPM_DIGITS, PPM)
    if isinstance(ppm, int):
        return ppm
    findings.append("market.order.invalid_max_slippage")
    return 0
