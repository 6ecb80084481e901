"""Entities: the dialect's words, exact digits, the same bytes for the same state."""

from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyxiu.api.rules import market_rules
from pyxiu.api.wire import orders
from pyxiu.api.wire.market_data import book_order_entity, change_percent
from pyxiu.api.wire.orders import order_entity, status_of, uuid_text
from pyxiu.api.wire.texts import number, rate, rounded_down, to_json
from pyxiu.core.money import pack
from pyxiu.core.types import (
    CancelReason,
    OrderKind,
    OrderStatus,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from pyxiu.kit.clock import iso8601
from pyxiu.kit.ids import ORDER_ID_MAX, order_id_of, order_uuid
from tests.unit.api.stubs import CREATED_NS, PICTURE, order_state

RULES = market_rules(PICTURE.markets["btcusd"], PICTURE)


def test_an_open_order() -> None:
    expected = {
        "id": 7,
        "uuid": str(order_uuid(7, CREATED_NS)),
        "side": "buy",
        "ord_type": "limit",
        "price": "20000.5",
        "avg_price": "0.0",
        "state": "wait",
        "market": "btcusd",
        "created_at": "2021-05-12T10:00:00Z",
        "updated_at": "2021-05-12T10:00:00Z",
        "origin_volume": "0.1",
        "remaining_volume": "0.1",
        "executed_volume": "0.0",
        "maker_fee": "0.001",
        "taker_fee": "0.002",
        "trades_count": 0,
        "client_order_id": None,
        "time_in_force": "gtc",
        "post_only": False,
        "stp": "cancel_newest",
        "executed_quote": "0.0",
        "cancel_reason": None,
    }
    encoded = to_json(order_entity(order_state(), RULES))
    assert msgspec.json.decode(encoded) == expected
    assert list(msgspec.json.decode(encoded)) == list(expected), "additions come after the dialect's fields"
    assert encoded == to_json(order_entity(order_state(), RULES))


def test_a_market_order_has_no_price() -> None:
    assert order_entity(order_state(kind=OrderKind.MARKET, price=0), RULES).price is None


def test_a_filled_order_has_an_average_rounded_down() -> None:
    third = 10**10 * 20_000 // 3
    order = order_state(
        status=OrderStatus.FILLED, filled=100_000, remaining=0, filled_quote=pack(third), trades_count=2
    )
    entity = order_entity(order, RULES)
    assert (entity.state, entity.executed_volume, entity.remaining_volume) == ("done", "0.1", "0.0")
    assert entity.avg_price == "66666.66"
    assert entity.executed_quote == "6666.6666666666"


def test_a_canceled_order_keeps_what_was_left() -> None:
    order = order_state(
        status=OrderStatus.CANCELED,
        filled=40_000,
        filled_quote=pack(800_02 * 10**8),
        remaining=60_000,
        cancel_reason=CancelReason.REQUESTED,
        updated_ns=CREATED_NS + 10**9,
        key="mine",
    )
    entity = order_entity(order, RULES)
    assert (entity.state, entity.remaining_volume, entity.executed_volume) == ("cancel", "0.06", "0.04")
    assert (entity.cancel_reason, entity.client_order_id) == ("requested", "mine")
    assert entity.updated_at == "2021-05-12T10:00:01Z"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (orders.STATES, OrderStatus),
        (orders.SIDES, Side),
        (orders.KINDS, OrderKind),
        (orders.TIMES_IN_FORCE, TimeInForce),
        (orders.SELF_TRADE_PREVENTIONS, SelfTradePrevention),
        (orders.CANCEL_REASONS, CancelReason),
    ],
)
def test_every_member_of_an_enumeration_has_a_word_of_its_own(table: dict[object, str], words: type) -> None:
    assert set(table) == set(words)  # type: ignore[call-overload]  # an enumeration class can be iterated
    assert len(set(table.values())) == len(table)


def test_states_that_orders_here_never_have_match_nothing() -> None:
    assert status_of("wait") is OrderStatus.OPEN
    assert status_of("pending") is None


@given(st.integers(1, ORDER_ID_MAX), st.integers(0, 2**63 - 1))
def test_the_uuid_is_that_of_the_kit(order_id: int, created_ns: int) -> None:
    text = uuid_text(order_id, created_ns)
    assert text == str(order_uuid(order_id, created_ns))
    assert order_id_of(UUID(text)) == order_id


@pytest.mark.parametrize(
    ("opened", "last", "text"),
    [
        (0, 0, "+0.00%"),
        (0, 5, "+0.00%"),
        (100, 100, "+0.00%"),
        (10_000, 10_123, "+1.23%"),
        (10_000, 9_877, "-1.23%"),
        (3, 1, "-66.67%"),
        (3, 4, "+33.33%"),
        (1, 10**12, "+99999999999900.00%"),
        (10**9, 10**9 - 1, "+0.00%"),
        (200, 201, "+0.50%"),
        (20_000, 20_001, "+0.01%"),
        (20_000, 19_999, "-0.01%"),
    ],
)
def test_price_changes_are_signed_percents_of_two_digits(opened: int, last: int, text: str) -> None:
    assert change_percent(opened, last) == text


def test_an_order_in_the_public_book_names_nobody() -> None:
    order = order_state(key="secret-name")
    encoded = to_json(book_order_entity(order, RULES)).decode()
    assert "secret-name" not in encoded
    assert order.member not in encoded
    assert '"id":null,"uuid":null' in encoded
    assert uuid_text(order.order_id, order.created_ns) not in encoded


def test_numbers_keep_their_digits() -> None:
    assert to_json([number(12345, 4), number(10, 1), number(0, 2)]) == b"[1.2345,1.0,0.0]"


def test_small_things() -> None:
    assert rate(0) == "0.0"
    assert rate(1) == "0.000001"
    assert rate(500_000) == "0.5"
    assert rounded_down(2, 3, 2) == "0.66"
    assert iso8601(0) == "1970-01-01T00:00:00Z"
