"""Actions of the account that can be approved, or asked for with a passkey, before they are requested.

    {"kind": "withdrawal.create", "fields": {"beneficiary_id": 1, "currency": "ltc", "amount": "1.5",
                                             "client_withdrawal_id": "rent-2026-11"}}

Invariant: fields are read as the request of the action itself reads them, so the hash here is the hash there; what the
request would be refused for is refused here. Limit: the ids of withdrawals and transfers come from the client's own
ids, so these must be given.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from pyxiu.api.account.beneficiary_body import id_of
from pyxiu.api.account.internal_transfers import transfer_refusal_of
from pyxiu.api.account.proving import member_of
from pyxiu.api.account.withdraw_body import transfer_order, withdrawal_order
from pyxiu.api.account.withdraws import refusal_of
from pyxiu.api.body import text_of
from pyxiu.api.endpoint import Call
from pyxiu.api.errors import WireError, refuse
from pyxiu.custody.beneficiaries.activate_beneficiary import activation_hash
from pyxiu.custody.transfers.transfer_funds import transfer_action
from pyxiu.custody.withdrawals.allow_list import allow_list_hash
from pyxiu.custody.withdrawals.refusals import Refused
from pyxiu.custody.withdrawals.request_withdrawal import withdrawal_action

_INVALID_FIELDS: Final = WireError(422, "resource.factors.invalid_fields")
Fields = Mapping[str, Any]


async def _withdrawal(call: Call[Any], fields: Fields) -> str:
    order = await withdrawal_order(call, fields, [])
    if order.client_id is None:
        raise refuse(_INVALID_FIELDS)
    action = await withdrawal_action(call.custody, await member_of(call), order)
    if isinstance(action, Refused):
        raise refusal_of(action)
    return action


async def _transfer(call: Call[Any], fields: Fields) -> str:
    order = await transfer_order(call, fields, [])
    if order.client_id is None:
        raise refuse(_INVALID_FIELDS)
    action = await transfer_action(call.custody, await member_of(call), order)
    if isinstance(action, Refused):
        raise transfer_refusal_of(action)
    return action


async def _allow_list(call: Call[Any], fields: Fields) -> str:  # noqa: ARG001 - all have one form
    if not isinstance(fields.get("allow_list"), bool):
        raise refuse(_INVALID_FIELDS)
    return allow_list_hash(enabled=bool(fields["allow_list"]))


async def _activation(call: Call[Any], fields: Fields) -> str:  # noqa: ARG001 - all have one form
    return activation_hash(id_of(text_of(fields.get("id")) or ""))


#: Every kind, and how its hash is made.
ACCOUNT_ACTIONS: Final[dict[str, Callable[[Call[Any], Fields], Awaitable[str]]]] = {
    "withdrawal.create": _withdrawal,
    "internal_transfer.create": _transfer,
    "withdrawal.allow_list": _allow_list,
    "beneficiary.activate": _activation,
}
