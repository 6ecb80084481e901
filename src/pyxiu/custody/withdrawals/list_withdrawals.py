"""Withdrawals to look at: a member's own, page by page, and staff's work.

Invariant: a member's list has the member's own only. Limit: a page far from the newest costs what lies before it.
"""

import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.custody.withdrawals.store import withdrawal_of
from pyxiu.custody.withdrawals.tables import withdrawals
from pyxiu.custody.withdrawals.wire import CONFIRMING, states_of


class WithdrawalFilter(msgspec.Struct, frozen=True, kw_only=True):
    """None is any. `words` are the wire's words for states."""

    currency: str | None = None
    network: str | None = None
    words: tuple[str, ...] | None = None
    rid: str | None = None
    txid: str | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None


async def list_withdrawals(
    connection: AsyncConnection, uid: str, wanted: WithdrawalFilter, *, limit: int, offset: int
) -> tuple[list[Withdrawal], int]:
    """The newest first, and how many there are."""
    where = [withdrawals.c.uid == uid, *conditions(wanted)]
    total = (await connection.execute(select(func.count()).select_from(withdrawals).where(*where))).scalar_one()
    query = select(withdrawals).where(*where).order_by(withdrawals.c.id.desc()).limit(limit).offset(offset)
    return [withdrawal_of(row) for row in (await connection.execute(query)).mappings()], total


async def list_for_staff(
    connection: AsyncConnection, *, state: WithdrawalState | None = None, uid: str | None = None, limit: int
) -> list[Withdrawal]:
    """Of all members, the oldest first."""
    query = select(withdrawals).order_by(withdrawals.c.id).limit(limit)
    if state is not None:
        query = query.where(withdrawals.c.state == state.value)
    if uid is not None:
        query = query.where(withdrawals.c.uid == uid)
    return [withdrawal_of(row) for row in (await connection.execute(query)).mappings()]


def conditions(wanted: WithdrawalFilter) -> list[ColumnElement[bool]]:
    table = withdrawals
    exact: dict[Any, str | None] = {
        table.c.currency: wanted.currency,
        table.c.network: wanted.network,
        table.c.rid: wanted.rid,
        table.c.txid: wanted.txid,
    }
    found: list[ColumnElement[bool]] = [column == value for column, value in exact.items() if value is not None]
    if wanted.words is not None:
        found.append(or_(False, *(_in_word(word) for word in wanted.words)))
    if wanted.since is not None:
        found.append(table.c.created_at >= wanted.since)
    if wanted.until is not None:
        found.append(table.c.created_at < wanted.until)
    return found


def _in_word(word: str) -> ColumnElement[bool]:
    """Whether a row is shown as a word: `confirming` is the part of what is being paid that has a transaction."""
    state, sent = withdrawals.c.state, withdrawals.c.txid.is_not(None)
    paying = state == WithdrawalState.PAYING.value
    if word == CONFIRMING:
        return and_(paying, sent)
    in_state = state.in_([one.value for one in states_of(word)])
    return and_(in_state, or_(~paying, ~sent))
