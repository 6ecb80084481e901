"""Say in words what became of a transaction that pays us: where it is, why it is credited or not, and what comes next.

Invariant: what is said is read from the rows at that moment, and from the node where one was asked. Limit: a
transaction that pays no address of ours has left no trace here.
"""

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody import store as chain_store
from pyxiu.custody.chain import Inclusion
from pyxiu.custody.deposits import exception_store, pending_store, store
from pyxiu.custody.deposits.model import CREDITABLE, Deposit, DepositState, Found, Listed, Reason
from pyxiu.custody.deposits.own_transactions import purposes_of
from pyxiu.custody.deposits.wire import confirmations_of, time_text
from pyxiu.custody.services import CustodyServices
from pyxiu.kit.decimals import format_decimal


class Explanation(msgspec.Struct, frozen=True):
    """Lines for a person; `found`: whether there was anything to tell."""

    lines: list[str]
    found: bool


async def explain_transaction(
    services: CustodyServices, network: str, txid: str, inclusion: Inclusion | None
) -> Explanation:
    """`inclusion`: what the node says of it, None if it was not asked."""
    async with services.database.begin() as connection:
        last = await chain_store.last_block(connection, network)
        height = None if last is None else last.height
        payments = await exception_store.of_transaction(connection, network, txid)
        lines = [_scanned(network, height), *_at_the_node(inclusion)]
        purpose = (await purposes_of(connection, network, [txid])).get(txid)
        if purpose is not None:
            lines.append(f"It is our own transaction, made for: {purpose}.")
        pending = await pending_store.of_transaction(connection, network, txid)
        if not payments and not pending:
            return Explanation([*lines, *_unknown(inclusion, height)], found=False)
        for deposit in pending:
            lines += [
                "",
                f"{deposit.payment_id}: to {deposit.address}, in no block.",
                *_indented(_deposit(deposit, height)),
            ]
        for payment in payments:
            lines += await _payment(connection, payment, height)
    return Explanation(lines, found=True)


def _scanned(network: str, height: int | None) -> str:
    return f"No block of {network} has been scanned." if height is None else f"{network} is scanned to block {height}."


def _at_the_node(inclusion: Inclusion | None) -> list[str]:
    if inclusion is None:
        return []
    if inclusion.block is not None:
        failed = " and failed: it moved nothing" if inclusion.failed else ""
        return [f"The node has it in block {inclusion.block.height} ({inclusion.block.hash}){failed}."]
    return [
        "The node has it in its pool, in no block."
        if inclusion.pooled
        else "The node does not know it, or keeps no index of transactions."
    ]


def _unknown(inclusion: Inclusion | None, height: int | None) -> list[str]:
    if inclusion is not None and inclusion.block is not None and (height is None or inclusion.block.height > height):
        return ["Its block has not been scanned yet; wait for the watcher."]
    if inclusion is not None and inclusion.block is not None:
        again = f"`pyxiu chain rescan --from {inclusion.block.height}`"
        return [
            "It pays no address of ours as far as we know.",
            f"If its address is newer than the scan of its block, {again} finds it.",
        ]
    return ["It is in no block that was scanned, or pays no address of ours."]


async def _payment(connection: AsyncConnection, payment: Found, height: int | None) -> list[str]:
    ids = [payment.payment_id]
    deposit = (await store.by_payments(connection, payment.network, ids)).get(payment.payment_id)
    listed = (await exception_store.listed_among(connection, payment.network, ids)).get(payment.payment_id)
    of = f" of the contract {payment.contract}" if payment.contract else ""
    lines = ["", f"{payment.payment_id}: {payment.amount} units{of} to {payment.address}, of {payment.owner}."]
    if payment.block_height is None:
        lines.append("  Its block is on the best chain no more.")
    else:
        lines.append(f"  In block {payment.block_height} ({payment.block_hash}).")
    if deposit is not None:
        lines += _indented(_deposit(deposit, height))
    elif listed is not None:
        lines += _indented(_exception(listed))
    else:
        lines.append("  It has not been looked at yet; that happens within moments while the watcher runs.")
    return lines


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _deposit(deposit: Deposit, height: int | None) -> list[str]:
    amount = f"{format_decimal(deposit.amount, deposit.decimals)} {deposit.currency}"
    lines = [f"Deposit {deposit.tid}: {amount} for {deposit.uid}, {deposit.state}."]
    if deposit.from_addresses:
        lines.append(f"Sent by {', '.join(deposit.from_addresses)}.")
    deep = confirmations_of(deposit, height)
    match deposit.state:
        case DepositState.PENDING:
            lines.append("It is shown to its member and is no money: a block has to take it first.")
        case DepositState.DROPPED:
            lines.append(
                "The node's pool has it no more: it was replaced, or given up. A block may take it all the same."
            )
        case DepositState.CONFIRMING if deposit.refusal:
            lines.append(f"The engine does not take it: {deposit.refusal} It is tried again every second.")
        case DepositState.CONFIRMING:
            lines.append(f"It has {deep} confirmations and is credited at {deposit.credit_depth}.")
        case DepositState.ORPHANED:
            lines.append(
                "It was not credited. If the transaction is mined again it goes on; otherwise nothing happens."
            )
        case DepositState.CREDITED if deposit.orphaned_since is not None:
            since = time_text(deposit.orphaned_since)
            lines.append(f"Credited, and without a block since {since}: the member cannot withdraw.")
            lines.append("Mined again, all is well; otherwise it is taken back after the grace.")
        case DepositState.CREDITED:
            lines.append(f"Credited by record {deposit.credited_seq} under the key {deposit.credit_key}.")
            lines.append(_leave(deposit, deep))
        case DepositState.CLAWED_BACK:
            debt = format_decimal(deposit.booked, deposit.decimals)
            lines.append(f"Taken back. Debt: {debt} {deposit.currency}; mined again, it is credited less the debt.")
        case _:
            pass
    return lines


def _leave(deposit: Deposit, deep: int) -> str:
    if deposit.withdrawable_at is not None:
        return f"It may be withdrawn since {time_text(deposit.withdrawable_at)}."
    return f"It may be withdrawn at {deposit.withdrawable_depth} confirmations; it has {deep}."


def _exception(listed: Listed) -> list[str]:
    lines = [f"Not credited: {listed.reason}: {listed.text}."]
    if listed.resolved_at is not None:
        return [*lines, f"Resolved by {listed.resolved_by}: {listed.resolution}."]
    if listed.reason is Reason.DEPOSITS_DISABLED:
        return [*lines, "It is credited by itself once deposits are switched on."]
    if listed.reason is Reason.UNVERIFIED:
        return [*lines, "It is tried again every minute."]
    if listed.reason in CREDITABLE:
        lines.append(f"Staff may credit it: `pyxiu deposit credit {listed.id}`.")
    return [*lines, f"Staff may take it off the list: `pyxiu deposit dismiss {listed.id}`."]
