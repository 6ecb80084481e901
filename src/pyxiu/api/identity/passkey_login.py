"""/identity/sessions/passkey: log in with a passkey alone, or get what a second factor by passkey has to sign."""

from typing import Any, Final

import msgspec

from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.errors import WireError, refuse
from pyxiu.api.identity.fields import refusal
from pyxiu.api.identity.session_cookie import logged_in, session_token
from pyxiu.api.identity.user_entities import FullUser
from pyxiu.identity.accounts.refusals import Refused
from pyxiu.identity.factors.log_in_with_passkey import begin_passkey_login, log_in_with_passkey

MISSING_ASSERTION: Final = WireError(422, "identity.session.missing_assertion")
_LIMITED: Final = {429: ("server.too_many_requests",)}


class PasskeyLoginBody(msgspec.Struct):
    assertion: Any = None


@endpoint(
    "POST",
    "/identity/sessions/passkey/options",
    group="barong",
    tag="Identity",
    status=201,
    returns=dict[str, Any],
    errors=_LIMITED,
)
async def options(call: Call[NoQuery]) -> Reply:
    """What `navigator.credentials.get()` takes as `publicKey` to log in, with byte values in base64url.

    The same for everybody; the authenticator offers the accounts that it knows. It can be answered once, for two
    minutes, by the browser that asked: here, or in `assertion` of `POST /identity/sessions` as the second factor.
    """
    asked = await begin_passkey_login(call.identity, call.client)
    if isinstance(asked, Refused):
        raise refusal(asked)
    return Reply(asked, status=201)


@endpoint(
    "POST",
    "/identity/sessions/passkey",
    group="barong",
    tag="Identity",
    body=PasskeyLoginBody,
    body_schema={
        "type": "object",
        "properties": {
            "assertion": {"type": "object", "description": "What `navigator.credentials.get()` gave, as JSON."}
        },
        "required": ["assertion"],
    },
    returns=FullUser,
    errors={
        401: (
            "identity.session.invalid_params",
            "identity.session.banned",
            "identity.session.deleted",
            "identity.session.not_active",
        ),
        422: (MISSING_ASSERTION.code,),
        **_LIMITED,
    },
)
async def log_in(call: Call[NoQuery]) -> Reply:
    """Log in with a passkey that has verified its owner. No password and no code is asked for."""
    if not isinstance(call.body.assertion, dict):
        raise refuse(MISSING_ASSERTION)
    done = await log_in_with_passkey(
        call.identity, call.body.assertion, call.client, previous_token=session_token(call)
    )
    if isinstance(done, Refused):
        raise refusal(done)
    return await logged_in(call, done.user, done.session, status=200)


ENDPOINTS: Final = (options, log_in)
