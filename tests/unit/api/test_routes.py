"""The order routes alone: what they ask the engine for, and what they say when it cannot or will not."""

from functools import cache

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyxiu.api.market.batch_orders import ITEMS_MAX
from pyxiu.api.market.order_request import BODY_BYTES_MAX
from pyxiu.core.commands import Command
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import OrderStatus
from pyxiu.engine.errors import EngineStoppedError, OverloadedError
from pyxiu.kit.errors import TransientError
from tests.unit.api.stubs import Answered, Caller, StubEngine, order_state

ORDER = {"market": "btcusd", "side": "buy", "volume": "0.1", "price": "20000.5"}


async def place(engine: StubEngine) -> Answered:
    return await Caller(engine).post("/market/orders", ORDER)


async def test_an_accepted_order_is_201_with_the_order() -> None:
    answered = await place(StubEngine())
    assert answered.status == 201
    assert answered.json()["state"] == "wait"
    assert answered.headers["content-type"] == "application/json"
    assert int(answered.headers["content-length"]) == len(answered.body)


async def test_a_full_inbox_says_that_nothing_was_done_and_when_to_retry() -> None:
    engine = StubEngine()
    engine.refusal = OverloadedError(2.4)
    answered = await place(engine)
    assert (answered.status, answered.json()["errors"]) == (503, ["server.overloaded"])
    assert answered.headers["retry-after"] == "3"
    assert answered.json()["message"].startswith("Nothing was done")


async def test_an_engine_that_does_not_lead_says_that_nothing_was_done() -> None:
    engine = StubEngine()
    engine.refusal = EngineStoppedError("stopped")
    answered = await place(engine)
    assert (answered.status, answered.json()["errors"]) == (503, ["server.engine_unavailable"])


async def test_an_engine_that_stops_with_the_command_says_that_nobody_knows() -> None:
    """T-08, E-10."""

    def stop(_: Command) -> Outcome:
        raise EngineStoppedError("stopped")

    answered = await place(StubEngine(stop))
    assert (answered.status, answered.json()["errors"]) == (504, ["server.outcome_unknown"])
    assert "same client_order_id" in answered.json()["message"]
    assert "client_order_id" not in answered.json(), "none was sent, and the one that we made tells a client nothing"
    assert int(answered.headers["retry-after"]) >= 1


async def test_nobody_knows_names_the_ids_to_retry_with() -> None:
    def stop(_: Command) -> Outcome:
        raise EngineStoppedError("stopped")

    caller = Caller(StubEngine(stop))
    one = await caller.post("/market/orders", ORDER | {"client_order_id": "bot-1"})
    assert (one.status, one.json()["client_order_id"]) == (504, "bot-1")
    items = [ORDER | {"client_order_id": "bot-2"}, ORDER | {"client_order_id": "bot-3"}]
    several = await caller.post("/market/orders/batch", {"items": items})
    assert (several.status, several.json()["client_order_ids"]) == (504, ["bot-2", "bot-3"])
    canceled = await caller.post("/market/orders/3/cancel", {})
    assert (canceled.status, canceled.json()["errors"]) == (504, ["server.outcome_unknown"])


async def test_a_fault_before_the_decision_says_that_nothing_was_done() -> None:
    def fail(_: Command) -> Outcome:
        raise TransientError("keys cannot be looked up")

    answered = await place(StubEngine(fail))
    assert (answered.status, answered.json()["errors"]) == (503, ["server.engine_unavailable"])


async def test_a_bug_is_told_without_its_text() -> None:
    def fail(_: Command) -> Outcome:
        raise RuntimeError("secret detail")

    answered = await place(StubEngine(fail))
    assert (answered.status, answered.json()) == (500, {"errors": ["server.internal_error"]})


@pytest.mark.parametrize(("refused", "status"), [(OverloadedError(0.1), 503), (EngineStoppedError("stopped"), 504)])
async def test_a_batch_is_refused_whole_or_not_at_all(refused: Exception, status: int) -> None:
    engine = StubEngine()
    engine.refusal = refused
    answered = await Caller(engine).post("/market/orders/batch", {"items": [ORDER, ORDER]})
    assert answered.status == status


