"""The pages about the API name what there is: every code and every addition."""

from pathlib import Path

import pytest

from pyxiu.api import errors
from pyxiu.api.auth import NONCE_WINDOW_MS
from pyxiu.api.errors import REJECTIONS, WireError
from pyxiu.api.market.batch_orders import ITEMS_MAX
from pyxiu.api.market.order_body import OrderBody
from pyxiu.api.wire import orders

FOLDER = Path(__file__).parents[3] / "docs/api"
ERRORS = (FOLDER / "errors.md").read_text(encoding="utf-8")
ORDERS = (FOLDER / "orders.md").read_text(encoding="utf-8")
KEYS = (FOLDER / "keys.md").read_text(encoding="utf-8")

#: In the table's cells a second code of the same beginning is written without it.
CODES = {*REJECTIONS.values(), *(value for value in vars(errors).values() if isinstance(value, WireError))}


@pytest.mark.parametrize("code", sorted({error.code for error in CODES}))
def test_every_code_is_explained(code: str) -> None:
    assert f"`{code}`" in ERRORS or f"`{code.rpartition('.')[2]}`" in ERRORS


@pytest.mark.parametrize(
    "field", sorted(set(OrderBody.__struct_fields__) - {"market", "side", "volume", "price", "ord_type"})
)
def test_every_addition_is_explained(field: str) -> None:
    assert f"`{field}`" in ORDERS


@pytest.mark.parametrize("table", [orders.TIMES_IN_FORCE, orders.SELF_TRADE_PREVENTIONS, orders.CANCEL_REASONS])
def test_every_word_is_explained(table: dict[object, str]) -> None:
    assert {word for word in table.values() if f"`{word}`" not in ORDERS} == set()


def test_figures_are_those_of_the_code() -> None:
    assert f"at most {NONCE_WINDOW_MS // 1000} seconds off" in KEYS
    assert f"up to {ITEMS_MAX} orders and cancels" in ORDERS
