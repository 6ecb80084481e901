"""/resource/passkeys, /resource/factors and the log-in with a passkey."""

from typing import Any, Final

import msgspec

from pyxiu.api.body import text_of
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.errors import NOT_FOUND, WireError, refuse
from pyxiu.api.identity.approvable import ACTION_PROPERTIES, INVALID_FIELDS, UNKNOWN_KIND, ActionBody, action_of
from pyxiu.api.identity.caller import caller_of, refusal_of
from pyxiu.api.identity.key_fields import SPEC_CODES
from pyxiu.api.identity.proofs import PROOF_PROPERTIES, proof_of
from pyxiu.api.wire.texts import Time, iso8601_of
from pyxiu.identity.factors.approve_action import approve_action
from pyxiu.identity.factors.ask_passkey import ask_for_proof, ask_for_registration
from pyxiu.identity.factors.delete_passkey import delete_passkey
from pyxiu.identity.factors.list_factors import list_factors
from pyxiu.identity.factors.model import FactorProof, Passkey, Refusal, Refused
from pyxiu.identity.factors.register_passkey import register_passkey
from pyxiu.identity.factors.rename_passkey import rename_passkey

LABEL_LENGTH_MAX: Final = 64
DEFAULT_LABEL: Final = "Passkey"
MISSING_CREDENTIAL: Final = WireError(422, "resource.passkey.missing_credential")
INVALID_LABEL: Final = WireError(422, "resource.passkey.invalid_label")
CODES: Final = {
    Refusal.NO_FACTOR: WireError(400, "resource.factors.not_enabled"),
    Refusal.LIMIT_REACHED: WireError(422, "resource.passkey.limit_reached"),
    Refusal.FACTOR_MISSING: WireError(422, "resource.factors.missing_proof"),
    Refusal.FACTOR_INVALID: WireError(422, "resource.factors.invalid_proof"),
    Refusal.CREDENTIAL_INVALID: WireError(422, "resource.passkey.invalid_credential"),
    Refusal.CREDENTIAL_TAKEN: WireError(422, "resource.passkey.already_registered"),
}
_PROOF_CODES: Final = ("resource.factors.missing_proof", "resource.factors.invalid_proof")
_LOCKED: Final = {429: ("server.too_many_requests",)}
_OTP_CODE: Final = {"otp_code": {"type": "string", "description": "A code that the authenticator app shows."}}
_ACTION_CODES: Final = (UNKNOWN_KIND.code, INVALID_FIELDS.code, *SPEC_CODES, "resource.api_key.invalid_state")
_ID: Final = {"id": "The number of the passkey."}


class PasskeyEntity(msgspec.Struct, frozen=True):
    """`state` is `flagged` when two devices signed with it: it proves nothing any more."""

    id: int
    label: str
    state: str
    aaguid: str
    transports: list[str]
    backed_up: bool
    created_at: Time
    last_used_at: Time | None


class NewPasskeyEntity(msgspec.Struct, frozen=True):
    passkey: PasskeyEntity
    recovery_codes: list[str]


class FactorsEntity(msgspec.Struct, frozen=True):
    totp: bool
    passkeys: list[PasskeyEntity]
    recovery_codes_left: int


class ApprovalEntity(msgspec.Struct, frozen=True):
    """`approval` goes into the field of that name of the action's own request."""

    approval: str
    expires_at: Time


class PasskeyBody(msgspec.Struct):
    credential: Any = None
    label: Any = None
    otp_code: Any = None
    recovery_code: Any = None
    assertion: Any = None
    approval: Any = None


@endpoint("GET", "/resource/factors", group="barong", tag="Second factors", private=True, returns=FactorsEntity)
async def show_factors(call: Call[NoQuery]) -> Reply:
    """The second factors of your account."""
    caller = await caller_of(call)
    async with call.identity.database.connect() as connection:
        factors = await list_factors(connection, caller.user.id)
    passkeys = [_entity(passkey) for passkey in factors.passkeys]
    return Reply(FactorsEntity(factors.totp, passkeys, factors.recovery_codes_left))


