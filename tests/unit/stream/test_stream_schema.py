"""The stream's schema says what the declarations say that the code runs with."""

from typing import Any

import pytest

from pyxiu.api.wire.orders import Order
from pyxiu.app.stream.events import OrderEvent
from pyxiu.stream import messages
from pyxiu.stream.messages import Message
from pyxiu.stream.ports import Action
from tests.support.frames import messages_in
from tests.support.stream_schema import SCHEMA, check_told


def test_every_message_that_a_client_may_send_has_only_fields_that_are_read() -> None:
    asked = [SCHEMA["$defs"][ref["$ref"].rpartition("/")[2]] for ref in SCHEMA["$defs"]["ClientMessage"]["anyOf"]]
    events = {message["properties"]["event"]["const"] for message in asked}

    assert events == {"subscribe", "unsubscribe", *(action.value for action in Action)}
    assert {name for message in asked for name in message["properties"]} == set(Message.__struct_fields__)


def test_an_order_says_in_the_stream_what_it_says_over_http() -> None:
    beside = {"kind", "order_type", "at"}
    assert set(OrderEvent.__struct_fields__) == set(Order.__struct_fields__) - {"trades"} | beside
    shown, told = (SCHEMA["$defs"][name]["properties"] for name in ("Order", "OrderEvent"))
    for name in shown.keys() & told.keys() - {"created_at", "updated_at", "uuid"}:
        assert told[name] == shown[name], name


@pytest.mark.parametrize("code", messages.CODES)
@pytest.mark.parametrize("streams", [[], ["btcusd.trades"]])
def test_each_code_of_a_refusal_is_in_the_schema(code: str, streams: list[str]) -> None:
    (told,) = messages_in(messages.error(code, streams))
    check_told(told)
    assert told == ({"error": code, "streams": streams} if streams else {"error": code})


@pytest.mark.parametrize(
    "wrong",
    [
        {"error": "stream.nothing"},
        {"order": {}},
        {"btcusd.ob-inc": {"asks": ["1.0", "0"], "bids": ["1.0", "0"], "sequence": 1}},
        {"btcusd.ob-inc": {"asks": ["1", "0"], "sequence": 1}},
        {"btcusd.kline-2m": [0, 1, 1, 1, 1, 1]},
        {"btcusd.kline-1m": [0, "1", 1, 1, 1, 1]},
        {"btcusd.trades": {"trades": [], "more": True}},
    ],
)
def test_a_frame_of_another_shape_is_noticed(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_told(wrong)
