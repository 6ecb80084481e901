"""Level and state of a user, from private labels and from what staff has decided: the state machine of accounts.

    base      what staff has decided; else `active` once the activation labels are there; else `pending`
    triggers  private labels ban, fraud > banned; delete > deleted; suspicious, lock > locked
    state     the gravest of base and triggers:  pending, active  <  locked  <  banned  <  deleted

Invariant: pure; a label can make a state graver and never lifts what staff has decided, nor does staff's decision lift
what a label says: whoever wants that removes the label. Limit: public labels, which users write, count for nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from pyxiu.identity.labels.model import Label, LabelScope, Level
from pyxiu.identity.model import UserState

TRIGGERS: Final = {
    "ban": UserState.BANNED,
    "fraud": UserState.BANNED,
    "delete": UserState.DELETED,
    "suspicious": UserState.LOCKED,
    "lock": UserState.LOCKED,
}
_GRAVITY: Final = {
    UserState.PENDING: 0,
    UserState.ACTIVE: 0,
    UserState.LOCKED: 1,
    UserState.BANNED: 2,
    UserState.DELETED: 3,
}


class Standing(NamedTuple):
    level: int
    state: UserState


def decide_standing(
    labels: Iterable[Label],
    levels: Iterable[Level],
    activation: Mapping[str, str],
    staff_state: UserState | None,
) -> Standing:
    """`activation`: the private labels that make a pending user active."""
    private = {label.key: label.value for label in labels if label.scope is LabelScope.PRIVATE}
    return Standing(_level(private, levels), _state(private, activation, staff_state))


def _level(private: Mapping[str, str], levels: Iterable[Level]) -> int:
    reached = 0
    for level in sorted(levels, key=lambda level: level.id):
        if private.get(level.key) != level.value:
            break
        reached = level.id
    return reached


def _state(private: Mapping[str, str], activation: Mapping[str, str], staff_state: UserState | None) -> UserState:
    activated = all(private.get(key) == value for key, value in activation.items())
    base = staff_state or (UserState.ACTIVE if activated else UserState.PENDING)
    triggered = [state for key, state in TRIGGERS.items() if key in private]
    # `max` keeps the first of equals: without a graver label the base it is.
    return max([base, *triggered], key=lambda state: _GRAVITY[state])
