"""From the wire's body to the engine's command."""

from typing import Any

import pytest

from pyxiu.api.market.order_body import OrderBody, order_bodies, parse_order
from pyxiu.api.rules import market_rules
from pyxiu.core.commands import PlaceOrder
from pyxiu.core.money import ZERO, pack
from pyxiu.core.types import MarketId, MemberId, OrderKind, SelfTradePrevention, Side, TimeInForce
from tests.unit.api.stubs import PICTURE, UID

MARKETS = {"btcusd": market_rules(PICTURE.markets["btcusd"], PICTURE)}
LIMIT: dict[str, Any] = {"market": "btcusd", "side": "buy", "volume": "0.1", "price": "20000.5"}
MARKET: dict[str, Any] = {"market": "btcusd", "side": "sell", "volume": "0.1", "ord_type": "market"}


def parse(fields: dict[str, Any]) -> PlaceOrder | list[str]:
    return parse_order(OrderBody(**fields), MARKETS, UID)


def command_of(fields: dict[str, Any]) -> PlaceOrder:
    command = parse(fields)
    assert isinstance(command, PlaceOrder), command
    return command


def test_a_limit_order_is_ticks_and_lots() -> None:
    assert command_of(LIMIT) == PlaceOrder(
        MemberId(UID), MarketId("btcusd"), Side.BUY, OrderKind.LIMIT, price=2_000_050, quantity=100_000
    )


def test_a_market_order_has_no_price() -> None:
    command = command_of(MARKET)
    assert (command.kind, command.side, command.price, command.quantity) == (OrderKind.MARKET, Side.SELL, 0, 100_000)


def test_a_market_order_by_quote_amount_has_no_volume() -> None:
    command = command_of({**MARKET, "volume": None, "quote_amount": "1000.25"})
    assert (command.quantity, command.quote_amount) == (0, pack(1000_2500000000))


def test_the_terms_the_dialect_did_not_know() -> None:
    command = command_of(
        {**LIMIT, "time_in_force": "IOC", "post_only": True, "stp": "decrement", "client_order_id": "a-1:b.c_d"}
    )
    assert command.time_in_force is TimeInForce.IOC
    assert command.post_only
    assert command.stp is SelfTradePrevention.DECREMENT
    assert command.key == "a-1:b.c_d"
    assert command_of({**LIMIT, "stp": "none"}).stp is SelfTradePrevention.NONE
    assert command_of({**LIMIT, "client_order_id": 17}).key == "17"
    assert command_of({**MARKET, "max_slippage": "0.015"}).max_slippage_ppm == 15_000
    assert command_of({**MARKET, "max_slippage": 1}).max_slippage_ppm == 1_000_000


def test_a_json_number_is_as_exact_as_a_text() -> None:
    """T-11."""
    body = order_bodies.decode(b'{"market":"btcusd","side":"buy","volume":0.1,"price":20000.50}')
    assert parse_order(body, MARKETS, UID) == command_of(LIMIT)


def test_fields_without_value_are_as_good_as_absent() -> None:
    absent = dict.fromkeys(
        ("ord_type", "time_in_force", "post_only", "stp", "client_order_id", "quote_amount", "max_slippage")
    )
    assert command_of({**LIMIT, **absent}) == command_of(LIMIT)
    assert command_of(LIMIT).quote_amount == ZERO


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({}, ["missing_market", "missing_side", "missing_volume", "missing_price"]),
        ({**LIMIT, "market": "xyz"}, ["market.market.doesnt_exist_or_not_enabled"]),
        ({**LIMIT, "market": []}, ["market.market.doesnt_exist_or_not_enabled"]),
        ({**LIMIT, "market": {"a": 1}}, ["market.market.doesnt_exist_or_not_enabled"]),
        ({**LIMIT, "market": "btcusd\0"}, ["market.market.doesnt_exist_or_not_enabled"]),
        ({**LIMIT, "side": "up"}, ["invalid_side"]),
        ({**LIMIT, "side": []}, ["invalid_side"]),
        ({**LIMIT, "side": 1}, ["invalid_side"]),
        ({**LIMIT, "ord_type": "stop"}, ["invalid_ord_type"]),
        ({**LIMIT, "volume": None}, ["missing_volume"]),
        ({**LIMIT, "volume": ""}, ["non_decimal_volume"]),
        ({**LIMIT, "volume": True}, ["non_decimal_volume"]),
        ({**LIMIT, "volume": [1]}, ["non_decimal_volume"]),
        ({**LIMIT, "volume": 0}, ["non_positive_volume"]),
        ({**LIMIT, "volume": "-0.1"}, ["non_positive_volume"]),
        ({**LIMIT, "volume": "0.0000001"}, ["invalid_volume_or_price"]),
        ({**LIMIT, "volume": 2**63}, ["invalid_volume_or_price"]),
        ({**LIMIT, "price": "x"}, ["non_decimal_price"]),
        ({**LIMIT, "price": 0}, ["non_positive_price"]),
        ({**LIMIT, "price": "20000.505"}, ["invalid_volume_or_price"]),
        ({**LIMIT, "price": None}, ["missing_price"]),
        ({**MARKET, "price": "1"}, ["market_order_price"]),
        ({**MARKET, "volume": None}, ["missing_volume"]),
        ({**LIMIT, "volume": None, "quote_amount": "5"}, ["missing_volume"]),
        ({**MARKET, "volume": None, "quote_amount": "x"}, ["non_decimal_quote_amount"]),
        ({**MARKET, "volume": None, "quote_amount": 0}, ["non_positive_quote_amount"]),
        ({**MARKET, "volume": None, "quote_amount": 2**128}, ["invalid_volume_or_price"]),
        ({**LIMIT, "time_in_force": "gtd"}, ["invalid_time_in_force"]),
        ({**LIMIT, "post_only": "maybe"}, ["invalid_post_only"]),
        ({**LIMIT, "stp": True}, ["invalid_stp"]),
        ({**LIMIT, "client_order_id": ""}, ["invalid_client_order_id"]),
        ({**LIMIT, "client_order_id": "a" * 65}, ["invalid_client_order_id"]),
        ({**LIMIT, "client_order_id": "a\0"}, ["invalid_client_order_id"]),
        ({**LIMIT, "client_order_id": "a b"}, ["invalid_client_order_id"]),
        ({**LIMIT, "client_order_id": "\u00e9"}, ["invalid_client_order_id"]),
        ({**LIMIT, "client_order_id": False}, ["invalid_client_order_id"]),
        ({**LIMIT, "client_order_id": ["a"]}, ["invalid_client_order_id"]),
        ({**MARKET, "max_slippage": "1.1"}, ["invalid_max_slippage"]),
        ({**MARKET, "max_slippage": 0}, ["invalid_max_slippage"]),
        ({**MARKET, "max_slippage": "0.0000001"}, ["invalid_max_slippage"]),
        (
            {"market": "xyz", "side": "up", "volume": "x", "price": "-1", "stp": "x"},
            [
                "market.market.doesnt_exist_or_not_enabled",
                "invalid_side",
                "non_decimal_volume",
                "non_positive_price",
                "invalid_stp",
            ],
        ),
    ],
)
def test_all_that_is_wrong_is_told_in_the_order_of_the_fields(fields: dict[str, Any], codes: list[str]) -> None:
    assert parse(fields) == [code if "." in code else f"market.order.{code}" for code in codes]
