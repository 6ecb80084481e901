"""GET /account/transactions: deposits and withdrawals in one list.

Invariant: the member's own, ordered by when they began. Limit: transfers between members are in a list of their own.
"""

from typing import Annotated, Final, Literal, cast

import msgspec
from msgspec import UNSET, UnsetType

from pyxiu.api.account.wanted_currency import UNKNOWN_CURRENCY, wanted_currency
from pyxiu.api.endpoint import Call, Reply, endpoint, paginated
from pyxiu.api.moments import moment_of, time_parameter
from pyxiu.api.pagination import PAGE_MAX, page_headers
from pyxiu.api.params import Choice, Integer, Query, Text, Words
from pyxiu.api.wire.texts import Decimal, Time, iso8601_of
from pyxiu.custody.deposits import wire as deposit_wire
from pyxiu.custody.deposits.model import Deposit
from pyxiu.custody.deposits.reads import heights
from pyxiu.custody.transactions import TransactionFilter, list_transactions
from pyxiu.custody.withdrawals import wire as withdrawal_wire
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.kit.decimals import format_decimal

PREFIX: Final = "account.transactions"
LIMIT_MAX: Final = 1_000


class TransactionsQuery(Query, frozen=True):
    currency: Annotated[str | None, Text(UNKNOWN_CURRENCY.code, "Only those of this currency.")] = None
    order_by: Annotated[str, Choice(("asc", "desc"), f"{PREFIX}.invalid_order_by", "Oldest or newest first.")] = "desc"
    time_from: Annotated[int | None, time_parameter(PREFIX, "time_from", "Only what began at or after this time.")] = (
        None
    )
    time_to: Annotated[int | None, time_parameter(PREFIX, "time_to", "Only what began before this time.")] = None
    deposit_state: Annotated[
        tuple[str, ...] | None,
        Words(f"{PREFIX}.invalid_deposit_state", "Only deposits in these states.", deposit_wire.STATES),
    ] = None
    withdraw_state: Annotated[
        tuple[str, ...] | None,
        Words(f"{PREFIX}.invalid_withdraw_state", "Only withdrawals in these states.", withdrawal_wire.STATES),
    ] = None
    txid: Annotated[str | None, Text(f"{PREFIX}.invalid_txid", "Only those of this transaction.")] = None
    limit: Annotated[
        int, Integer(1, LIMIT_MAX, f"{PREFIX}.non_integer_limit", f"{PREFIX}.invalid_limit", "Rows on a page.")
    ] = 100
    page: Annotated[
        int, Integer(1, PAGE_MAX, f"{PREFIX}.non_integer_page", f"{PREFIX}.non_positive_page", "Which page.")
    ] = 1


class TransactionEntity(msgspec.Struct, frozen=True):
    """Of a withdrawal, `amount` is what leaves the balance."""

    address: str | None
    currency: str
    amount: Decimal
    fee: Decimal
    txid: str | None
    state: str
    note: str | None
    confirmations: Annotated[int | UnsetType, msgspec.Meta(description="Of coins.")]
    created_at: Time
    updated_at: Time
    type: Annotated[str, msgspec.Meta(description="`Deposit` or `Withdraw`.")]
    tid: str
    blockchain_key: str | None


@endpoint(
    "GET",
    "/account/transactions",
    tag="Account",
    private=True,
    query=TransactionsQuery,
    returns=list[TransactionEntity],
    headers=paginated(),
    errors={
        422: (
            UNKNOWN_CURRENCY.code,
            *(
                f"{PREFIX}.{reason}"
                for reason in (
                    "invalid_order_by",
                    "non_integer_time_from",
                    "invalid_deposit_state",
                    "invalid_withdraw_state",
                    "non_integer_limit",
                    "invalid_limit",
                    "non_integer_page",
                    "non_positive_page",
                )
            ),
        )
    },
)
async def show_transactions(call: Call[TransactionsQuery]) -> Reply:
    """Your deposits and withdrawals together."""
    query = call.query
    currency = await wanted_currency(call, query.currency)
    wanted = TransactionFilter(
        currency=currency,
        deposit_words=query.deposit_state,
        withdrawal_words=query.withdraw_state,
        txid=query.txid,
        since=moment_of(query.time_from),
        until=moment_of(query.time_to),
    )
    async with call.custody.database.connect() as connection:
        rows, total = await list_transactions(
            connection,
            call.uid,
            wanted,
            order=cast("Literal['asc', 'desc']", query.order_by),
            limit=query.limit,
            offset=(query.page - 1) * query.limit,
        )
        known = await heights(connection, [row.network for row in rows])
    headers = page_headers(limit=query.limit, page=query.page, total=total)
    return Reply([_entity(row, known.get(row.network or "")) for row in rows], headers=headers)


def _entity(row: Deposit | Withdrawal, height: int | None) -> TransactionEntity:
    if isinstance(row, Deposit):
        kind, address, amount, note = "Deposit", row.address, row.amount, None
        state, confirmations = deposit_wire.word_of(row), deposit_wire.confirmations_of(row, height)
    else:
        kind, address, amount, note = "Withdraw", row.rid, row.sum, row.note
        state, confirmations = withdrawal_wire.word_of(row), withdrawal_wire.confirmations_of(row, height)
    return TransactionEntity(
        address=address,
        currency=row.currency,
        amount=format_decimal(amount, row.decimals),
        fee=format_decimal(row.fee, row.decimals),
        txid=row.txid,
        state=state,
        note=note,
        confirmations=UNSET if row.network is None else confirmations,
        created_at=iso8601_of(row.created_at),
        updated_at=iso8601_of(row.updated_at),
        type=kind,
        tid=row.tid,
        blockchain_key=row.network,
    )


ENDPOINTS: Final = (show_transactions,)
