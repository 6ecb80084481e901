"""How staff adds, changes and removes a rule over HTTP, whichever kind it is.

Invariant: what is not given stays. Limit: which fields there are, and what they are called, each kind declares itself.
"""

from collections.abc import Callable
from typing import Any

from pyxiu.api.admin.refusals import refused
from pyxiu.api.admin.staff_endpoint import StaffCall
from pyxiu.api.endpoint import Reply
from pyxiu.identity.access.rule_kind import R, RuleKind
from pyxiu.identity.staff.change_rules import add_rule, change_rule, remove_rule
from pyxiu.identity.staff.model import InvalidRow, Refusal


async def post_rule(call: StaffCall[Any], kind: RuleKind[R], entity: Callable[[R], object]) -> Reply:
    draft = kind.draft(**_given(call, kind))
    return _shown(await add_rule(call.services, call.act, kind, draft), entity)


async def put_rule(call: StaffCall[Any], kind: RuleKind[R], entity: Callable[[R], object]) -> Reply:
    return _shown(await change_rule(call.services, call.act, kind, call.given.id, _given(call, kind)), entity)


async def delete_rule(call: StaffCall[Any], kind: RuleKind[R]) -> Reply:
    refusal = await remove_rule(call.services, call.act, kind, call.given.id)
    if refusal is not None:
        raise refused(refusal)
    return Reply(None)


def _given(call: StaffCall[Any], kind: RuleKind[R]) -> dict[str, Any]:
    given = {name: getattr(call.given, name) for name in kind.draft.__struct_fields__}
    return {name: value for name, value in given.items() if value is not None}


def _shown(row: R | InvalidRow | Refusal, entity: Callable[[R], object]) -> Reply:
    if isinstance(row, (InvalidRow, Refusal)):
        raise refused(row)
    return Reply(entity(row))