async def test_a_batch_to_an_engine_that_does_not_lead_did_nothing() -> None:
    engine = StubEngine()
    engine.leading = False
    answered = await Caller(engine).post("/market/orders/batch", {"items": [ORDER]})
    assert answered.json()["errors"] == ["server.engine_unavailable"]
    assert engine.commands == []


async def test_a_member_below_the_trading_level_may_not_place_but_may_cancel() -> None:
    engine = StubEngine()
    caller = Caller(engine, level=2)
    assert (await caller.post("/market/orders", ORDER)).json()["errors"] == ["market.trade.not_permitted"]
    batch = await caller.post("/market/orders/batch", {"items": [ORDER, {"action": "cancel", "id": 7}]})
    assert [item["status"] for item in batch.json()] == [403, 201]
    assert (await caller.post("/market/orders/7/cancel")).status == 201
    assert engine.places() == []


@pytest.mark.parametrize(
    "body", [b"", b"null", b"{}", b'{"id":7}', b'{"uuid":"x"}', b"garbage", b"\xff\xfe", b"[" * 100]
)
async def test_a_cancel_takes_any_body(body: bytes) -> None:
    engine = StubEngine(lambda _: Outcome(2, order=order_state(status=OrderStatus.CANCELED)))
    answered = await Caller(engine).post("/market/orders/7/cancel", body)
    assert (answered.status, answered.json()["state"]) == (201, "cancel")
    assert [command.order_id for command in engine.cancels()] == [7]


@pytest.mark.parametrize(
    "reference", ["x", "-1", "1.0", "7 ", "1e3", "\u0661", "01a21413-873f-7000-8000", "9" * 20, "%00", "7\0"]
)
async def test_what_is_no_id_is_told_so(reference: str) -> None:
    engine = StubEngine()
    answered = await Caller(engine).post(f"/market/orders/{reference}/cancel")
    assert (answered.status, answered.json()["errors"]) == (422, ["market.order.invaild_id_or_uuid"])
    assert engine.commands == []


@pytest.mark.parametrize("reference", ["9", "9" * 19, "6ba7b810-9dad-11d1-80b4-00c04fd430c8"])
async def test_an_order_that_never_was_is_not_found(reference: str) -> None:
    engine = StubEngine(lambda _: Outcome(0, Rejection.ORDER_UNKNOWN))
    answered = await Caller(engine).post(f"/market/orders/{reference}/cancel")
    assert (answered.status, answered.json()["errors"]) == (404, ["record.not_found"])


async def test_the_same_unnamed_request_has_one_effect() -> None:
    """T-63, S-3: a captured request that is sent again."""
    engine = StubEngine()
    caller = Caller(engine)
    headers = caller.key_headers()
    assert (await caller.post("/market/orders", ORDER, headers=headers)).status == 201
    again = await caller.post("/market/orders", ORDER, headers=headers)
    assert (again.status, again.json()["errors"]) == (401, ["authz.request_replayed"])
    assert len(engine.commands) == 1
    assert (await caller.post("/market/orders", ORDER)).status == 201


async def test_the_same_unnamed_batch_has_one_effect() -> None:
    """T-63, S-3."""
    engine = StubEngine()
    caller = Caller(engine)
    headers = caller.key_headers()
    assert (await caller.post("/market/orders/batch", {"items": [ORDER]}, headers=headers)).status == 201
    assert (await caller.post("/market/orders/batch", {"items": [ORDER]}, headers=headers)).status == 401


async def test_a_named_request_that_comes_again_is_the_engines_to_answer() -> None:
    """S-3: the key makes it harmless, for longer than any nonce lives."""
    engine = StubEngine()
    caller = Caller(engine)
    headers = caller.key_headers()
    order = {**ORDER, "client_order_id": "mine"}
    first = await caller.post("/market/orders", order, headers=headers)
    second = await caller.post("/market/orders", order, headers=headers)
    assert (first.status, first.body) == (second.status, second.body)


async def test_a_skewed_clock_is_told_the_servers_time() -> None:
    """T-63."""
    headers = [(b"x-auth-apikey", b"a"), (b"x-auth-nonce", b"1000"), (b"x-auth-signature", b"b")]
    answered = await Caller(StubEngine()).post("/market/orders", ORDER, headers=headers)
    assert answered.json()["errors"] == ["authz.nonce_expired"]
    assert int(answered.headers["x-server-time"]) > 1_600_000_000_000


