"""New deposits: their rows, and what becomes of payments that were shown before any block had them.

Invariant: a payment that was pending is one deposit under the number and tid that its member has seen, and is pending
no more, in the same transaction. Limit: whether a payment is a deposit is decided before.
"""

import secrets
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.chain import PaymentKind
from pyxiu.custody.deposits import pending_store, store
from pyxiu.custody.deposits.classify import ToCredit
from pyxiu.custody.deposits.events import emit_all_updated, emit_created
from pyxiu.custody.deposits.model import CRYPTO, Deposit, DepositState, Found


async def add_deposits(
    connection: AsyncConnection, network: str, rows: Sequence[dict[str, Any]], height: int | None
) -> list[Deposit]:
    """Add and announce them. A payment that has a deposit keeps it, and is left out of what comes back."""
    shown = await pending_store.by_payments(connection, network, [row["payment_id"] for row in rows])
    # Two statements: those that are new take their numbers from the table.
    fresh = [row for row in rows if row["payment_id"] not in shown]
    added = await store.add(connection, fresh) if fresh else []
    await emit_created(connection, added, height)
    known = [{**row, **_kept(shown[row["payment_id"]])} for row in rows if row["payment_id"] in shown]
    if known:
        after = await store.add(connection, known)
        changes = [(shown[deposit.payment_id or ""], deposit) for deposit in after]
        await emit_all_updated(connection, changes, height)
        await pending_store.take_off(connection, network, list(shown))
        added += after
    return added


async def take_off_shown(connection: AsyncConnection, network: str, ids: Sequence[str]) -> None:
    """Payments that were shown and are listed as exceptions: their members see them as canceled, then no more."""
    shown = await pending_store.by_payments(connection, network, ids) if ids else {}
    if not shown:
        return
    changes = [(one, msgspec.structs.replace(one, state=DepositState.DROPPED)) for one in shown.values()]
    await emit_all_updated(connection, changes, None)
    await pending_store.take_off(connection, network, list(shown))


def _kept(shown: Deposit) -> dict[str, Any]:
    return {"id": shown.id, "tid": shown.tid, "created_at": shown.created_at}


def new_tid() -> str:
    return f"TID{secrets.token_hex(5).upper()}"


def deposit_row(payment: Found, verdict: ToCredit) -> dict[str, Any]:
    """A new row of `deposits`."""
    output = payment.payment_id.split(":")[1].removeprefix("log")
    return {
        "tid": new_tid(),
        "uid": payment.owner,
        "currency": verdict.asset.asset,
        "network": payment.network,
        "payment_id": payment.payment_id,
        "address": payment.address,
        "from_addresses": [payment.source] if payment.source else [],
        "txid": payment.txid,
        "txout": None if payment.kind == PaymentKind.NATIVE else int(output),
        "chain_amount": verdict.chain_amount,
        "decimals": verdict.asset.decimals,
        "amount": verdict.amount,
        "state": DepositState.CONFIRMING.value,
        "transfer_type": CRYPTO,
        "block_height": payment.block_height,
        "block_hash": payment.block_hash,
        "credit_depth": verdict.credit_depth,
        "withdrawable_depth": verdict.withdrawable_depth,
    }
