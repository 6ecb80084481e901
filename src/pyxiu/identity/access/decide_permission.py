"""Whether a role may call a path: the rule table, compiled.

Invariant: nothing is allowed that no ACCEPT row covers; one DROP row beats all ACCEPT rows, in whatever order they
stand; a row covers its own path and what lies below it, so `…/user` does not cover `…/users`. Limit: roles and paths
only; whose order or document it is, the endpoint itself decides.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

from pyxiu.identity.access.model import Action, Permission

GENERAL_TOPIC: Final = "general"
_ADMIN: Final = "/admin/"


class Verdict(NamedTuple):
    """`topic` is set where an AUDIT row asks for a trace of the call."""

    allowed: bool
    topic: str | None = None


class _Rules:
    """The rows of one role and verb; prefixes end with a slash, so that they end where a segment does."""

    __slots__ = ("accepted", "audited", "dropped")

    def __init__(self) -> None:
        self.accepted: tuple[str, ...] = ()
        self.dropped: tuple[str, ...] = ()
        self.audited: tuple[tuple[str, str | None], ...] = ()


class Policy:
    """All rows, ready to be asked; made anew when the table changes."""

    def __init__(self, permissions: Iterable[Permission]) -> None:
        self._all: dict[str, _Rules] = defaultdict(_Rules)
        self._by_verb: dict[tuple[str, str], _Rules] = defaultdict(_Rules)
        rows = list(permissions)
        verbs = {row.verb for row in rows} | {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"}
        for row in rows:
            for verb in verbs if row.verb == "ALL" else (row.verb,):
                _add(self._by_verb[row.role, verb], row)

    def decide(self, role: str, verb: str, path: str) -> Verdict:
        """`path` as requested, from the root: `/api/v2/peatio/market/orders`."""
        rules = self._by_verb.get((role, verb))
        if rules is None:
            return _REFUSED
        below = path + "/"
        if not below.startswith(rules.accepted) or below.startswith(rules.dropped):
            return _REFUSED
        if not rules.audited:
            return _ALLOWED
        for prefix, topic in rules.audited:
            if below.startswith(prefix):
                return Verdict(True, topic or _topic_of(path))
        return _ALLOWED

    def roles(self) -> frozenset[str]:
        """The roles that the table knows."""
        return frozenset(role for role, _ in self._by_verb)


_REFUSED: Final = Verdict(False)
_ALLOWED: Final = Verdict(True)


def _add(rules: _Rules, row: Permission) -> None:
    prefix = f"/{row.path.strip('/')}/"
    if row.action is Action.ACCEPT:
        rules.accepted += (prefix,)
    elif row.action is Action.DROP:
        rules.dropped += (prefix,)
    else:
        rules.audited += ((prefix, row.topic),)


def _topic_of(path: str) -> str:
    _, found, rest = path.partition(_ADMIN)
    return rest.partition("/")[0] if found and rest else GENERAL_TOPIC
