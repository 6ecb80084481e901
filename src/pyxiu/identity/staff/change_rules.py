"""Permissions and restrictions as staff changes them, with their entries in the trail.

Invariant: the row as it was and as it is are both kept. Limit: what a valid row is, is known in `identity/access`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from pyxiu.identity.access import change_rules
from pyxiu.identity.access.rule_kind import R, RuleDraft, RuleKind
from pyxiu.identity.access.store import AccessStore
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.staff.model import Act, InvalidRow, Refusal
from pyxiu.identity.staff.note import CREATE, DELETE, UPDATE, note


async def add_rule(services: IdentityServices, act: Act, kind: RuleKind[R], draft: RuleDraft) -> R | InvalidRow:
    async with services.database.begin() as connection:
        added = await change_rules.add_rule(connection, kind, draft)
        if isinstance(added, list):
            return InvalidRow(tuple(added))
        await note(connection, act, topic=kind.topic, action=CREATE, after=_shown(added))
    return added


async def change_rule(
    services: IdentityServices, act: Act, kind: RuleKind[R], rule_id: int, changes: Mapping[str, Any]
) -> R | InvalidRow | Refusal:
    """`changes`: the columns to change."""
    async with services.database.begin() as connection:
        before = await AccessStore(connection).rule(kind.model, rule_id)
        if before is None:
            return Refusal.ROW_UNKNOWN
        after = await change_rules.change_rule(connection, kind, before, changes)
        if isinstance(after, list):
            return InvalidRow(tuple(after))
        if after is None:
            return Refusal.ROW_UNKNOWN
        await note(connection, act, topic=kind.topic, action=UPDATE, before=_shown(before), after=_shown(after))
    return after


async def remove_rule(services: IdentityServices, act: Act, kind: RuleKind[R], rule_id: int) -> Refusal | None:
    async with services.database.begin() as connection:
        removed = await change_rules.remove_rule(connection, kind, rule_id)
        if removed is None:
            return Refusal.ROW_UNKNOWN
        await note(connection, act, topic=kind.topic, action=DELETE, before=_shown(removed))
    return None


def _shown(row: R) -> dict[str, Any]:
    columns = msgspec.to_builtins(row)
    return {name: columns[name] for name in columns if name not in {"created_at", "updated_at"}}
