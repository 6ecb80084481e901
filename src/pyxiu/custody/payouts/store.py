"""The SQL of payouts and their attempts, on a connection that the caller's transaction owns.

Invariant: a state is changed only from the one that the caller has seen, under the row's lock, so of two workers with
the same payout one does nothing (T-51). Limit: coins and nonces are in `reservations.py`.
"""

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.payouts.model import (
    Attempt,
    AttemptKind,
    AttemptState,
    Output,
    Payout,
    PayoutPlan,
    PlannedOutput,
    Purpose,
    Source,
)
from pyxiu.custody.payouts.states import PayoutState, may_move
from pyxiu.custody.payouts.tables import payout_attempts, payout_outputs, payouts


async def put_payout(connection: AsyncConnection, plan: PayoutPlan, destinations: Sequence[str]) -> Payout:
    """A new payout in state planned; `destinations` are the canonical forms of its outputs' addresses."""
    row = {
        "network": plan.network,
        "purpose": plan.purpose.value,
        "wallet_id": plan.source.wallet_id,
        "source_ids": list(plan.source.deposit_address_ids),
        "coins": list(plan.source.coins),
        "currency": plan.currency,
        "subtract_fee": plan.subtract_fee,
        "state": PayoutState.PLANNED.value,
        "tries": 0,
    }
    made = (await connection.execute(insert(payouts).values(row).returning(payouts))).one()
    rows = [
        {
            "payout_id": made.id,
            "ordinal": ordinal,
            "address": output.address,
            "destination": destination,
            "currency": plan.currency,
            "chain_amount": output.chain_amount,
            "withdrawal_id": output.withdrawal_id,
            "sweep_id": output.sweep_id,
        }
        for ordinal, (output, destination) in enumerate(zip(plan.outputs, destinations, strict=True))
    ]
    await connection.execute(insert(payout_outputs), rows)
    return _payout(made)


async def put_same(connection: AsyncConnection, payout: Payout, output: Output) -> Payout:
    """A new payout from the same source for one of the outputs."""
    plan = PayoutPlan(
        network=payout.network,
        purpose=payout.purpose,
        source=Source(payout.wallet_id, payout.source_ids, payout.coins),
        outputs=(
            PlannedOutput(
                output.address,
                output.chain_amount,
                withdrawal_id=output.withdrawal_id,
                sweep_id=output.sweep_id,
            ),
        ),
        currency=payout.currency,
        subtract_fee=payout.subtract_fee,
    )
    return await put_payout(connection, plan, [output.destination])


async def find_payout(connection: AsyncConnection, payout_id: int) -> Payout | None:
    row = (await connection.execute(select(payouts).where(payouts.c.id == payout_id))).one_or_none()
    return None if row is None else _payout(row)


async def lock_payout(connection: AsyncConnection, payout_id: int) -> Payout:
    """The payout, held until the transaction ends."""
    query = select(payouts).where(payouts.c.id == payout_id).with_for_update()
    return _payout((await connection.execute(query)).one())


async def payout_ids(
    connection: AsyncConnection, network: str, states: Sequence[PayoutState], *, due: datetime.datetime, limit: int
) -> list[int]:
    """Payouts in these states whose next try is due, those that were tried longest ago first."""
    query = (
        select(payouts.c.id)
        .where(
            payouts.c.network == network,
            payouts.c.state.in_([state.value for state in states]),
            func.coalesce(payouts.c.next_try_at, due) <= due,
        )
        .order_by(func.coalesce(payouts.c.next_try_at, payouts.c.created_at), payouts.c.id)
        .limit(limit)
    )
    return list((await connection.execute(query)).scalars())


async def followed_ids(
    connection: AsyncConnection, network: str, states: Sequence[PayoutState], *, after: int, limit: int
) -> list[int]:
    """Payouts in these states, whenever they were tried: those after one first, then from the oldest on again."""
    query = select(payouts.c.id).where(
        payouts.c.network == network, payouts.c.state.in_([state.value for state in states])
    )
    query = query.order_by(payouts.c.id <= after, payouts.c.id).limit(limit)
    return list((await connection.execute(query)).scalars())


