"""Add, change and remove restriction rows: the use cases behind the staff's restriction screen.

Invariant: every change is announced in its transaction; a blocklogin row that becomes enabled ends all sessions in that
same transaction. Limit: values are checked for their form, countries and continents against ISO codes.
"""

import ipaddress
from typing import Any, Final

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.access.continents import CONTINENTS, COUNTRIES
from pyxiu.identity.access.model import Category, Restriction, RestrictionScope, RestrictionState, default_code
from pyxiu.identity.access.store import AccessStore
from pyxiu.identity.changes import Change, announce
from pyxiu.identity.sessions.close_sessions import close_all_sessions

CODE_MIN: Final = 400
CODE_MAX: Final = 599
VALUE_LENGTH_MAX: Final = 64


class RestrictionDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What staff asks for; texts as they came. `code` None takes the default of category and scope."""

    category: str
    scope: str
    value: str
    state: str = RestrictionState.ENABLED.value
    code: int | None = None

    def problems(self) -> list[str]:
        """Wire codes of what is wrong with it."""
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


async def add_restriction(connection: AsyncConnection, draft: RestrictionDraft) -> Restriction | list[str]:
    """The new row, or wire codes."""
    if problems := draft.problems():
        return problems
    try:
        async with connection.begin_nested():
            added = await AccessStore(connection).add_restriction(draft.values())
    except IntegrityError:
        return ["value.taken"]
    await _changed(connection, None, added)
    return added


async def change_restriction(
    connection: AsyncConnection, restriction_id: int, draft: RestrictionDraft
) -> Restriction | list[str] | None:
    """The row as it is now, wire codes, or None when there is no such row."""
    if problems := draft.problems():
        return problems
    store = AccessStore(connection)
    before = await store.restriction(restriction_id)
    if before is None:
        return None
    try:
        async with connection.begin_nested():
            after = await store.change_restriction(restriction_id, draft.values())
    except IntegrityError:
        return ["value.taken"]
    if after is not None:
        await _changed(connection, before, after)
    return after


async def remove_restriction(connection: AsyncConnection, restriction_id: int) -> bool:
    """Whether there was such a row."""
    removed = await AccessStore(connection).remove_restriction(restriction_id)
    if removed:
        await announce(connection, Change.RESTRICTIONS)
    return removed


async def _changed(connection: AsyncConnection, before: Restriction | None, after: Restriction) -> None:
    if _blocks_logins(after) and not (before is not None and _blocks_logins(before)):
        await close_all_sessions(connection, reason="blocklogin")
    await announce(connection, Change.RESTRICTIONS)


def _blocks_logins(row: Restriction) -> bool:
    return row.category is Category.BLOCKLOGIN and row.state is RestrictionState.ENABLED
