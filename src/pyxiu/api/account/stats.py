"""GET /account/stats/pnl: what a member has gained and lost, counted in one currency.

Invariant: amounts and values are exact sums; averages are quotients of them, rounded down. Limit: the operator chooses
the currencies to count in; without any the list is empty.
"""

from typing import Annotated, Final

import msgspec

from pyxiu.api.endpoint import Call, Reply, endpoint
from pyxiu.api.errors import WireError, refuse
from pyxiu.api.params import Query, Text
from pyxiu.api.wire.texts import ZERO, Decimal, rounded_down
from pyxiu.core.types import AssetId, MemberId
from pyxiu.kit.decimals import format_decimal
from pyxiu.projections.reads.pnl import PnlView, pnl

UNKNOWN_CURRENCY: Final = WireError(422, "pnl.currency.doesnt_exist")
AVERAGE_DIGITS: Final = 16


class PnlQuery(Query, frozen=True):
    pnl_currency: Annotated[
        str | None, Text(UNKNOWN_CURRENCY.code, "Only what is counted in this currency, in upper or lower case.")
    ] = None


class PnlEntity(msgspec.Struct, frozen=True):
    """One currency counted in another. Everything that came is a credit, everything that went a debit."""

    currency: str
    pnl_currency: Annotated[str, msgspec.Meta(description="What values and prices are in.")]
    total_credit: Annotated[Decimal, msgspec.Meta(description="What came, after fees.")]
    total_debit: Annotated[Decimal, msgspec.Meta(description="What went, without the fees of withdrawals.")]
    total_credit_value: Annotated[Decimal, msgspec.Meta(description="Its value, each time as of then.")]
    total_debit_value: Annotated[Decimal, msgspec.Meta(description="Its value, each time as of then.")]
    average_buy_price: Annotated[Decimal, msgspec.Meta(description="`total_credit_value` / `total_credit`.")]
    average_sell_price: Annotated[Decimal, msgspec.Meta(description="`total_debit_value` / `total_debit`.")]
    average_balance_price: Annotated[Decimal, msgspec.Meta(description="What is there has cost so much apiece.")]
    total_balance_value: Annotated[Decimal, msgspec.Meta(description="What is there has cost so much.")]


@endpoint(
    "GET",
    "/account/stats/pnl",
    tag="Account",
    private=True,
    query=PnlQuery,
    returns=list[PnlEntity],
    errors={422: (UNKNOWN_CURRENCY.code,)},
)
async def show_pnl(call: Call[PnlQuery]) -> Reply:
    """Your profit and loss, at the weighted average cost."""
    asked = None if call.query.pnl_currency is None else call.query.pnl_currency.lower()
    if asked is not None and asked not in await call.edge.catalog.currencies():
        raise refuse(UNKNOWN_CURRENCY)
    rows = await pnl(call.edge.pool, MemberId(call.uid), None if asked is None else AssetId(asked))
    return Reply([_entity(row) for row in rows])


def _entity(row: PnlView) -> PnlEntity:
    numbers = row.numbers
    return PnlEntity(
        currency=row.currency,
        pnl_currency=row.pnl_currency,
        total_credit=format_decimal(numbers.total_credit, row.decimals),
        total_debit=format_decimal(numbers.total_debit, row.decimals),
        total_credit_value=format_decimal(numbers.total_credit_value, row.value_decimals),
        total_debit_value=format_decimal(numbers.total_debit_value, row.value_decimals),
        average_buy_price=_average(row, numbers.total_credit_value, numbers.total_credit),
        average_sell_price=_average(row, numbers.total_debit_value, numbers.total_debit),
        average_balance_price=_average(row, numbers.balance_value, numbers.balance),
        total_balance_value=format_decimal(numbers.balance_value, row.value_decimals),
    )


def _average(row: PnlView, value: int, amount: int) -> str:
    if amount == 0:
        return ZERO
    return rounded_down(value * 10**row.decimals, amount * 10**row.value_decimals, AVERAGE_DIGITS)


ENDPOINTS: Final = (show_pnl,)
