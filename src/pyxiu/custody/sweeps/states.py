"""The life of a sweep: who moves it on from each state, how long it may stay, and what happens then.

    planned ◀─▶ paying ─▶ done
      │  ▲        └─────▶ failed
      ▼  │
    waiting_gas       planned, waiting_gas ─▶ failed | parked       parked ─▶ planned | failed

A sweep moves when a payout of it is final on the chain, never because a message has come. Invariant: TRANSITIONS is
what the table's trigger allows too (a test compares them), and every state that is not final has an owner, a time after
which an alarm is raised, and a way out (W-8). Limit: a payout that is parked is watched by itself; the sweep waits.
"""

from enum import StrEnum
from typing import Final

import msgspec


class SweepState(StrEnum):
    #: Worth moving; nothing has left.
    PLANNED = "planned"
    #: A token, or coins that need it: gas was sent to the address and is not final.
    WAITING_GAS = "waiting_gas"
    #: Its payouts are under way.
    PAYING = "paying"
    #: In the treasury's wallets.
    DONE = "done"
    #: Did not happen; the coins are where they were, and are planned again later.
    FAILED = "failed"
    #: Waits for a person.
    PARKED = "parked"


_S = SweepState
TRANSITIONS: Final[dict[SweepState, frozenset[SweepState]]] = {
    _S.PLANNED: frozenset({_S.WAITING_GAS, _S.PAYING, _S.FAILED, _S.PARKED}),
    _S.WAITING_GAS: frozenset({_S.PLANNED, _S.FAILED, _S.PARKED}),
    #: Back where gas has become dearer before anything was signed.
    _S.PAYING: frozenset({_S.DONE, _S.FAILED, _S.PLANNED}),
    _S.PARKED: frozenset({_S.PLANNED, _S.FAILED}),
    _S.DONE: frozenset(),
    _S.FAILED: frozenset(),
}
FINAL: Final = frozenset(state for state, after in TRANSITIONS.items() if not after)


class Watch(msgspec.Struct, frozen=True):
    """`owner` moves it on; after `limit_s` an alarm is raised, which says `exit`."""

    owner: str
    limit_s: int
    exit: str


WATCHES: Final[dict[SweepState, Watch]] = {
    _S.PLANNED: Watch("scheduler", 3_600, "see that the network's node answers, or `pyxiu wallet drop-sweep`"),
    _S.WAITING_GAS: Watch("scheduler", 14_400, "fund the fee wallet; `pyxiu payout explain` of its gas"),
    _S.PAYING: Watch("scheduler", 86_400, "`pyxiu payout explain` of its payouts"),
    _S.PARKED: Watch("staff", 0, "`pyxiu wallet retry-sweep` or `drop-sweep`"),
}


class IllegalStepError(Exception):
    """A bug: somebody asked for a step that is not in the table."""


def check_step(sweep_id: int, before: SweepState, after: SweepState) -> None:
    if after not in TRANSITIONS[before]:
        raise IllegalStepError(f"sweep {sweep_id}: no step from {before} to {after}")