@endpoint(
    "POST",
    "/resource/factors/approvals",
    group="barong",
    tag="Second factors",
    private=True,
    status=201,
    body=ActionBody,
    body_schema={
        "type": "object",
        "properties": {
            **ACTION_PROPERTIES,
            **_OTP_CODE,
            **{name: PROOF_PROPERTIES[name] for name in ("recovery_code", "assertion")},
        },
        "required": ["kind"],
        "examples": [{"kind": "api_key.delete", "fields": {"kid": "0123456789abcdef"}, "otp_code": "123456"}],
    },
    returns=ApprovalEntity,
    errors={400: ("resource.factors.not_enabled",), 422: (*_ACTION_CODES, *_PROOF_CODES), **_LOCKED},
)
async def approve(call: Call[NoQuery]) -> Reply:
    """Approve one action ahead, with a second factor.

    The token that comes back lets exactly this action through, once, for two minutes, in this session.
    """
    caller = await caller_of(call)
    body: ActionBody = call.body
    action = await action_of(call, caller)
    proof = FactorProof(
        otp_code=text_of(body.otp_code),
        recovery_code=text_of(body.recovery_code),
        assertion=body.assertion if isinstance(body.assertion, dict) else None,
    )
    approved = await approve_action(call.identity, caller, action, proof)
    if isinstance(approved, Refused):
        raise refusal_of(approved, CODES)
    return Reply(ApprovalEntity(approved.token, iso8601_of(approved.expires_at)), status=201)


@endpoint("GET", "/resource/passkeys", group="barong", tag="Second factors", private=True, returns=list[PasskeyEntity])
async def list_passkeys(call: Call[NoQuery]) -> Reply:
    """Your passkeys, oldest first."""
    caller = await caller_of(call)
    async with call.identity.database.connect() as connection:
        factors = await list_factors(connection, caller.user.id)
    return Reply([_entity(passkey) for passkey in factors.passkeys])


@endpoint(
    "POST",
    "/resource/passkeys/registration_options",
    group="barong",
    tag="Second factors",
    private=True,
    status=201,
    returns=dict[str, Any],
)
async def registration_options(call: Call[NoQuery]) -> Reply:
    """What `navigator.credentials.create()` takes as `publicKey`, with byte values in base64url.

    The challenge in it can be answered once, for two minutes, in this session.
    """
    return Reply(await ask_for_registration(call.identity, await caller_of(call)), status=201)


@endpoint(
    "POST",
    "/resource/passkeys/assertion_options",
    group="barong",
    tag="Second factors",
    private=True,
    status=201,
    body=ActionBody,
    body_schema={
        "type": "object",
        "properties": ACTION_PROPERTIES,
        "required": ["kind"],
        "examples": [{"kind": "api_key.delete", "fields": {"kid": "0123456789abcdef"}}],
    },
    returns=dict[str, Any],
    errors={422: _ACTION_CODES},
)
async def assertion_options(call: Call[NoQuery]) -> Reply:
    """What `navigator.credentials.get()` takes as `publicKey`, to approve one action with a passkey.

    The assertion goes into the field `assertion` of the action's own request, and is good for nothing else.
    """
    caller = await caller_of(call)
    action = await action_of(call, caller)
    return Reply(await ask_for_proof(call.identity, caller, action), status=201)


