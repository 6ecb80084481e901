"""GET /public/trading_fees, /public/withdraw_limits and /public/member-levels: the house rules."""

from typing import Annotated, Any, Final

from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint, paginated
from pyxiu.api.errors import WireError, refuse
from pyxiu.api.pagination import Ordering, Paged, paged
from pyxiu.api.params import Choice, Text
from pyxiu.api.wire.catalog import (
    MemberLevels,
    TradingFee,
    WithdrawLimit,
    member_levels_entity,
    trading_fee_entity,
    withdraw_limit_entity,
)
from pyxiu.catalog.model import ANY

UNKNOWN_MARKET: Final = WireError(422, "public.trading_fee.market_doesnt_exist")


class TradingFeesQuery(Paged, frozen=True):
    group: Annotated[str | None, Text("public.trading_fee.invalid_group", "Only rows of this member group.")] = None
    market_id: Annotated[str | None, Text(UNKNOWN_MARKET.code, "Only rows of this market, or of `any`.")] = None
    ordering: Ordering = "asc"
    order_by: Annotated[
        str, Choice(("id", "group", "market_id", "maker", "taker"), "pagination.invalid_order_by", "What to sort by.")
    ] = "id"


class WithdrawLimitsQuery(Paged, frozen=True):
    group: Annotated[str | None, Text("public.withdraw_limit.invalid_group", "Only rows of this member group.")] = None
    kyc_level: Annotated[str | None, Text("public.withdraw_limit.invalid_kyc_level", "Only rows of this level.")] = None
    ordering: Ordering = "asc"
    order_by: Annotated[
        str,
        Choice(
            ("id", "group", "kyc_level", "limit_24_hour", "limit_1_month"),
            "pagination.invalid_order_by",
            "What to sort by.",
        ),
    ] = "id"


@endpoint(
    "GET",
    "/public/trading_fees",
    tag="Public",
    query=TradingFeesQuery,
    returns=list[TradingFee],
    headers=paginated(),
    errors={422: (UNKNOWN_MARKET.code,)},
)
async def list_trading_fees(call: Call[TradingFeesQuery]) -> Reply:
    """The fee table.

    Of the rows that fit a member group and a market the most specific one counts: both, then group, then market.
    """
    query = call.query
    market = None if query.market_id is None else query.market_id.lower()
    if market not in {None, ANY} and market not in await call.edge.rulebook.rules():
        raise refuse(UNKNOWN_MARKET)
    fees = await call.edge.catalog.trading_fees()
    found = [fee for fee in fees if query.group in {None, fee.group} and market in {None, fee.market_id}]
    return paged(_sorted(found, query), query, trading_fee_entity)


@endpoint(
    "GET",
    "/public/withdraw_limits",
    tag="Public",
    query=WithdrawLimitsQuery,
    returns=list[WithdrawLimit],
    headers=paginated(),
)
async def list_withdraw_limits(call: Call[WithdrawLimitsQuery]) -> Reply:
    """The withdrawal limits by group and verification level."""
    query = call.query
    limits = await call.edge.catalog.withdraw_limits()
    found = [
        limit for limit in limits if query.group in {None, limit.group} and query.kyc_level in {None, limit.kyc_level}
    ]
    return paged(_sorted(found, query), query, withdraw_limit_entity)


@endpoint("GET", "/public/member-levels", tag="Public", returns=MemberLevels)
async def show_member_levels(call: Call[NoQuery]) -> Reply:
    """The verification level that deposits, withdrawals and trading need."""
    return Reply(member_levels_entity(call.edge.catalog.member_levels()))


def _sorted(rows: list[Any], query: TradingFeesQuery | WithdrawLimitsQuery) -> list[Any]:
    return sorted(rows, key=lambda row: (getattr(row, query.order_by), row.id), reverse=query.ordering == "desc")


ENDPOINTS: Final = (list_trading_fees, list_withdraw_limits, show_member_levels)
