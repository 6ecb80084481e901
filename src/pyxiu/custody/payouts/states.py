"""The life of a payout: who moves it on from each state, how long it may stay, and what happens then.

Invariant: TRANSITIONS is what the table's trigger allows too (a test compares them), and every state that is not final
has an owner, a time after which an alarm is raised, and a way out for staff (W-8). Limit: whether a step may be taken
now is for its use case.
"""

from enum import StrEnum
from typing import Final

import msgspec


class PayoutState(StrEnum):
    #: Decided; nothing is held for it yet.
    PLANNED = "planned"
    #: Coins or a nonce are held and the payload waits for the signer.
    RESERVED = "reserved"
    #: Signed bytes are stored; from now on it may be on the chain.
    SIGNED = "signed"
    #: A node has taken it.
    BROADCAST = "broadcast"
    CONFIRMED = "confirmed"
    #: It is certain that it is not and will never be paid by this group.
    FAILED = "failed"
    #: Waits for a person.
    PARKED = "parked"


FINAL: Final = frozenset({PayoutState.CONFIRMED, PayoutState.FAILED})

TRANSITIONS: Final[dict[PayoutState, frozenset[PayoutState]]] = {
    PayoutState.PLANNED: frozenset({PayoutState.RESERVED, PayoutState.FAILED, PayoutState.PARKED}),
    PayoutState.RESERVED: frozenset({PayoutState.SIGNED, PayoutState.FAILED, PayoutState.PARKED}),
    PayoutState.SIGNED: frozenset(
        {PayoutState.BROADCAST, PayoutState.CONFIRMED, PayoutState.FAILED, PayoutState.PARKED}
    ),
    PayoutState.BROADCAST: frozenset({PayoutState.CONFIRMED, PayoutState.FAILED, PayoutState.PARKED}),
    PayoutState.PARKED: frozenset(PayoutState) - {PayoutState.PARKED},
    PayoutState.CONFIRMED: frozenset(),
    PayoutState.FAILED: frozenset(),
}


class Watch(msgspec.Struct, frozen=True):
    """`owner` moves it on; after `limit_s` an alarm is raised, which says `exit`."""

    owner: str
    limit_s: int
    exit: str


WATCHES: Final[dict[PayoutState, Watch]] = {
    PayoutState.PLANNED: Watch("scheduler", 3_600, "fund the source, or `pyxiu payout park`"),
    PayoutState.RESERVED: Watch("signer", 600, "start the signer, see `pyxiu signer log` for what it refuses"),
    PayoutState.SIGNED: Watch("signer", 900, "check the signer's node; the same bytes are sent again by themselves"),
    PayoutState.BROADCAST: Watch("scheduler", 7_200, "`pyxiu payout bump`, or wait for blocks"),
    PayoutState.PARKED: Watch("staff", 0, "`pyxiu payout explain`, then `resume`, `bump` or `fail`"),
}


def may_move(before: PayoutState, after: PayoutState) -> bool:
    return after in TRANSITIONS[before]
