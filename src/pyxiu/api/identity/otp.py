"""/resource/otp: the authenticator app and the recovery codes of the caller's own account."""

from typing import Any, Final

import msgspec

from pyxiu.api.body import text_of
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.errors import WireError, refuse
from pyxiu.api.identity.caller import caller_of, refusal_of
from pyxiu.api.identity.proofs import PROOF_PROPERTIES, proof_of
from pyxiu.identity.factors.disable_totp import disable_totp
from pyxiu.identity.factors.enable_totp import enable_totp
from pyxiu.identity.factors.generate_totp import generate_totp
from pyxiu.identity.factors.model import Refusal, Refused
from pyxiu.identity.factors.renew_recovery_codes import renew_recovery_codes
from pyxiu.identity.factors.verify_totp import verify_totp

INVALID: Final = WireError(422, "resource.otp.invalid")
MISSING: Final = WireError(422, "resource.otp.missing_code")
CODES: Final = {
    Refusal.ALREADY_ENABLED: WireError(400, "resource.otp.already_enabled"),
    Refusal.NOT_ENABLED: WireError(400, "resource.otp.not_enabled"),
    Refusal.NO_FACTOR: WireError(400, "resource.otp.not_enabled"),
    Refusal.FACTOR_MISSING: MISSING,
    Refusal.FACTOR_INVALID: INVALID,
    Refusal.CREDENTIAL_INVALID: INVALID,
}
#: With a passkey on the account, the app is the weaker factor, and its code alone does not bring it in.
ENABLE_CODES: Final = {**CODES, Refusal.FACTOR_MISSING: WireError(422, "resource.otp.missing_factor")}
_LOCKED: Final = {429: ("server.too_many_requests",)}


class CodeBody(msgspec.Struct):
    code: Any = None
    recovery_code: Any = None
    assertion: Any = None
    approval: Any = None


class QrCode(msgspec.Struct, frozen=True):
    """`barcode` is a base64 PNG of `url`, which holds the secret for who cannot scan it."""

    barcode: str
    url: str


class GeneratedQrCode(msgspec.Struct, frozen=True):
    data: QrCode


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Shown this once. Empty when the account has some already."""

    recovery_codes: list[str]


def _code_schema(description: str, *, required: bool) -> dict[str, Any]:
    properties = {"code": {"type": "string", "description": description}, **PROOF_PROPERTIES}
    schema: dict[str, Any] = {"type": "object", "properties": properties, "examples": [{"code": "123456"}]}
    return {**schema, "required": ["code"]} if required else schema


@endpoint(
    "POST",
    "/resource/otp/generate_qrcode",
    group="barong",
    tag="Second factors",
    private=True,
    status=201,
    returns=GeneratedQrCode,
    errors={400: ("resource.otp.already_enabled",)},
)
async def generate_qrcode(call: Call[NoQuery]) -> Reply:
    """A secret for your authenticator app, as a QR code.

    It is in force only once a code of it was shown to `otp/enable`; until then another call replaces it.
    """
    generated = await generate_totp(call.identity, await caller_of(call))
    if isinstance(generated, Refused):
        raise refusal_of(generated, CODES)
    return Reply(GeneratedQrCode(QrCode(generated.barcode, generated.url)), status=201)


@endpoint(
    "POST",
    "/resource/otp/enable",
    group="barong",
    tag="Second factors",
    private=True,
    status=201,
    body=CodeBody,
    body_schema=_code_schema("A code that the app shows.", required=True),
    returns=RecoveryCodes,
    errors={
        400: ("resource.otp.already_enabled",),
        422: (MISSING.code, INVALID.code, "resource.otp.missing_factor"),
        **_LOCKED,
    },
)
async def enable(call: Call[NoQuery]) -> Reply:
    """Put the generated secret in force, with a code of it.

    Your other sessions end. With the first factor of an account come ten recovery codes, shown this once. An account
    with a passkey must prove it (`assertion`, or a recovery code), and withdrawals then wait.
    """
    code = _given_code(call)
    proof = proof_of(call.body, code="code")._replace(otp_code=None)
    enabled = await enable_totp(call.identity, await caller_of(call), code, proof)
    if isinstance(enabled, Refused):
        raise refusal_of(enabled, ENABLE_CODES)
    return Reply(RecoveryCodes(list(enabled)), status=201)


@endpoint(
    "POST",
    "/resource/otp/verify",
    group="barong",
    tag="Second factors",
    private=True,
    status=201,
    body=CodeBody,
    body_schema={
        "type": "object",
        "properties": {"code": {"type": "string", "description": "A code that the app shows."}},
        "required": ["code"],
    },
    returns=dict[str, str],
    errors={400: ("resource.otp.not_enabled",), 422: (MISSING.code, INVALID.code), **_LOCKED},
)
async def verify(call: Call[NoQuery]) -> Reply:
    """Try whether your app works. The code is used up by that."""
    refused = await verify_totp(call.identity, await caller_of(call), _given_code(call))
    if refused is not None:
        raise refusal_of(refused, CODES)
    return Reply({}, status=201)


@endpoint(
    "POST",
    "/resource/otp/disable",
    group="barong",
    tag="Second factors",
    private=True,
    body=CodeBody,
    body_schema=_code_schema("A code that the app shows; or one of the others.", required=False),
    returns=dict[str, str],
    errors={400: ("resource.otp.not_enabled",), 422: (MISSING.code, INVALID.code), **_LOCKED},
)
async def disable(call: Call[NoQuery]) -> Reply:
    """Switch the authenticator app off.

    Your API keys stop working, and withdrawals wait for a day.
    """
    refused = await disable_totp(call.identity, await caller_of(call), proof_of(call.body, code="code"))
    if refused is not None:
        raise refusal_of(refused, CODES)
    return Reply({})


@endpoint(
    "POST",
    "/resource/otp/recovery_codes",
    group="barong",
    tag="Second factors",
    private=True,
    status=201,
    body=CodeBody,
    body_schema=_code_schema("A code that the app shows; or one of the others.", required=False),
    returns=RecoveryCodes,
    errors={400: ("resource.otp.not_enabled",), 422: (MISSING.code, INVALID.code), **_LOCKED},
)
async def renew_codes(call: Call[NoQuery]) -> Reply:
    """Ten new recovery codes, shown this once. The old ones are void."""
    renewed = await renew_recovery_codes(call.identity, await caller_of(call), proof_of(call.body, code="code"))
    if isinstance(renewed, Refused):
        raise refusal_of(renewed, CODES)
    return Reply(RecoveryCodes(list(renewed)), status=201)


def _given_code(call: Call[NoQuery]) -> str:
    code = text_of(call.body.code)
    if not code:
        raise refuse(MISSING)
    return code


ENDPOINTS: Final = (generate_qrcode, enable, verify, disable, renew_codes)
