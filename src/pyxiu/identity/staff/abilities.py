"""Which role may read or manage what: the second table beside permissions by path, on kinds of things.

Invariant: whoever is not in the table may do nothing; managing includes reading. Limit: it says what kind of thing a
role works on; whom of the others it may touch is in `may_change.py`.
"""

from enum import StrEnum
from typing import Final, NamedTuple


class Verb(StrEnum):
    READ = "read"
    MANAGE = "manage"


class Kind(StrEnum):
    """As the wire has them."""

    ABILITY = "Ability"
    USER = "User"
    LEVEL = "Level"
    LABEL = "Label"
    PROFILE = "Profile"
    ACTIVITY = "Activity"
    API_KEY = "APIKey"
    PERMISSION = "Permission"
    RESTRICTION = "Restriction"
    DOCUMENT = "Document"


class Need(NamedTuple):
    """What an action asks of a role."""

    verb: Verb
    kind: Kind


class Abilities(NamedTuple):
    manage: tuple[Kind, ...] = ()
    read: tuple[Kind, ...] = ()


SUPERADMIN: Final = "superadmin"
ADMIN: Final = "admin"
NONE: Final = Abilities()
_K = Kind

ABILITIES: Final[dict[str, Abilities]] = {
    SUPERADMIN: Abilities(manage=tuple(Kind)),
    ADMIN: Abilities(
        manage=(_K.ABILITY, _K.USER, _K.LEVEL, _K.LABEL, _K.PROFILE, _K.API_KEY, _K.RESTRICTION, _K.DOCUMENT),
        read=(_K.ACTIVITY, _K.PERMISSION),
    ),
    "technical": Abilities(
        manage=(_K.API_KEY, _K.RESTRICTION),
        read=(_K.ABILITY, _K.USER, _K.LEVEL, _K.LABEL, _K.PROFILE, _K.ACTIVITY),
    ),
    "accountant": Abilities(read=(_K.ABILITY, _K.USER, _K.LEVEL, _K.LABEL, _K.PROFILE, _K.ACTIVITY)),
    "compliance": Abilities(
        manage=(_K.USER, _K.LEVEL, _K.LABEL, _K.PROFILE),
        read=(_K.ABILITY, _K.DOCUMENT),
    ),
    "support": Abilities(manage=(_K.USER,), read=(_K.ABILITY, _K.LABEL, _K.LEVEL, _K.PROFILE, _K.ACTIVITY)),
}

#: All roles that an exchange starts with; the rules of `permissions` may name more.
STAFF_ROLES: Final = frozenset(ABILITIES)
_RANKS: Final = {SUPERADMIN: 3, ADMIN: 2}


def abilities_of(role: str) -> Abilities:
    return ABILITIES.get(role, NONE)


def can(role: str, need: Need) -> bool:
    """Whether a role may do it."""
    abilities = abilities_of(role)
    return need.kind in abilities.manage or (need.verb is Verb.READ and need.kind in abilities.read)


def rank_of(role: str) -> int:
    """Staff changes only users of a lower rank; a superadmin changes everybody."""
    return _RANKS.get(role, 1 if role in STAFF_ROLES else 0)
