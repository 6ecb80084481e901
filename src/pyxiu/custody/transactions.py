"""A member's money in and out as one list: deposits and withdrawals together, by time.

Invariant: the database orders and cuts the list before anything of it is read, so a page costs the same however long
the history is behind it. Limit: a page far from its beginning costs what lies before it.
"""

import datetime
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.deposits.model import Deposit
from pyxiu.custody.deposits.pending_store import SHOWN
from pyxiu.custody.deposits.reads import DepositFilter, conditions_of
from pyxiu.custody.deposits.store import COLUMNS, deposit_of
from pyxiu.custody.deposits.tables import deposits
from pyxiu.custody.withdrawals.list_withdrawals import WithdrawalFilter, conditions
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.store import withdrawal_of
from pyxiu.custody.withdrawals.tables import withdrawals

_DEPOSIT: Final = "deposit"
_WITHDRAWAL: Final = "withdrawal"


class TransactionFilter(msgspec.Struct, frozen=True, kw_only=True):
    """None is any. The words for states are the wire's; those of one kind say nothing about the other."""

    currency: str | None = None
    deposit_words: tuple[str, ...] | None = None
    withdrawal_words: tuple[str, ...] | None = None
    txid: str | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None


async def list_transactions(
    connection: AsyncConnection,
    uid: str,
    wanted: TransactionFilter,
    *,
    order: Literal["asc", "desc"],
    limit: int,
    offset: int,
) -> tuple[list[Deposit | Withdrawal], int]:
    """A page, and how many there are."""
    both = union_all(*_deposits(uid, wanted), _withdrawals(uid, wanted)).subquery()
    total = (await connection.execute(select(func.count()).select_from(both))).scalar_one()
    keys = (both.c.created_at, both.c.kind, both.c.id)
    directed = [key.desc() if order == "desc" else key.asc() for key in keys]
    page = select(both.c.kind, both.c.id).order_by(*directed).limit(limit).offset(offset)
    found = [(row.kind, row.id) for row in await connection.execute(page)]
    rows: dict[tuple[str, int], Deposit | Withdrawal] = {}
    deposit_ids = [number for kind, number in found if kind == _DEPOSIT]
    # A payment that gets its block in between has the same number in the other table.
    for query in (
        select(SHOWN).where(SHOWN.c.id.in_(deposit_ids)),
        select(*COLUMNS).where(deposits.c.id.in_(deposit_ids)),
    ):
        for row in (await connection.execute(query)).mappings() if deposit_ids else ():
            rows[_DEPOSIT, row["id"]] = deposit_of(row)
    withdrawal_ids = [number for kind, number in found if kind == _WITHDRAWAL]
    withdrawn = select(withdrawals).where(withdrawals.c.id.in_(withdrawal_ids))
    for row in (await connection.execute(withdrawn)).mappings() if withdrawal_ids else ():
        rows[_WITHDRAWAL, row["id"]] = withdrawal_of(row)
    # What was named is there, but for a payment that no block had and that was forgotten in between.
    return [rows[key] for key in found if key in rows], total


def _deposits(uid: str, wanted: TransactionFilter) -> list[Select[Any]]:
    """Deposits, and what no block has yet."""
    narrowed = DepositFilter(
        uid=uid,
        currency=wanted.currency,
        words=wanted.deposit_words,
        txid=wanted.txid,
        since=wanted.since,
        until=wanted.until,
    )
    return [
        select(literal(_DEPOSIT).label("kind"), table.id, table.created_at).where(*conditions_of(narrowed, table))
        for table in (deposits.c, SHOWN.c)
    ]


def _withdrawals(uid: str, wanted: TransactionFilter) -> Select[Any]:
    narrowed = WithdrawalFilter(
        currency=wanted.currency,
        words=wanted.withdrawal_words,
        txid=wanted.txid,
        since=wanted.since,
        until=wanted.until,
    )
    columns = (literal(_WITHDRAWAL).label("kind"), withdrawals.c.id, withdrawals.c.created_at)
    return select(*columns).where(withdrawals.c.uid == uid, *conditions(narrowed))
