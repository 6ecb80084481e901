"""The states of a withdrawal and the steps between them: the one table, which a trigger of migration 0016 repeats.

    requested ─▶ held ─▶ approved ─▶ paying ─▶ confirmed
        │         ├─▶ canceled │      ├─▶ failed
        ▼         └─▶ rejected ◀─┘    └─▶ parked ─▶ paying | failed
     canceled

Invariant: a test compares this table with the trigger. Each state that is not final has an owner and a time after which
an alarm is raised (`STATE_LIMITS_S`), and a legal way out. Limit: what moves funds on the way is in `deliver.py`.
"""

from enum import StrEnum
from typing import Final

_HOUR_S: Final = 3600


class WithdrawalState(StrEnum):
    #: A row that says what will be held; the engine has not answered yet.
    REQUESTED = "requested"
    #: The funds are held; staff decides, where the rules did not.
    HELD = "held"
    #: May be paid.
    APPROVED = "approved"
    #: A payout has it (of fiat: the bank).
    PAYING = "paying"
    #: The payout cannot go on by itself; staff decides.
    PARKED = "parked"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    CANCELED = "canceled"
    REJECTED = "rejected"


_S = WithdrawalState
TRANSITIONS: Final[dict[WithdrawalState, frozenset[WithdrawalState]]] = {
    _S.REQUESTED: frozenset({_S.HELD, _S.CANCELED}),
    _S.HELD: frozenset({_S.APPROVED, _S.CANCELED, _S.REJECTED}),
    _S.APPROVED: frozenset({_S.PAYING, _S.REJECTED}),
    _S.PAYING: frozenset({_S.CONFIRMED, _S.FAILED, _S.PARKED}),
    _S.PARKED: frozenset({_S.PAYING, _S.FAILED}),
    _S.CONFIRMED: frozenset(),
    _S.FAILED: frozenset(),
    _S.CANCELED: frozenset(),
    _S.REJECTED: frozenset(),
}
FINAL: Final = frozenset(state for state, after in TRANSITIONS.items() if not after)
#: Ended without paying: whatever was held goes back.
GIVEN_BACK: Final = frozenset({_S.FAILED, _S.CANCELED, _S.REJECTED})

#: How long a withdrawal may stay in a state before it is an alarm.
STATE_LIMITS_S: Final[dict[WithdrawalState, int]] = {
    _S.REQUESTED: 60,
    _S.HELD: 24 * _HOUR_S,
    _S.APPROVED: 1 * _HOUR_S,
    _S.PAYING: 24 * _HOUR_S,
    _S.PARKED: 4 * _HOUR_S,
}


class IllegalStepError(Exception):
    """A bug: somebody asked for a step that is not in the table."""


def check_step(tid: str, before: WithdrawalState, after: WithdrawalState) -> None:
    if after not in TRANSITIONS[before]:
        raise IllegalStepError(f"{tid}: no step from {before} to {after}")
