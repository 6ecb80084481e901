"""GET /account/withdraws, /account/withdraws/{id} and /account/withdraws/sums: what was withdrawn, and what still may.

Invariant: a member sees the own withdrawals only. Limit: `sums` counts as the limits do, in the platform currency.
"""

from typing import Annotated, Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.api.account.proving import member_of
from pyxiu.api.account.wanted_currency import UNKNOWN_CURRENCY, wanted_currency
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint, paginated
from pyxiu.api.errors import NOT_FOUND, refuse
from pyxiu.api.ids import row_id
from pyxiu.api.moments import moment_of, time_parameter
from pyxiu.api.pagination import PAGE_MAX, page_headers
from pyxiu.api.params import Integer, Query, Text, Words
from pyxiu.api.wire.texts import Decimal
from pyxiu.api.wire.withdraws import WithdrawEntity, withdraw_entity
from pyxiu.catalog.model import plain
from pyxiu.custody.deposits.reads import heights
from pyxiu.custody.withdrawals.limits import limit_of, usage_of
from pyxiu.custody.withdrawals.list_withdrawals import WithdrawalFilter, list_withdrawals
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.store import find
from pyxiu.custody.withdrawals.wire import STATES
from pyxiu.kit.clock import now_of

WITHDRAW: Final = "account.withdraw"
LIMIT_MAX: Final = 100


class WithdrawsQuery(Query, frozen=True):
    currency: Annotated[str | None, Text(UNKNOWN_CURRENCY.code, "Only withdrawals of this currency.")] = None
    blockchain_key: Annotated[
        str | None, Text(f"{WITHDRAW}.invalid_blockchain_key", "Only withdrawals on this network.")
    ] = None
    limit: Annotated[
        int,
        Integer(1, LIMIT_MAX, f"{WITHDRAW}.non_integer_limit", f"{WITHDRAW}.invalid_limit", "Rows on a page."),
    ] = 100
    state: Annotated[
        tuple[str, ...] | None,
        Words(f"{WITHDRAW}.invalid_state", "Only withdrawals in this state, or in these.", STATES),
    ] = None
    rid: Annotated[str | None, Text(f"{WITHDRAW}.invalid_rid", "Only withdrawals to this address.")] = None
    page: Annotated[
        int, Integer(1, PAGE_MAX, f"{WITHDRAW}.non_integer_page", f"{WITHDRAW}.non_positive_page", "Which page.")
    ] = 1
    time_from: Annotated[
        int | None, time_parameter(WITHDRAW, "time_from", "Only what was asked for at or after this time.")
    ] = None
    time_to: Annotated[int | None, time_parameter(WITHDRAW, "time_to", "Only what was asked for before this time.")] = (
        None
    )


class Sums(msgspec.Struct, frozen=True):
    """In the platform currency; transfers to other members count too."""

    last_24_hours: Decimal
    last_1_month: Decimal
    limit_24_hours: Annotated[Decimal | None, msgspec.Meta(description="What you may; null is no limit.")]
    limit_1_month: Annotated[Decimal | None, msgspec.Meta(description="What you may; null is no limit.")]


@endpoint(
    "GET",
    "/account/withdraws",
    tag="Account",
    private=True,
    query=WithdrawsQuery,
    returns=list[WithdrawEntity],
    headers=paginated(),
    errors={
        422: (
            UNKNOWN_CURRENCY.code,
            f"{WITHDRAW}.non_integer_limit",
            f"{WITHDRAW}.invalid_limit",
            f"{WITHDRAW}.invalid_state",
            f"{WITHDRAW}.non_integer_page",
            f"{WITHDRAW}.non_positive_page",
        )
    },
)
async def list_withdraws(call: Call[WithdrawsQuery]) -> Reply:
    """Your withdrawals, the newest first."""
    query = call.query
    currency = await wanted_currency(call, query.currency)
    wanted = WithdrawalFilter(
        currency=currency,
        network=query.blockchain_key,
        words=query.state,
        rid=query.rid,
        since=moment_of(query.time_from),
        until=moment_of(query.time_to),
    )
    async with call.custody.database.connect() as connection:
        offset = (query.page - 1) * query.limit
        rows, total = await list_withdrawals(connection, call.uid, wanted, limit=query.limit, offset=offset)
        entities = await _shown(connection, rows)
    return Reply(entities, headers=page_headers(limit=query.limit, page=query.page, total=total))


@endpoint(
    "GET",
    "/account/withdraws/sums",
    tag="Account",
    private=True,
    returns=Sums,
)
async def show_sums(call: Call[NoQuery]) -> Reply:
    """What you have withdrawn lately, and your limits."""
    member = await member_of(call)
    limit = limit_of(await call.custody.withdrawing.rules.limits(), member)
    async with call.custody.database.connect() as connection:
        usage = await usage_of(connection, member.uid, now_of(call.custody.clock))
    return Reply(
        Sums(
            last_24_hours=plain(usage.last_24h),
            last_1_month=plain(usage.last_1m),
            limit_24_hours=plain(limit.limit_24h) if limit and limit.limit_24h else None,
            limit_1_month=plain(limit.limit_1m) if limit and limit.limit_1m else None,
        )
    )


@endpoint(
    "GET",
    "/account/withdraws/{id}",
    tag="Account",
    private=True,
    returns=WithdrawEntity,
    path_parameters={"id": "The withdrawal's id."},
    errors={404: (NOT_FOUND.code,)},
)
async def show_withdraw(call: Call[NoQuery]) -> Reply:
    """One of your withdrawals."""
    async with call.custody.database.connect() as connection:
        row = await find(connection, row_id(call.path["id"]) or 0)
        if row is None or row.uid != call.uid:
            raise refuse(NOT_FOUND)
        (entity,) = await _shown(connection, [row])
    return Reply(entity)


async def _shown(connection: AsyncConnection, rows: list[Withdrawal]) -> list[WithdrawEntity]:
    """With the heights of their networks."""
    known = await heights(connection, [row.network for row in rows])
    return [withdraw_entity(row, known.get(row.network or "")) for row in rows]


ENDPOINTS: Final = (list_withdraws, show_sums, show_withdraw)
