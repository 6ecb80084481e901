"""`pyxiu withdrawal`: what members have asked to be paid out, and staff's decisions about it.

Invariant: whoever decides says who and why, and both are kept; nobody decides about an own withdrawal. Limit: payouts
on chains are `pyxiu payout`'s.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from cyclopts import Parameter

from pyxiu.app.context import Context
from pyxiu.app.custody_services import custody_services
from pyxiu.app.session import database_session, engine_session
from pyxiu.app.settings import Settings
from pyxiu.cli.running import EXIT_FAILED, EXIT_OK, Home, Rows, run, settings_for, tell
from pyxiu.custody.deposits.wire import time_text
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals import decide_withdrawal as decisions
from pyxiu.custody.withdrawals import store
from pyxiu.custody.withdrawals.decide_withdrawal import Undecided
from pyxiu.custody.withdrawals.deliver import deliver
from pyxiu.custody.withdrawals.list_withdrawals import list_for_staff
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.custody.withdrawals.stuck import stuck
from pyxiu.identity.accounts.store import user_by_uid
from pyxiu.identity.model import LIVE_STATES
from pyxiu.identity.staff.abilities import STAFF_ROLES
from pyxiu.kit.decimals import format_decimal

LIST_MAX: Final = 1_000
Actor = Annotated[str, Parameter(help="The uid of who decides, one of staff; it is kept.")]
Reason = Annotated[str, Parameter(help="Why; it is kept.")]
Decision = Callable[[CustodyServices], Awaitable[Withdrawal | Undecided]]


def list_all(
    *,
    state: WithdrawalState | None = None,
    uid: str | None = None,
    alarms: bool = False,
    limit: Rows = 50,
    home: Home = None,
) -> int:
    """Show withdrawals, by default those that wait for staff, the oldest first.

    Parameters
    ----------
    state
        Only those in this state.
    uid
        Only those of a member, whatever their state.
    alarms
        Only those that are stuck: in a state, or in debt to the engine, for too long.
    limit
        How many at most.
    """
    settings = settings_for(home)
    return run(lambda: _list(settings, state, uid, alarms=alarms, limit=min(limit, LIST_MAX)))


def show(tid: str, /, *, home: Home = None) -> int:
    """Show one withdrawal: what is asked for, why it waits, who has decided what, and what happens next.

    Parameters
    ----------
    tid
        The withdrawal's name.
    """
    settings = settings_for(home)
    return run(lambda: _show(settings, tid))


def approve(tid: str, /, *, actor: Actor, reason: Reason, home: Home = None) -> int:
    """Approve a withdrawal that waits; above the threshold it takes two people.

    Parameters
    ----------
    tid
        The withdrawal's name.
    """
    return _decide(home, actor, lambda services: decisions.approve(services, tid, actor=actor, reason=reason))


def reject(tid: str, /, *, actor: Actor, reason: Reason, home: Home = None) -> int:
    """Reject a withdrawal that waits, or that is approved and not on its way yet; the funds go back.

    Parameters
    ----------
    tid
        The withdrawal's name.
    """
    return _decide(home, actor, lambda services: decisions.reject(services, tid, actor=actor, reason=reason))


def cancel(tid: str, /, *, actor: Actor, reason: Reason, home: Home = None) -> int:
    """Take back a withdrawal that nobody has approved, for its member.

    Parameters
    ----------
    tid
        The withdrawal's name.
    """
    return _decide(home, actor, lambda services: decisions.cancel(services, tid, actor=actor, reason=reason))


def paid(tid: str, /, *, reference: str | None = None, actor: Actor, reason: Reason, home: Home = None) -> int:
    """Say that a bank has paid an approved withdrawal of fiat.

    Parameters
    ----------
    tid
        The withdrawal's name.
    reference
        The bank's.
    """
    return _decide(
        home,
        actor,
        lambda services: decisions.mark_paid(services, tid, actor=actor, reason=reason, reference=reference),
    )


def failed(tid: str, /, *, actor: Actor, reason: Reason, home: Home = None) -> int:
    """Say that a bank will not pay an approved withdrawal of fiat; the funds go back.

    Parameters
    ----------
    tid
        The withdrawal's name.
    """
    return _decide(home, actor, lambda services: decisions.mark_failed(services, tid, actor=actor, reason=reason))


def retry(tid: str, /, *, home: Home = None) -> int:
    """Tell the engine at once what a withdrawal still owes it; the scheduler does so by itself after some seconds.

    Parameters
    ----------
    tid
        The withdrawal's name.
    """

    async def deliver_now(services: CustodyServices) -> Withdrawal | Undecided:
        row = await _find(services, tid)
        return Undecided.UNKNOWN if row is None else await deliver(services, row.id)

    return _decide(home, None, deliver_now)


def _decide(home: Home, actor: str | None, decision: Decision) -> int:
    """`actor` None: nothing is decided, so it does not matter who asks."""
    settings = settings_for(home)

    async def work() -> int:
        async with engine_session(settings) as context:
            if actor is not None and not await _is_staff(context, actor):
                tell(f"{actor}: expected the uid of somebody of staff who can log in")
                return EXIT_FAILED
            decided = await decision(custody_services(context))
        if isinstance(decided, Undecided):
            tell(decided.value)
            return EXIT_FAILED
        print(_line(decided))
        return EXIT_OK

    return run(work)


async def _list(settings: Settings, state: WithdrawalState | None, uid: str | None, *, alarms: bool, limit: int) -> int:
    async with database_session(settings) as context, context.custody.connect() as connection:
        if alarms:
            rows = await stuck(connection, limit)
        else:
            waiting = WithdrawalState.HELD if uid is None else None
            rows = await list_for_staff(connection, state=state or waiting, uid=uid, limit=limit)
    for row in rows:
        print(_line(row))
    return EXIT_OK


async def _show(settings: Settings, tid: str) -> int:
    async with database_session(settings) as context:
        services = custody_services(context)
        row = await _find(services, tid)
        if row is None:
            tell(Undecided.UNKNOWN.value)
            return EXIT_FAILED
        async with services.database.connect() as connection:
            decided = await store.decisions_of(connection, row.id)
    amount, fee = (format_decimal(value, row.decimals) for value in (row.amount, row.fee))
    print(_line(row))
    print(f"  pays {amount} {row.currency} to {row.rid} on {row.network or 'no chain (fiat)'}; fee {fee}")
    print(f"  value {row.value:f}; hash {row.proof_hash}; asked for {time_text(row.created_at)}")
    if row.review:
        print(f"  looked at because: {row.review}; approvals needed: {row.approvals_needed}")
    for decision in decided:
        print(f"  {decision.decision} by {decision.approver_uid} at {time_text(decision.at)}: {decision.reason}")
    if row.owed is not None:
        print(f"  the engine is owed: {row.owed}")
    print(f"  next: {_NEXT[row.state]}")
    return EXIT_OK


async def _is_staff(context: Context, uid: str) -> bool:
    async with context.identity.connect() as connection:
        user = await user_by_uid(connection, uid)
    return user is not None and user.role in STAFF_ROLES and user.state in LIVE_STATES


async def _find(services: CustodyServices, tid: str) -> Withdrawal | None:
    async with services.database.connect() as connection:
        return await store.find_by_tid(connection, tid)


def _line(row: Withdrawal) -> str:
    why = f"  {row.review}" if row.review and row.state is WithdrawalState.HELD else ""
    ended = f"  {row.reason}" if row.reason else ""
    return (
        f"{row.tid}  {time_text(row.created_at)}  {row.uid}  {format_decimal(row.sum, row.decimals)} {row.currency}  "
        f"{row.state}{why}{ended}{'  ' + row.txid if row.txid else ''}"
    )


_NEXT: Final = {
    WithdrawalState.REQUESTED: "its funds are held; the scheduler sees to that after a crash",
    WithdrawalState.HELD: "somebody approves, rejects or cancels it",
    WithdrawalState.APPROVED: "a payout takes it, or of fiat somebody says `pyxiu withdrawal paid`; or it is rejected",
    WithdrawalState.PAYING: "its payout is confirmed or fails; of fiat somebody says which",
    WithdrawalState.PARKED: "somebody looks at its payout: `pyxiu payout`",
    WithdrawalState.CONFIRMED: "nothing; it is paid",
    WithdrawalState.FAILED: "nothing; the funds are back",
    WithdrawalState.CANCELED: "nothing; the funds are back",
    WithdrawalState.REJECTED: "nothing; the funds are back",
}
