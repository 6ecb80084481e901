"""Add, change and remove a rule: a permission or a restriction, as its kind says.

    added = await add_rule(connection, PERMISSIONS, PermissionDraft(role="trader", verb="get", …))

Invariant: every change is announced in its transaction, so all processes decide by it within a second. Limit: who may
do this is decided by the permissions themselves and by the staff's abilities.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.access.rule_kind import R, RuleDraft, RuleKind
from pyxiu.identity.access.store import AccessStore


async def add_rule(connection: AsyncConnection, kind: RuleKind[R], draft: RuleDraft) -> R | list[str]:
    """The new row, or wire codes."""
    if problems := draft.problems():
        return problems
    try:
        async with connection.begin_nested():
            added = await AccessStore(connection).add_rule(kind.model, draft.values())
    except IntegrityError:
        return [kind.taken]
    await kind.tell(connection, None, added)
    return added


async def change_rule(
    connection: AsyncConnection, kind: RuleKind[R], before: R, changes: Mapping[str, Any]
) -> R | list[str] | None:
    """The row as it is now, wire codes, or None when it is gone. `changes`: the columns to change."""
    kept = {name: getattr(before, name) for name in kind.draft.__struct_fields__}
    draft = kind.draft(**{**kept, **changes})
    if problems := draft.problems():
        return problems
    try:
        async with connection.begin_nested():
            after = await AccessStore(connection).change_rule(kind.model, before.id, draft.values())
    except IntegrityError:
        return [kind.taken]
    if after is not None:
        await kind.tell(connection, before, after)
    return after


async def remove_rule(connection: AsyncConnection, kind: RuleKind[R], rule_id: int) -> R | None:
    """The row that is no more; None when there was none."""
    removed = await AccessStore(connection).remove_rule(kind.model, rule_id)
    if removed is not None:
        await kind.tell(connection, removed, None)
    return removed
