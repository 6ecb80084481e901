"""/admin/permissions: the table of who may call what. Superadmins change it."""

from typing import Annotated, Final

from pyxiu.api.admin.entities import PermissionEntity, permission_entity
from pyxiu.api.admin.fields import Fields, Word
from pyxiu.api.admin.refusals import error_codes
from pyxiu.api.admin.rules import delete_rule, post_rule, put_rule
from pyxiu.api.admin.staff_endpoint import StaffCall, manage, read, staff_endpoint
from pyxiu.api.endpoint import Reply, paginated
from pyxiu.api.pagination import Paged, paged
from pyxiu.api.params import Integer, Text
from pyxiu.identity.access.model import Permission
from pyxiu.identity.access.permissions import PERMISSIONS
from pyxiu.identity.access.store import AccessStore
from pyxiu.identity.staff.abilities import Kind
from pyxiu.identity.staff.model import Refusal

ID_MAX: Final = (1 << 63) - 1
Id = Annotated[int, Integer(1, ID_MAX, "admin.permission.non_integer_id", "admin.permission.invalid_id", "Which row.")]
_ROLE: Final = Word("admin.permission.empty_role", "admin.permission.role_doesnt_exist", "Whose calls.", 64)
_VERB: Final = Word("admin.permission.empty_verb", "admin.permissions.invalid_verb", "A method, or ALL.", 16)
_PATH: Final = Word("admin.permission.empty_path", "admin.permissions.invalid_path", "This path and all below it.")
_ACTION: Final = Word(
    "admin.permission.empty_action", "admin.permissions.invalid_action", "ACCEPT, DROP (which wins) or AUDIT.", 16
)
_TOPIC: Final = Text("admin.permissions.invalid_topic", "What an audited call is filed under.")
_INVALID: Final = (
    "admin.permission.role_doesnt_exist",
    "admin.permissions.invalid_verb",
    "admin.permissions.invalid_action",
    "admin.permissions.invalid_path",
    "role.taken",
)


class AddFields(Fields, frozen=True, kw_only=True):
    role: Annotated[str, _ROLE]
    verb: Annotated[str, _VERB]
    path: Annotated[str, _PATH]
    action: Annotated[str, _ACTION]
    topic: Annotated[str | None, _TOPIC] = None


class ChangeFields(Fields, frozen=True, kw_only=True):
    id: Id
    role: Annotated[str | None, _ROLE] = None
    verb: Annotated[str | None, _VERB] = None
    path: Annotated[str | None, _PATH] = None
    action: Annotated[str | None, _ACTION] = None
    topic: Annotated[str | None, _TOPIC] = None


class RemoveFields(Fields, frozen=True, kw_only=True):
    id: Id


@staff_endpoint(
    "GET",
    "/admin/permissions",
    needs=read(Kind.PERMISSION),
    fields=Paged,
    noun="permission",
    returns=list[PermissionEntity],
    headers=paginated(),
)
async def list_permissions(call: StaffCall[Paged]) -> Reply:
    """All rules. A DROP beats every ACCEPT, whatever their order."""
    async with call.services.database.connect() as connection:
        rows = await AccessStore(connection).rules(Permission)
    return paged(rows, call.given, permission_entity)


@staff_endpoint(
    "POST",
    "/admin/permissions",
    needs=manage(Kind.PERMISSION),
    fields=AddFields,
    noun="permission",
    returns=PermissionEntity,
    errors={422: _INVALID},
)
async def post_permission(call: StaffCall[AddFields]) -> Reply:
    """Add a rule; it counts in every process within a second."""
    return await post_rule(call, PERMISSIONS, permission_entity)


@staff_endpoint(
    "PUT",
    "/admin/permissions",
    needs=manage(Kind.PERMISSION),
    fields=ChangeFields,
    noun="permission",
    returns=PermissionEntity,
    errors={**error_codes(Refusal.ROW_UNKNOWN), 422: _INVALID},
)
async def put_permission(call: StaffCall[ChangeFields]) -> Reply:
    """Change a rule; what is not given stays."""
    return await put_rule(call, PERMISSIONS, permission_entity)


@staff_endpoint(
    "DELETE",
    "/admin/permissions",
    needs=manage(Kind.PERMISSION),
    fields=RemoveFields,
    noun="permission",
    returns=None,
    errors=error_codes(Refusal.ROW_UNKNOWN),
)
async def delete_permission(call: StaffCall[RemoveFields]) -> Reply:
    """Remove a rule."""
    return await delete_rule(call, PERMISSIONS)


ENDPOINTS: Final = (list_permissions, post_permission, put_permission, delete_permission)
