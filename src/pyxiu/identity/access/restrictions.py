"""Restrictions as staff keeps them: which row is valid, and what a change does at once.

Invariant: a blocklogin row that becomes enabled ends all sessions in that same transaction. Limit: values are checked
for their form, countries and continents against ISO codes.
"""

import ipaddress
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.access.continents import CONTINENTS, COUNTRIES
from pyxiu.identity.access.model import Category, Restriction, RestrictionScope, RestrictionState, default_code
from pyxiu.identity.access.rule_kind import RuleDraft, RuleKind
from pyxiu.identity.changes import Change, announce
from pyxiu.identity.sessions.close_sessions import close_all_sessions

CODE_MIN: Final = 400
CODE_MAX: Final = 599
VALUE_LENGTH_MAX: Final = 64


class RestrictionDraft(RuleDraft, frozen=True, kw_only=True):
    """`code` None takes the default of category and scope."""

    category: str
    scope: str
    value: str
    state: str = RestrictionState.ENABLED.value
    code: int | None = None

    def problems(self) -> list[str]:
        found = []
        if self.category not in list(Category):
            found.append("admin.restriction.invalid_category")
        if self.scope not in list(RestrictionScope):
            found.append("admin.restriction.invalid_scope")
        elif normal_value(RestrictionScope(self.scope), self.value) is None:
            found.append("admin.restriction.invalid_value")
        if self.state not in list(RestrictionState):
            found.append("admin.restriction.invalid_state")
        if self.code is not None and not CODE_MIN <= self.code <= CODE_MAX:
            found.append("admin.restriction.invalid_code")
        return found

    def values(self) -> dict[str, Any]:
        category, scope = Category(self.category), RestrictionScope(self.scope)
        return {
            "category": category.value,
            "scope": scope.value,
            "value": normal_value(scope, self.value),
            "state": self.state,
            "code": default_code(category, scope) if self.code is None else self.code,
        }


def normal_value(scope: RestrictionScope, value: str) -> str | None:
    """The value in the one form in which it is kept, or None if the scope has no such value."""
    text = value.strip().lower()
    if len(text) > VALUE_LENGTH_MAX:
        return None
    try:
        match scope:
            case RestrictionScope.ALL:
                return "all"
            case RestrictionScope.IP:
                return str(ipaddress.ip_address(text))
            case RestrictionScope.IP_SUBNET:
                return str(ipaddress.ip_network(text, strict=False))
            case RestrictionScope.CONTINENT:
                return text if text in CONTINENTS else None
            case RestrictionScope.COUNTRY:
                return text if text in COUNTRIES else None
    except ValueError:
        return None


async def _tell(connection: AsyncConnection, before: Restriction | None, after: Restriction | None) -> None:
    if _blocks_logins(after) and not _blocks_logins(before):
        await close_all_sessions(connection, reason="blocklogin")
    await announce(connection, Change.RESTRICTIONS)


def _blocks_logins(row: Restriction | None) -> bool:
    return row is not None and row.category is Category.BLOCKLOGIN and row.state is RestrictionState.ENABLED


RESTRICTIONS: Final = RuleKind(Restriction, RestrictionDraft, "restrictions", taken="value.taken", tell=_tell)
