"""GET /account/deposits and /account/deposits/{txid}: what was paid in, and how far it is.

Invariant: a member sees the own deposits only; one that no block has is shown with 0 confirmations and is no money.
Limit: payments that are listed as exceptions are not shown.
"""

from typing import Annotated, Final

from pyxiu.api.account.levels import DEPOSIT_NOT_PERMITTED, require_deposit_level
from pyxiu.api.account.wanted_currency import UNKNOWN_CURRENCY, wanted_currency
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint, paginated
from pyxiu.api.errors import NOT_FOUND, refuse
from pyxiu.api.moments import moment_of, time_parameter
from pyxiu.api.pagination import PAGE_MAX, page_headers
from pyxiu.api.params import TEXT_LENGTH_MAX, Integer, Query, Text, Words
from pyxiu.api.wire.deposits import DepositEntity, deposit_entity
from pyxiu.custody.deposits.reads import DepositFilter, find_deposits, heights
from pyxiu.custody.deposits.wire import STATES

DEPOSIT: Final = "account.deposit"
LIMIT_MAX: Final = 100


class DepositsQuery(Query, frozen=True):
    currency: Annotated[str | None, Text(UNKNOWN_CURRENCY.code, "Only deposits of this currency.")] = None
    state: Annotated[
        tuple[str, ...] | None,
        Words(f"{DEPOSIT}.invalid_state", "Only deposits in this state, or in these.", STATES),
    ] = None
    txid: Annotated[str | None, Text(f"{DEPOSIT}.invalid_txid", "Only those of this transaction.")] = None
    blockchain_key: Annotated[
        str | None, Text(f"{DEPOSIT}.invalid_blockchain_key", "Only deposits on this network.")
    ] = None
    time_from: Annotated[
        int | None, time_parameter(DEPOSIT, "time_from", "Only those found at or after this time.")
    ] = None
    time_to: Annotated[int | None, time_parameter(DEPOSIT, "time_to", "Only those found before this time.")] = None
    limit: Annotated[
        int, Integer(1, LIMIT_MAX, f"{DEPOSIT}.non_integer_limit", f"{DEPOSIT}.invalid_limit", "Rows on a page.")
    ] = 100
    page: Annotated[
        int, Integer(1, PAGE_MAX, f"{DEPOSIT}.non_integer_page", f"{DEPOSIT}.non_positive_page", "Which page.")
    ] = 1


@endpoint(
    "GET",
    "/account/deposits",
    tag="Account",
    private=True,
    query=DepositsQuery,
    returns=list[DepositEntity],
    headers=paginated(),
    errors={
        403: (DEPOSIT_NOT_PERMITTED.code,),
        422: (
            UNKNOWN_CURRENCY.code,
            f"{DEPOSIT}.invalid_state",
            f"{DEPOSIT}.non_integer_limit",
            f"{DEPOSIT}.invalid_limit",
            f"{DEPOSIT}.non_integer_page",
            f"{DEPOSIT}.non_positive_page",
        ),
    },
)
async def list_deposits(call: Call[DepositsQuery]) -> Reply:
    """Your deposits, the newest first."""
    require_deposit_level(call)
    query = call.query
    currency = await wanted_currency(call, query.currency)
    wanted = DepositFilter(
        uid=call.uid,
        currency=currency,
        words=query.state,
        network=query.blockchain_key,
        txid=query.txid,
        since=moment_of(query.time_from),
        until=moment_of(query.time_to),
    )
    async with call.custody.database.connect() as connection:
        offset = (query.page - 1) * query.limit
        rows, total = await find_deposits(connection, wanted, limit=query.limit, offset=offset)
        known = await heights(connection, [row.network for row in rows])
    entities = [deposit_entity(row, known.get(row.network or "")) for row in rows]
    return Reply(entities, headers=page_headers(limit=query.limit, page=query.page, total=total))


@endpoint(
    "GET",
    "/account/deposits/{txid}",
    tag="Account",
    private=True,
    returns=DepositEntity,
    path_parameters={"txid": "The transaction's id; where it pays you more than once, the newest deposit."},
    errors={403: (DEPOSIT_NOT_PERMITTED.code,), 404: (NOT_FOUND.code,)},
)
async def show_deposit(call: Call[NoQuery]) -> Reply:
    """One of your deposits."""
    require_deposit_level(call)
    txid = call.path["txid"]
    if len(txid) > TEXT_LENGTH_MAX or not txid.isprintable():
        raise refuse(NOT_FOUND)
    async with call.custody.database.connect() as connection:
        rows, _ = await find_deposits(connection, DepositFilter(uid=call.uid, txid=txid), limit=1)
        known = await heights(connection, [row.network for row in rows])
    if not rows:
        raise refuse(NOT_FOUND)
    return Reply(deposit_entity(rows[0], known.get(rows[0].network or "")))


ENDPOINTS: Final = (list_deposits, show_deposit)
