"""The scheduler's jobs for payouts: plan and approve, follow, offer more, tell, watch.

Invariant: trouble on one network, or with one of its steps, does not keep the others from their turn; it is raised when
all have had it. Limit: signing and sending are the signer's.
"""

from collections.abc import Awaitable, Callable

from pyxiu.app.payout_desks import Desks
from pyxiu.custody.faults import Faults
from pyxiu.custody.payouts.bump_payout import bump_stuck
from pyxiu.custody.payouts.confirm_payout import confirm_payouts, watch_confirmed
from pyxiu.custody.payouts.desk import Desk
from pyxiu.custody.payouts.gate import Gate
from pyxiu.custody.payouts.pass_on_nonces import fill_gaps, pass_on_nonces
from pyxiu.custody.payouts.plan_withdrawals import plan_withdrawals
from pyxiu.custody.payouts.request_signature import request_signatures
from pyxiu.custody.payouts.reserve_planned import reserve_planned
from pyxiu.custody.payouts.take_refused import take_refused
from pyxiu.custody.payouts.watch_states import watch_states
from pyxiu.custody.services import CustodyServices


async def plan_payouts(desks: Desks) -> None:
    """Approved withdrawals and planned moves become payloads that wait for the signer."""
    await _each(desks, "plan", lambda desk: _plan(desk, desks.gate(desk)))


async def follow_payouts(desks: Desks) -> None:
    """What the signer and the blocks say of payouts."""
    await _each(desks, "take refused", take_refused)
    await _each(desks, "confirm", confirm_payouts)


async def bump_payouts(desks: Desks) -> None:
    """More is offered for what no block takes."""
    await _each(desks, "bump", bump_stuck)


async def watch_payouts(services: CustodyServices) -> None:
    """Alarms of payouts that are late, on all networks, with a node or without."""
    faults = Faults()
    for network in await services.assets.networks():
        with faults.of(network.key):
            await watch_states(services, network.key)
    faults.raise_any()


async def watch_confirmed_payouts(desks: Desks) -> None:
    """Alarms of payouts that were final and that a chain has undone."""
    await _each(desks, "watch confirmed", watch_confirmed)


async def _plan(desk: Desk, gate: Gate) -> None:
    if await gate.look() is not None:
        return
    faults = Faults()
    # What members ask for comes after what is under way: how long it takes depends on the code at their addresses, and
    # what is cut off with the job's time must not be what others wait for.
    steps = (
        ("nonces", pass_on_nonces),
        ("reserve", reserve_planned),
        ("gaps", fill_gaps),
        ("approve", request_signatures),
        ("plan", plan_withdrawals),
        ("approve", request_signatures),
    )
    for name, step in steps:
        with faults.of(name):
            await step(desk)
    faults.raise_any()


async def _each(desks: Desks, name: str, work: Callable[[Desk], Awaitable[object]]) -> None:
    faults = Faults()
    for desk in await desks.in_turn(name):
        with faults.of(desk.key):
            await work(desk)
    faults.raise_any()