@endpoint(
    "POST",
    "/resource/passkeys",
    group="barong",
    tag="Second factors",
    private=True,
    status=201,
    body=PasskeyBody,
    body_schema={
        "type": "object",
        "properties": {
            "credential": {"type": "object", "description": "What `navigator.credentials.create()` gave, as JSON."},
            "label": {"type": "string", "minLength": 1, "maxLength": LABEL_LENGTH_MAX},
            **_OTP_CODE,
            **PROOF_PROPERTIES,
        },
        "required": ["credential"],
    },
    returns=NewPasskeyEntity,
    errors={
        422: (
            MISSING_CREDENTIAL.code,
            INVALID_LABEL.code,
            "resource.passkey.limit_reached",
            "resource.passkey.invalid_credential",
            "resource.passkey.already_registered",
            *_PROOF_CODES,
        ),
        **_LOCKED,
    },
)
async def register(call: Call[NoQuery]) -> Reply:
    """Add a passkey to your account.

    Where there is a second factor already, this needs a proof of one. Withdrawals wait for a day afterwards. With the
    first factor of an account come ten recovery codes, shown this once.
    """
    body: PasskeyBody = call.body
    if not isinstance(body.credential, dict):
        raise refuse(MISSING_CREDENTIAL)
    label = DEFAULT_LABEL if body.label is None else _label(body)
    proof = proof_of(body, code="otp_code")
    registered = await register_passkey(call.identity, await caller_of(call), body.credential, label, proof)
    if isinstance(registered, Refused):
        raise refusal_of(registered, CODES)
    return Reply(NewPasskeyEntity(_entity(registered.passkey), list(registered.recovery_codes)), status=201)


@endpoint(
    "PATCH",
    "/resource/passkeys/{id}",
    group="barong",
    tag="Second factors",
    private=True,
    body=PasskeyBody,
    body_schema={
        "type": "object",
        "properties": {"label": {"type": "string", "minLength": 1, "maxLength": LABEL_LENGTH_MAX}},
        "required": ["label"],
    },
    path_parameters=_ID,
    returns=PasskeyEntity,
    errors={404: (NOT_FOUND.code,), 422: (INVALID_LABEL.code,)},
)
async def rename(call: Call[NoQuery]) -> Reply:
    """Give a passkey another name."""
    renamed = await rename_passkey(call.identity, await caller_of(call), _passkey_id(call), _label(call.body))
    if isinstance(renamed, Refused):
        raise refusal_of(renamed, CODES)
    return Reply(_entity(renamed))


@endpoint(
    "DELETE",
    "/resource/passkeys/{id}",
    group="barong",
    tag="Second factors",
    private=True,
    status=204,
    body=PasskeyBody,
    body_schema={"type": "object", "properties": {**_OTP_CODE, **PROOF_PROPERTIES}},
    path_parameters=_ID,
    returns=None,
    errors={404: (NOT_FOUND.code,), 422: _PROOF_CODES, **_LOCKED},
)
async def delete(call: Call[NoQuery]) -> Reply:
    """Take a passkey out of your account. Withdrawals wait for a day afterwards."""
    proof = proof_of(call.body, code="otp_code")
    refused = await delete_passkey(call.identity, await caller_of(call), _passkey_id(call), proof)
    if refused is not None:
        raise refusal_of(refused, CODES)
    return Reply(None, status=204)


def _entity(passkey: Passkey) -> PasskeyEntity:
    return PasskeyEntity(
        id=passkey.id,
        label=passkey.label,
        state=passkey.state,
        aaguid=passkey.aaguid,
        transports=list(passkey.transports),
        backed_up=passkey.backed_up,
        created_at=iso8601_of(passkey.created_at),
        last_used_at=None if passkey.last_used_at is None else iso8601_of(passkey.last_used_at),
    )


def _label(body: PasskeyBody) -> str:
    label = (text_of(body.label) or "").strip()
    if not (0 < len(label) <= LABEL_LENGTH_MAX and label.isprintable()):
        raise refuse(INVALID_LABEL)
    return label


def _passkey_id(call: Call[NoQuery]) -> int:
    text = call.path["id"]
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise refuse(NOT_FOUND)
    return int(text)


ENDPOINTS: Final = (
    show_factors,
    approve,
    list_passkeys,
    registration_options,
    assertion_options,
    register,
    rename,
    delete,
)
