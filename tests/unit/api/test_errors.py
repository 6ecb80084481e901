"""The table of rejections: complete, and told over HTTP exactly as it says."""

import pytest

from pyxiu.api import errors
from pyxiu.api.errors import REJECTIONS, WireError
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from tests.unit.api.stubs import Caller, StubEngine

ORDER = {"market": "btcusd", "side": "buy", "volume": "0.1", "price": "20000.5"}
ALL = [rejection for rejection in Rejection if rejection is not Rejection.NONE]


def test_every_rejection_has_one_row() -> None:
    assert set(REJECTIONS) == set(ALL)


@pytest.mark.parametrize("rejection", ALL, ids=lambda rejection: rejection.name)
async def test_a_rejected_order_is_answered_as_the_table_says(rejection: Rejection) -> None:
    engine = StubEngine(lambda _: Outcome(0, rejection))
    answered = await Caller(engine).post("/market/orders", ORDER)
    assert (answered.status, answered.json()["errors"]) == (REJECTIONS[rejection].status, [REJECTIONS[rejection].code])


@pytest.mark.parametrize("rejection", ALL, ids=lambda rejection: rejection.name)
async def test_a_rejected_item_of_a_batch_gets_the_same_status_and_code(rejection: Rejection) -> None:
    engine = StubEngine(lambda _: Outcome(0, rejection))
    answered = await Caller(engine).post("/market/orders/batch", {"items": [ORDER]})
    assert answered.status == 201
    assert answered.json() == [{"status": REJECTIONS[rejection].status, "errors": [REJECTIONS[rejection].code]}]


@pytest.mark.parametrize("rejection", [row for row in ALL if REJECTIONS[row].status == 503], ids=lambda row: row.name)
async def test_what_may_pass_says_when_to_retry(rejection: Rejection) -> None:
    answered = await Caller(StubEngine(lambda _: Outcome(0, rejection))).post("/market/orders", ORDER)
    assert int(answered.headers["retry-after"]) >= 1


def test_codes_are_words_joined_by_points() -> None:
    edge = [value for value in vars(errors).values() if isinstance(value, WireError)]
    for error in [*REJECTIONS.values(), *edge]:
        assert 400 <= error.status <= 599
        assert all(part.replace("_", "a").isalnum() for part in error.code.split("."))
        assert error.code.count(".") >= 1


def test_a_server_fault_is_never_a_rejection() -> None:
    assert not [rejection for rejection, error in REJECTIONS.items() if error.status == 500]