@pytest.mark.parametrize("path", ["/market/orders", "/market/orders/7/cancel", "/market/orders/batch"])
async def test_a_body_that_is_too_large_is_not_collected(path: str) -> None:
    chunks = [b"x" * 100_000] * 10
    answered = await Caller(StubEngine()).post(path, chunks=chunks)
    assert (answered.status, answered.json()["errors"]) == (413, ["server.request.body_too_large"])


async def test_a_body_in_pieces_is_one_body() -> None:
    body = msgspec.json.encode(ORDER)
    engine = StubEngine()
    answered = await Caller(engine).post("/market/orders", chunks=[body[:10], b"", body[10:20], body[20:]])
    assert answered.status == 201
    assert len(body) < BODY_BYTES_MAX


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "market.batch.invalid_items"),
        (b"null", "market.batch.invalid_items"),
        (b"{}", "market.batch.invalid_items"),
        (b"[]", "market.batch.invalid_items"),
        (b'{"items":{}}', "market.batch.invalid_items"),
        (b'{"items":' + b"[" * 50_000, "market.batch.invalid_items"),
        (b'{"items":["\xff"]', "market.batch.invalid_items"),
        (b'{"items":[]}', "market.batch.empty_items"),
        (b'{"items":[' + b"{}," * ITEMS_MAX + b"{}]}", "market.batch.too_many_items"),
    ],
    ids=lambda value: value[:20],
)
async def test_a_malformed_envelope_is_422(body: bytes, code: str) -> None:
    answered = await Caller(StubEngine()).post("/market/orders/batch", body)
    assert (answered.status, answered.json()["errors"]) == (422, [code])


async def test_every_item_of_a_batch_has_an_outcome_at_its_place() -> None:
    engine = StubEngine()
    items = [
        ORDER,
        7,
        {**ORDER, "volume": "x"},
        {"action": "cancel", "id": "7"},
        {"action": "cancel", "id": "x"},
        {"action": "cancel"},
        {"action": "cancel", "client_order_id": "mine"},
        {"action": "cancel", "client_order_id": "a b"},
        {"action": "amend"},
        {"action": [], "id": {}},
        None,
    ]
    answered = await Caller(engine).post("/market/orders/batch", {"items": items})
    assert answered.status == 201
    assert [(item["status"], item.get("errors")) for item in answered.json()] == [
        (201, None),
        (422, ["market.batch.invalid_item"]),
        (422, ["market.order.non_decimal_volume"]),
        (201, None),
        (422, ["market.order.invaild_id_or_uuid"]),
        (422, ["market.order.missing_id"]),
        (201, None),
        (422, ["market.order.invalid_client_order_id"]),
        (422, ["market.batch.invalid_action"]),
        (422, ["market.batch.invalid_action"]),
        (422, ["market.batch.invalid_item"]),
    ]
    assert [(command.order_id, command.key) for command in engine.cancels()] == [(7, ""), (0, "mine")]


@cache
def poor_caller() -> Caller:
    """One for all examples: building an application takes longer than asking it."""
    return Caller(StubEngine(lambda _: Outcome(0, Rejection.INSUFFICIENT_BALANCE)))


@given(st.binary(max_size=300), st.binary(max_size=60), st.sampled_from(["", "/batch", "/7/cancel", "/cancel"]))
async def test_no_bytes_make_the_order_routes_fail(body: bytes, query: bytes, path: str) -> None:
    answered = await poor_caller().post(f"/market/orders{path}", body, query=query)
    assert 200 <= answered.status < 500


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
field_names = st.sampled_from(
    [
        "market",
        "side",
        "volume",
        "price",
        "ord_type",
        "time_in_force",
        "post_only",
        "stp",
        "client_order_id",
        "action",
        "id",
    ]
)


@given(st.dictionaries(field_names, json_values | st.sampled_from(["btcusd", "buy", "0.1", "limit"])))
async def test_no_field_values_make_the_order_routes_fail(fields: dict[str, object]) -> None:
    try:
        body = msgspec.json.encode(fields)
    except (UnicodeEncodeError, OverflowError):  # a lone surrogate, an integer beyond 64 bits
        return
    assert (await poor_caller().post("/market/orders", body)).status in {400, 422}
    batch = await poor_caller().post("/market/orders/batch", b'{"items":[' + body + b"]}")
    assert batch.status == 201