async def list_payouts(
    connection: AsyncConnection, *, states: Sequence[PayoutState] = (), network: str | None = None, limit: int
) -> list[Payout]:
    """The newest first."""
    query = select(payouts).order_by(payouts.c.id.desc()).limit(limit)
    if states:
        query = query.where(payouts.c.state.in_([state.value for state in states]))
    if network is not None:
        query = query.where(payouts.c.network == network)
    return [_payout(row) for row in await connection.execute(query)]


async def outputs_of(connection: AsyncConnection, payout_id: int) -> list[Output]:
    """Those that are still meant."""
    query = (
        select(payout_outputs)
        .where(payout_outputs.c.payout_id == payout_id, payout_outputs.c.dropped_at.is_(None))
        .order_by(payout_outputs.c.ordinal)
    )
    return [_output(row) for row in await connection.execute(query)]


async def drop_outputs(connection: AsyncConnection, payout_id: int) -> None:
    """This payout will not pay them; the table refuses it once anything was signed."""
    mine = (payout_outputs.c.payout_id == payout_id, payout_outputs.c.dropped_at.is_(None))
    await connection.execute(update(payout_outputs).where(*mine).values(dropped_at=func.now()))


async def move(
    connection: AsyncConnection, payout: Payout, to: PayoutState, *, reason: str | None = None, **values: Any
) -> Payout:
    """The payout in another state. `payout` must be as it is in the table: the caller holds its lock."""
    assert may_move(payout.state, to), (payout.id, payout.state, to)
    parked_from = payout.state.value if to is PayoutState.PARKED else None
    changed = {"state": to.value, "reason": reason, "parked_from": parked_from, "tries": 0, "next_try_at": None}
    query = (
        update(payouts)
        .where(payouts.c.id == payout.id, payouts.c.state == payout.state.value)
        .values(**{**changed, **values})
        .returning(payouts)
    )
    return _payout((await connection.execute(query)).one())


async def note(connection: AsyncConnection, payout_id: int, **values: Any) -> None:
    """Change what is no state: reason, txid, block_height, tries, next_try_at, settled_at."""
    await connection.execute(update(payouts).where(payouts.c.id == payout_id).values(**values))


async def unsettled(connection: AsyncConnection, *, limit: int) -> list[int]:
    """Final payouts whose owner has not been told."""
    query = (
        select(payouts.c.id)
        .where(payouts.c.settled_at.is_(None), payouts.c.state.in_(["confirmed", "failed"]))
        .order_by(payouts.c.id)
        .limit(limit)
    )
    return list((await connection.execute(query)).scalars())


async def confirmed_since(connection: AsyncConnection, network: str, height: int) -> list[Payout]:
    """Confirmed ones that stand in a block from this height on."""
    query = select(payouts).where(
        payouts.c.network == network, payouts.c.state == "confirmed", payouts.c.block_height >= height
    )
    return [_payout(row) for row in await connection.execute(query.order_by(payouts.c.id))]


async def resend_ids(connection: AsyncConnection, network: str, *, due: datetime.datetime, limit: int) -> list[int]:
    """Confirmed payouts whose bytes are due to be sent again, because the chain has undone them."""
    query = select(payouts.c.id).where(
        payouts.c.network == network, payouts.c.state == "confirmed", payouts.c.next_try_at <= due
    )
    return list((await connection.execute(query.order_by(payouts.c.id).limit(limit))).scalars())


async def payout_of_withdrawal(connection: AsyncConnection, withdrawal_id: int) -> int | None:
    """The payout that is to pay a withdrawal."""
    query = select(payout_outputs.c.payout_id).where(
        payout_outputs.c.withdrawal_id == withdrawal_id, payout_outputs.c.dropped_at.is_(None)
    )
    return (await connection.execute(query)).scalar_one_or_none()


