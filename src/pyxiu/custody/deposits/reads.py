"""Deposits, exceptions and alarms to read: for members, for staff, and for whoever must know what is not ripe.

Invariant: lists are bounded. Limit: no balance is here; those are the engine's.
"""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import false, func, or_, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.deposits.exception_store import listed_of
from pyxiu.custody.deposits.model import Deposit, DepositState, Listed
from pyxiu.custody.deposits.pending_store import SHOWN
from pyxiu.custody.deposits.store import deposit_of
from pyxiu.custody.deposits.tables import deposit_exceptions, deposits
from pyxiu.custody.deposits.wire import COLLECTED, states_of
from pyxiu.custody.tables import chain_blocks, chain_payments


class DepositFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which deposits: None is any. `words` are those of the wire."""

    uid: str | None = None
    currency: str | None = None
    words: tuple[str, ...] | None = None
    network: str | None = None
    txid: str | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None


# What is deep enough by the last scanned block, as lists show it, is ripe before the watcher has marked it, if the
# block that it was found in is still one of the chain.
_UNRIPE: Final = text(
    """
    SELECT coalesce(sum(d.booked), 0) FROM deposits d
    WHERE d.uid = :uid AND d.currency = :currency AND d.withdrawable_at IS NULL AND d.booked > 0
        AND NOT (d.state = 'credited'
            AND EXISTS (
                SELECT FROM chain_blocks b
                WHERE b.network = d.network AND b.height = d.block_height AND b.hash = d.block_hash)
            AND d.block_height + d.withdrawable_depth - 1
                <= (SELECT max(l.height) FROM chain_blocks l WHERE l.network = d.network))
    """
)


async def unripe(connection: AsyncConnection, uid: str, currency: str) -> int:
    """What the books have for deposits of a member that may not be withdrawn yet, or no more (engine units)."""
    return int((await connection.execute(_UNRIPE, {"uid": uid, "currency": currency})).scalar_one())


async def find_deposits(
    connection: AsyncConnection, wanted: DepositFilter, *, limit: int, offset: int = 0
) -> tuple[list[Deposit], int]:
    """A page of deposits, the newest first, and how many there are; those that no block has yet among them."""
    kinds = [
        select(*table).where(*conditions_of(wanted, table)).order_by(table.id.desc()) for table in (deposits.c, SHOWN.c)
    ]
    counted = [select(func.count()).select_from(kind.order_by(None).subquery()).scalar_subquery() for kind in kinds]
    total = (await connection.execute(select(counted[0] + counted[1]))).scalar_one()
    # Each by its own index, no further than the page goes.
    both = union_all(*(select(kind.limit(offset + limit).subquery()) for kind in kinds)).subquery()
    query = select(both).order_by(both.c.id.desc()).limit(limit).offset(offset)
    return [deposit_of(row) for row in (await connection.execute(query)).mappings()], total


async def heights(connection: AsyncConnection, networks: Iterable[str | None]) -> dict[str, int]:
    """The last scanned block of each network; fiat, which is on none, is passed over."""
    found = {}
    for network in {network for network in networks if network is not None}:
        query = select(func.max(chain_blocks.c.height)).where(chain_blocks.c.network == network)
        height = (await connection.execute(query)).scalar_one()
        if height is not None:
            found[network] = height
    return found


class ListedPayment(msgspec.Struct, frozen=True):
    """An exception with the payment that it is about; `chain_amount` is in the network's units."""

    listed: Listed
    txid: str
    contract: str
    chain_amount: int


async def find_exceptions(
    connection: AsyncConnection, *, network: str | None = None, all_of_them: bool = False, limit: int = 100
) -> list[ListedPayment]:
    """The open ones, or with `all_of_them` resolved ones too, the newest first."""
    table, paid = deposit_exceptions, chain_payments
    same = (paid.c.network == table.c.network) & (paid.c.payment_id == table.c.payment_id)
    query = select(table, paid.c.txid, paid.c.contract, paid.c.amount.label("chain_amount")).join(paid, same)
    if network is not None:
        query = query.where(table.c.network == network)
    if not all_of_them:
        query = query.where(table.c.resolved_at.is_(None))
    rows = (await connection.execute(query.order_by(table.c.id.desc()).limit(limit))).mappings()
    return [_listed_payment(dict(row)) for row in rows]


def _listed_payment(row: dict[str, Any]) -> ListedPayment:
    txid, contract, amount = row.pop("txid"), row.pop("contract"), row.pop("chain_amount")
    return ListedPayment(listed_of(row), txid, contract, int(amount))


def conditions_of(wanted: DepositFilter, table: Any) -> list[Any]:
    """What a row must be to be wanted; `table` has the columns of deposits."""
    conditions: list[Any] = []
    for column, value in ((table.uid, wanted.uid), (table.currency, wanted.currency), (table.network, wanted.network)):
        if value is not None:
            conditions.append(column == value)
    if wanted.txid is not None:
        conditions.append(table.txid == wanted.txid)
    if wanted.words is not None:
        conditions.append(_shown_as(wanted.words, table))
    if wanted.since is not None:
        conditions.append(table.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(table.created_at < wanted.until)
    return conditions


def _shown_as(words: Sequence[str], table: Any) -> Any:
    swept, credited = table.sweep_state == COLLECTED, table.state == DepositState.CREDITED
    named: list[Any] = [false()]
    for word in words:
        if word == COLLECTED:
            named.append(credited & swept)
        elif word == "accepted":
            named.append(credited & table.sweep_state.is_(None))
        else:
            named.append(table.state.in_([state.value for state in states_of(word)]))
    return or_(*named)
