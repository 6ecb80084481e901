"""/identity/sessions and /resource/sessions: logging in and out, and the devices that are logged in.

Invariant: each log-in sets a new cookie; a session is shown and ended by its owner only. Limit: the log-in by passkey
is in `passkeys.py`; it answers as this one does.
"""

from typing import Annotated, Any, Final

import msgspec

from pyxiu.api import errors
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.errors import WireError, refuse
from pyxiu.api.identity.body_fields import (
    Assertion,
    CaptchaResponse,
    Email,
    OtpCode,
    Password,
    RecoveryCode,
    schema_of,
)
from pyxiu.api.identity.caller import own_user_id
from pyxiu.api.identity.fields import codes_of, optional, refusal, required
from pyxiu.api.identity.proofs import proof_of
from pyxiu.api.identity.session_cookie import logged_in, logged_out, session_token
from pyxiu.api.identity.user_entities import FullUser
from pyxiu.api.identity.users import CAPTCHA_ERRORS
from pyxiu.api.ids import row_id
from pyxiu.api.wire.texts import iso8601_of
from pyxiu.identity.accounts import refusals
from pyxiu.identity.accounts.refusals import Refused
from pyxiu.identity.sessions.devices import devices_of, revoke_device, revoke_other_devices
from pyxiu.identity.sessions.log_in import LogIn, log_in
from pyxiu.identity.sessions.log_out import log_out
from pyxiu.identity.sessions.model import Device

SESSION: Final = "identity.session"
NO_SESSION: Final = WireError(404, "identity.session.not_found")


class LogInBody(msgspec.Struct):
    email: Email = None
    password: Password = None
    otp_code: OtpCode = None
    captcha_response: CaptchaResponse = None
    recovery_code: RecoveryCode = None
    assertion: Assertion = None
    #: Nobody has one before the log-in.
    approval: Any = None


class DeviceEntity(msgspec.Struct, frozen=True):
    """A session that is open."""

    id: int
    user_ip: str
    user_ip_country: Annotated[str, msgspec.Meta(description="ISO 3166 alpha-2, empty where it is not known.")]
    user_agent: str
    factor: Annotated[str, msgspec.Meta(description="What it was opened with: password, totp, passkey, …")]
    current: Annotated[bool, msgspec.Meta(description="Whether this is the one that asks.")]
    created_at: str
    last_used_at: Annotated[str, msgspec.Meta(description="To the minute.")]
    expires_at: str


@endpoint(
    "POST",
    "/identity/sessions",
    group="barong",
    tag="Identity",
    body=LogInBody,
    body_schema=schema_of(LogInBody, "email", "password"),
    returns=FullUser,
    errors={
        **CAPTCHA_ERRORS,
        401: (
            "identity.session.invalid_params",
            "identity.session.banned",
            "identity.session.deleted",
            "identity.session.not_active",
            "identity.session.missing_otp",
        ),
        403: ("identity.session.invalid_otp",),
        422: (*codes_of(SESSION, "email", "password"), refusals.CAPTCHA_FAILED),
    },
)
async def post_session(call: Call[NoQuery]) -> Reply:
    """Log in.

    The answer sets the session's cookie; `csrf_token` is what `X-CSRF-Token` must say from now on. Where the account
    has a second factor, `identity.session.missing_otp` asks for it: send everything again with it. Wrong tries are
    limited by account and address; 429 says in `Retry-After` when to go on.
    """
    email, password = required(call.body, SESSION, "email", "password")
    request = LogIn(
        email=email,
        password=password,
        proof=proof_of(call.body, code="otp_code"),
        captcha_response=optional(call.body.captcha_response),
    )
    done = await log_in(call.identity, request, call.client, previous_token=session_token(call))
    if isinstance(done, Refused):
        raise refusal(done)
    return await logged_in(call, done.user, done.session, status=200)


@endpoint(
    "DELETE",
    "/identity/sessions",
    group="barong",
    tag="Identity",
    returns=dict[str, str],
    errors={404: (NO_SESSION.code,)},
)
async def delete_session(call: Call[NoQuery]) -> Reply:
    """Log out. The session ends everywhere, also its websockets."""
    if not await log_out(call.identity, session_token(call), call.client):
        raise refuse(NO_SESSION)
    return logged_out(call, {})


@endpoint("GET", "/resource/sessions", group="barong", tag="Account settings", private=True, returns=list[DeviceEntity])
async def list_sessions(call: Call[NoQuery]) -> Reply:
    """Where you are logged in, the session that was used last first."""
    devices = await devices_of(call.identity, await own_user_id(call))
    return Reply([_entity(device, call.known_member.session_id) for device in devices])


@endpoint(
    "DELETE",
    "/resource/sessions/{id}",
    group="barong",
    tag="Account settings",
    private=True,
    returns=dict[str, str],
    errors={404: (errors.NOT_FOUND.code,)},
    path_parameters={"id": "Of the session."},
)
async def delete_one_session(call: Call[NoQuery]) -> Reply:
    """End one of your sessions."""
    session_id, user_id = row_id(call.path["id"]), await own_user_id(call)
    if session_id is None or not await revoke_device(call.identity, user_id, session_id, call.client):
        raise refuse(errors.NOT_FOUND)
    return logged_out(call, {}) if session_id == call.known_member.session_id else Reply({})


@endpoint(
    "DELETE",
    "/resource/sessions",
    group="barong",
    tag="Account settings",
    private=True,
    returns=dict[str, int],
    example={"ended": 2},
)
async def delete_other_sessions(call: Call[NoQuery]) -> Reply:
    """End all your other sessions; `ended` says how many."""
    user_id, session_id = await own_user_id(call), call.known_member.session_id
    ended = await revoke_other_devices(call.identity, user_id, call.client, except_id=session_id)
    return Reply({"ended": ended})


def _entity(device: Device, current: int | None) -> DeviceEntity:
    return DeviceEntity(
        id=device.id,
        user_ip=device.ip,
        user_ip_country=device.country,
        user_agent=device.user_agent,
        factor=device.factor,
        current=device.id == current,
        created_at=iso8601_of(device.created_at),
        last_used_at=iso8601_of(device.seen_at),
        expires_at=iso8601_of(device.expires_at),
    )


ENDPOINTS: Final = (post_session, delete_session, list_sessions, delete_one_session, delete_other_sessions)
