"""/account/withdraw_settings: a member's allow-list.

Invariant: changed by a second factor only. Limit: no API key changes it.
"""

from typing import Annotated, Any, Final

import msgspec

from pyxiu.api import errors
from pyxiu.api.account.proving import (
    PROOF_FIELDS,
    CallProver,
    ProvedBody,
    member_of,
    otp_codes,
    otp_findings,
    proof_error,
)
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.errors import ApiError
from pyxiu.custody.withdrawals.allow_list import AllowList, change_allow_list, read_allow_list
from pyxiu.custody.withdrawals.ports import Proved

PREFIX: Final = "account.withdraw_settings"
_FLAGS: Final = {"true": True, "false": False}


class SettingsBody(ProvedBody):
    allow_list: Any = None


class WithdrawSettings(msgspec.Struct, frozen=True):
    allow_list: Annotated[
        bool,
        msgspec.Meta(
            description="New addresses need a second factor beside their PIN, and wait a day before they can be used."
        ),
    ]


@endpoint("GET", "/account/withdraw_settings", tag="Account", private=True, returns=WithdrawSettings)
async def show_settings(call: Call[NoQuery]) -> Reply:
    """How your withdrawals are guarded."""
    return Reply(_entity(await read_allow_list(call.custody, call.uid)))


@endpoint(
    "PUT",
    "/account/withdraw_settings",
    tag="Account",
    private=True,
    body=SettingsBody,
    body_schema={
        "type": "object",
        "properties": {"allow_list": {"type": "boolean"}, **PROOF_FIELDS},
        "required": ["allow_list"],
        "examples": [{"allow_list": True, "otp": "012345"}],
    },
    returns=WithdrawSettings,
    errors={
        422: (f"{PREFIX}.invalid_allow_list", *otp_codes(PREFIX)),
        429: (errors.TOO_MANY_REQUESTS.code,),
    },
)
async def change_settings(call: Call[NoQuery]) -> Reply:
    """Turn your allow-list on or off. After it was turned off withdrawals wait, as after every change that lowers your
    account's security.
    """
    wanted = call.body.allow_list
    enabled = wanted if isinstance(wanted, bool) else _FLAGS.get(wanted) if isinstance(wanted, str) else None
    findings = otp_findings(call.body, PREFIX)
    if enabled is None:
        findings.insert(0, f"{PREFIX}.invalid_allow_list")
    if findings or enabled is None:
        raise ApiError(422, tuple(findings))
    prover = CallProver(call, "withdraw_settings")
    changed = await change_allow_list(call.custody, await member_of(call), prover, enabled=enabled)
    if isinstance(changed, Proved):
        raise proof_error(changed, PREFIX)
    return Reply(_entity(changed))


def _entity(allow_list: AllowList) -> WithdrawSettings:
    return WithdrawSettings(allow_list=allow_list.enabled)


ENDPOINTS: Final = (show_settings, change_settings)