async def put_attempt(
    connection: AsyncConnection,
    payout_id: int,
    payload: dict[str, Any],
    digest: bytes,
    *,
    chain_fee: int,
    kind: AttemptKind = AttemptKind.PAYMENT,
    **values: Any,
) -> Attempt:
    """The payout's next attempt; the caller holds the payout's lock."""
    number = select(func.coalesce(func.max(payout_attempts.c.attempt), 0) + 1).where(
        payout_attempts.c.payout_id == payout_id
    )
    row = {
        "payout_id": payout_id,
        "attempt": (await connection.execute(number)).scalar_one(),
        "kind": kind.value,
        "payload": payload,
        "payload_hash": digest,
        "chain_fee": chain_fee,
        "state": AttemptState.REQUESTED.value,
        **values,
    }
    made = (await connection.execute(insert(payout_attempts).values(row).returning(payout_attempts))).one()
    return _attempt(made)


async def attempts_of(connection: AsyncConnection, payout_id: int) -> list[Attempt]:
    query = select(payout_attempts).where(payout_attempts.c.payout_id == payout_id).order_by(payout_attempts.c.attempt)
    return [_attempt(row) for row in await connection.execute(query)]


async def requested_attempts(
    connection: AsyncConnection, network: str, *, due: datetime.datetime, limit: int
) -> list[tuple[int, int]]:
    """(attempt, payout) ids that are approved and wait for the signer; what a limit holds up only when it is due."""
    query = (
        select(payout_attempts.c.id, payout_attempts.c.payout_id)
        .join(payouts, payouts.c.id == payout_attempts.c.payout_id)
        .where(
            payout_attempts.c.state == AttemptState.REQUESTED.value,
            payout_attempts.c.approval.is_not(None),
            payouts.c.network == network,
            payouts.c.state.in_(["reserved", "signed", "broadcast"]),
            or_(payouts.c.state != PayoutState.RESERVED.value, func.coalesce(payouts.c.next_try_at, due) <= due),
        )
        .order_by(payout_attempts.c.id)
        .limit(limit)
    )
    return [(row.id, row.payout_id) for row in await connection.execute(query)]


async def waiting_for_signer(connection: AsyncConnection, network: str, *, limit: int) -> list[tuple[int, str]]:
    """Payouts that a limit of the signer holds up, by their ids, and why; nothing else gives a reserved one a time."""
    query = select(payouts.c.id, payouts.c.reason).where(
        payouts.c.network == network,
        payouts.c.state == PayoutState.RESERVED.value,
        payouts.c.next_try_at.is_not(None),
    )
    rows = await connection.execute(query.order_by(payouts.c.id).limit(limit))
    return [(row.id, row.reason or "") for row in rows]


async def unapproved_attempts(connection: AsyncConnection, network: str, *, limit: int) -> list[tuple[int, int]]:
    """(attempt, payout) ids that policy has not decided about."""
    query = (
        select(payout_attempts.c.id, payout_attempts.c.payout_id)
        .join(payouts, payouts.c.id == payout_attempts.c.payout_id)
        .where(
            payout_attempts.c.state == AttemptState.REQUESTED.value,
            payout_attempts.c.approval.is_(None),
            payouts.c.network == network,
            payouts.c.state.in_(["reserved", "signed", "broadcast"]),
        )
        .order_by(payout_attempts.c.id)
        .limit(limit)
    )
    return [(row.id, row.payout_id) for row in await connection.execute(query)]


async def set_attempt(connection: AsyncConnection, attempt_id: int, **values: Any) -> None:
    await connection.execute(update(payout_attempts).where(payout_attempts.c.id == attempt_id).values(**values))


def _payout(row: Row[Any]) -> Payout:
    fields = row._asdict()
    return Payout(
        **{
            **fields,
            "purpose": Purpose(row.purpose),
            "state": PayoutState(row.state),
            "parked_from": PayoutState(row.parked_from) if row.parked_from else None,
            "source_ids": tuple(row.source_ids),
            "coins": tuple(row.coins),
            "chain_fee": None if row.chain_fee is None else int(row.chain_fee),
        }
    )


def _output(row: Row[Any]) -> Output:
    return Output(**{**row._asdict(), "chain_amount": int(row.chain_amount)})


def _attempt(row: Row[Any]) -> Attempt:
    fields = row._asdict()
    return Attempt(
        **{
            **fields,
            "kind": AttemptKind(row.kind),
            "state": AttemptState(row.state),
            "chain_fee": int(row.chain_fee),
        }
    )
