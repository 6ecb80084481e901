"""…/password/…: judging, resetting and changing passwords.

Invariant: whether an address has an account is not to be seen in an answer. Limit: passwords come in bodies; what
comes in a query string is taken as the dialect has it, and ends up in whatever logs addresses.
"""

from typing import Final

import msgspec

from pyxiu.api.endpoint import Call, Endpoint, NoQuery, Reply, endpoint
from pyxiu.api.identity.body_fields import MailedToken, Password, schema_of
from pyxiu.api.identity.caller import caller_of
from pyxiu.api.identity.fields import codes_of, optional, refusal, required
from pyxiu.api.identity.users import CAPTCHA_ERRORS, USER, EmailBody
from pyxiu.identity.accounts import refusals
from pyxiu.identity.accounts.change_password import PasswordChange, change_password
from pyxiu.identity.accounts.password_strength import REQUIREMENTS, WEAK, entropy_of
from pyxiu.identity.accounts.refusals import too_many
from pyxiu.identity.accounts.request_mail import request_mail
from pyxiu.identity.accounts.reset_password import NewPassword, reset_password
from pyxiu.identity.throttle import network_of, take_rate

OWN: Final = "resource.user"
_CHANGE: Final = ("old_password", "new_password", "confirm_password")
_RESET: Final = ("reset_password_token", "password", "confirm_password")


class PasswordBody(msgspec.Struct):
    password: Password = None


class ResetBody(msgspec.Struct):
    reset_password_token: MailedToken = None
    password: Password = None
    confirm_password: Password = None


class ChangeBody(msgspec.Struct):
    old_password: Password = None
    new_password: Password = None
    confirm_password: Password = None


class Entropy(msgspec.Struct, frozen=True):
    """Bits: how hard the password is to guess."""

    entropy: int


def _validate(group: str) -> Endpoint:
    @endpoint(
        "POST",
        f"/{group}/password/validate",
        group="barong",
        tag="Identity",
        status=201,
        body=PasswordBody,
        body_schema=schema_of(PasswordBody, "password"),
        returns=Entropy,
        errors={422: codes_of(f"{group}.password", "password"), 429: (refusals.TOO_MANY_REQUESTS,)},
    )
    async def post_validate(call: Call[NoQuery]) -> Reply:
        """How hard a password is to guess, in bits; `password_min_entropy` of the configs is the least that will do."""
        (password,) = required(call.body, f"{group}.password", "password")
        rate = call.identity.settings.rates.validate_address
        throttled = await take_rate(call.identity, "validate_address", network_of(call.client), rate)
        if throttled is not None:
            raise refusal(too_many(throttled))
        return Reply(Entropy(entropy_of(password)), 201)

    return post_validate


@endpoint(
    "POST",
    "/identity/users/password/generate_code",
    group="barong",
    tag="Identity",
    status=201,
    body=EmailBody,
    body_schema=schema_of(EmailBody, "email"),
    returns=dict[str, str],
    errors={**CAPTCHA_ERRORS, 422: (*codes_of(USER, "email"), refusals.CAPTCHA_FAILED)},
)
async def post_generate_reset_code(call: Call[NoQuery]) -> Reply:
    """Ask for a mail by which a forgotten password can be replaced.

    The answer is the same for every address, and takes as long. Links of earlier mails stop working.
    """
    (email,) = required(call.body, USER, "email")
    captcha = optional(call.body.captcha_response)
    refused = await request_mail(call.identity, "reset", email, call.client, captcha_response=captcha)
    if refused is not None:
        raise refusal(refused)
    return Reply({}, 201)


@endpoint(
    "POST",
    "/identity/users/password/confirm_code",
    group="barong",
    tag="Identity",
    status=201,
    body=ResetBody,
    body_schema=schema_of(ResetBody, *_RESET),
    returns=dict[str, str],
    errors={
        422: (
            *codes_of(USER, *_RESET),
            "identity.user.passwords_doesnt_match",
            "identity.user.utilized_token",
            REQUIREMENTS,
            WEAK,
        ),
        429: (refusals.TOO_MANY_REQUESTS,),
    },
)
async def post_confirm_reset_code(call: Call[NoQuery]) -> Reply:
    """Set a new password with the token of the mail.

    All sessions of the account end, its API keys are switched off, and withdrawals wait. A second factor stays on.
    """
    token, password, confirmation = required(call.body, USER, *_RESET)
    refused = await reset_password(call.identity, NewPassword(token, password, confirmation), call.client)
    if refused is not None:
        raise refusal(refused)
    return Reply({}, 201)


@endpoint(
    "PUT",
    "/resource/users/password",
    group="barong",
    tag="Account settings",
    private=True,
    status=201,
    body=ChangeBody,
    body_schema=schema_of(ChangeBody, *_CHANGE),
    returns=dict[str, str],
    errors={
        400: ("resource.password.prev_pass_not_correct", "resource.password.no_change_provided"),
        422: (*codes_of(OWN, *_CHANGE), "resource.password.doesnt_match", REQUIREMENTS, WEAK),
        429: (refusals.TOO_MANY_REQUESTS,),
    },
)
async def put_password(call: Call[NoQuery]) -> Reply:
    """Change your password. Your other sessions end, and withdrawals wait."""
    change = PasswordChange(*required(call.body, OWN, *_CHANGE))
    refused = await change_password(call.identity, await caller_of(call), change)
    if refused is not None:
        raise refusal(refused)
    return Reply({}, 201)


ENDPOINTS: Final = (
    _validate("identity"),
    _validate("public"),
    post_generate_reset_code,
    post_confirm_reset_code,
    put_password,
)
