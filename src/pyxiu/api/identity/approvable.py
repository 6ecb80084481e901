"""Actions that can be approved before they are asked for: from a kind and its fields to the hash that is approved.

    {"kind": "api_key.delete", "fields": {"kid": "0123456789abcdef"}}

Invariant: fields are read as the request of the action itself reads them, so the hash here is the hash there, however
they were typed. Limit: an action that is not in the table is approved by the code in its own request.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from pyxiu.api.account.approvable import ACCOUNT_ACTIONS
from pyxiu.api.body import text_of
from pyxiu.api.endpoint import Call
from pyxiu.api.errors import ApiError, WireError, refuse
from pyxiu.api.identity.key_fields import change_of, spec_of
from pyxiu.api.ids import row_id
from pyxiu.identity.accounts import delete_account
from pyxiu.identity.api_keys.actions import create_action, delete_action, update_action
from pyxiu.identity.external import link_identity
from pyxiu.identity.factors import delete_passkey, disable_totp, enable_totp, register_passkey, renew_recovery_codes
from pyxiu.identity.factors.actions import action_hash
from pyxiu.identity.factors.model import Caller
from pyxiu.identity.services import IdentityServices
from pyxiu.kit.clock import now_of

UNKNOWN_KIND: Final = WireError(422, "resource.factors.unknown_action")
INVALID_FIELDS: Final = WireError(422, "resource.factors.invalid_fields")
_TEXT_LENGTH_MAX: Final = 64


class ActionBody(msgspec.Struct):
    kind: Any = None
    fields: Any = None
    otp_code: Any = None
    recovery_code: Any = None
    assertion: Any = None


class _Asked(msgspec.Struct, frozen=True):
    fields: Mapping[str, Any]
    caller: Caller
    services: IdentityServices

    @property
    def holder(self) -> str:
        return text_of(self.fields.get("service_account_uid")) or self.caller.user.uid

    @property
    def kid(self) -> str:
        kid = text_of(self.fields.get("kid"))
        if not kid or len(kid) > _TEXT_LENGTH_MAX:
            raise refuse(INVALID_FIELDS)
        return kid


def _id_token(asked: _Asked) -> str:
    text = text_of(asked.fields.get("id_token"))
    if not text:
        raise refuse(INVALID_FIELDS)
    return text


def _passkey_id(asked: _Asked) -> int:
    number = row_id(text_of(asked.fields.get("id")))
    if number is None:
        raise refuse(INVALID_FIELDS)
    return number


#: Every kind, and how its hash is made.
ACTIONS: Final[dict[str, Callable[[_Asked], str]]] = {
    enable_totp.ACTION: lambda _: action_hash(enable_totp.ACTION),
    disable_totp.ACTION: lambda _: action_hash(disable_totp.ACTION),
    renew_recovery_codes.ACTION: lambda _: action_hash(renew_recovery_codes.ACTION),
    register_passkey.ACTION: lambda _: action_hash(register_passkey.ACTION),
    delete_passkey.ACTION: lambda asked: action_hash(delete_passkey.ACTION, id=_passkey_id(asked)),
    link_identity.ACTION: lambda asked: link_identity.link_action(_id_token(asked)),
    delete_account.ACTION: lambda _: action_hash(delete_account.ACTION),
    "api_key.create": lambda asked: create_action(asked.holder, spec_of(asked.fields, now_of(asked.services.clock))),
    "api_key.update": lambda asked: update_action(
        asked.holder, asked.kid, change_of(asked.fields, now_of(asked.services.clock))
    ),
    "api_key.delete": lambda asked: delete_action(asked.holder, asked.kid),
}
ACTION_PROPERTIES: Final[dict[str, Any]] = {
    "kind": {"enum": sorted([*ACTIONS, *ACCOUNT_ACTIONS]), "description": "What is to be done."},
    "fields": {"type": "object", "description": "What the request of the action will say, but for the factor."},
}


async def action_of(call: Call[Any], caller: Caller) -> str:
    """The hash of the action that the call's body names. Raises ApiError 422."""
    body: ActionBody = call.body
    kind = text_of(body.kind) or ""
    if kind not in ACTIONS and kind not in ACCOUNT_ACTIONS:
        raise refuse(UNKNOWN_KIND)
    if body.fields is not None and not isinstance(body.fields, dict):
        raise ApiError(422, (INVALID_FIELDS.code,))
    if kind in ACCOUNT_ACTIONS:
        return await ACCOUNT_ACTIONS[kind](call, body.fields or {})
    return ACTIONS[kind](_Asked(body.fields or {}, caller, call.identity))
