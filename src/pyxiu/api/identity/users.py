"""POST /identity/users and /identity/users/email/…, /resource/users/me: an account from its sign-up to its end.

Invariant: what a request may set is what its body declares: role, level and state are not in it. Limit: passwords are
in `passwords.py`.
"""

from typing import Annotated, Any, Final

import msgspec

from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.identity.body_fields import (
    Approval,
    Assertion,
    CaptchaResponse,
    Email,
    MailedToken,
    OtpCode,
    Password,
    RecoveryCode,
    schema_of,
)
from pyxiu.api.identity.caller import caller_of
from pyxiu.api.identity.fields import codes_of, optional, refusal, required
from pyxiu.api.identity.proofs import proof_of
from pyxiu.api.identity.session_cookie import logged_in, logged_out, session_token
from pyxiu.api.identity.user_entities import FullUser, full_user
from pyxiu.identity.accounts import refusals
from pyxiu.identity.accounts.bootstrap import INVALID_BOOTSTRAP, make_superadmin
from pyxiu.identity.accounts.change_data import change_data
from pyxiu.identity.accounts.confirm_email import confirm_email
from pyxiu.identity.accounts.delete_account import delete_account
from pyxiu.identity.accounts.password_strength import REQUIREMENTS, WEAK
from pyxiu.identity.accounts.refusals import Refused
from pyxiu.identity.accounts.request_mail import request_mail
from pyxiu.identity.accounts.sign_up import SignedUp, SignUp, sign_up

USER: Final = "identity.user"
OWN: Final = "resource.user"
CAPTCHA_ERRORS: Final = {400: (refusals.CAPTCHA_REQUIRED,), 429: (refusals.TOO_MANY_REQUESTS,)}
_EMAIL_CODES: Final = ("email.invalid", "email.taken")
_USERNAME_CODES: Final = ("username.too_short", "username.too_long", "username.invalid", "username.taken")
_DATA_CODES: Final = ("data.too_long", "data.invalid_format")


_Username = Annotated[Any, {"type": "string", "minLength": 4, "maxLength": 12, "description": "Letters and digits."}]
_Referrer = Annotated[Any, {"type": "string", "description": "The uid of who sent you."}]
_DATA: Final = {"type": "string", "maxLength": 1024, "description": 'JSON of an object, as `{"language":"en"}`.'}
_Data = Annotated[Any, _DATA]
_BOOTSTRAP: Final = {"type": "string", "description": "Printed at the start of an exchange without superadmin."}
_BootstrapToken = Annotated[Any, _BOOTSTRAP]


class SignUpBody(msgspec.Struct):
    email: Email = None
    password: Password = None
    username: _Username = None
    refid: _Referrer = None
    data: _Data = None
    captcha_response: CaptchaResponse = None


class EmailBody(msgspec.Struct):
    email: Email = None
    captcha_response: CaptchaResponse = None


class TokenBody(msgspec.Struct):
    token: MailedToken = None


class DataBody(msgspec.Struct):
    data: _Data = None


class DeleteBody(msgspec.Struct):
    password: Password = None
    otp_code: OtpCode = None
    recovery_code: RecoveryCode = None
    assertion: Assertion = None
    approval: Approval = None


class BootstrapBody(msgspec.Struct):
    bootstrap_token: _BootstrapToken = None
    email: Email = None
    password: Password = None


@endpoint(
    "POST",
    "/identity/users",
    group="barong",
    tag="Identity",
    status=201,
    body=SignUpBody,
    body_schema=schema_of(SignUpBody, "email", "password"),
    returns=FullUser,
    errors={
        **CAPTCHA_ERRORS,
        422: (
            *codes_of(USER, "email", "password"),
            *_EMAIL_CODES,
            *_USERNAME_CODES,
            *_DATA_CODES,
            REQUIREMENTS,
            WEAK,
            "identity.user.invalid_referral_format",
            "identity.user.referral_doesnt_exist",
            refusals.CAPTCHA_FAILED,
        ),
    },
)
async def post_user(call: Call[NoQuery]) -> Reply:
    """Sign up.

    The account is pending until the link in the mail to its address was followed. A session is opened at once: the
    answer sets its cookie, and `csrf_token` is what `X-CSRF-Token` must say. Where the operator keeps private who has
    an account, there is no session yet, and a taken address is answered as a new one is.
    """
    email, password = required(call.body, USER, "email", "password")
    request = SignUp(
        email=email,
        password=password,
        username=optional(call.body.username),
        refid=optional(call.body.refid),
        data=optional(call.body.data),
        captcha_response=optional(call.body.captcha_response),
    )
    made = await sign_up(call.identity, request, call.client, previous_token=session_token(call))
    if isinstance(made, Refused):
        raise refusal(made)
    session = made.session if isinstance(made, SignedUp) else None
    return await logged_in(call, made.user, session, status=201)


@endpoint(
    "POST",
    "/identity/users/email/generate_code",
    group="barong",
    tag="Identity",
    status=201,
    body=EmailBody,
    body_schema=schema_of(EmailBody, "email"),
    returns=dict[str, str],
    errors={**CAPTCHA_ERRORS, 422: (*codes_of(USER, "email"), refusals.CAPTCHA_FAILED)},
)
async def post_generate_email_code(call: Call[NoQuery]) -> Reply:
    """Have the confirmation mail sent again.

    The answer is the same for every address. Links of earlier mails stop working.
    """
    (email,) = required(call.body, USER, "email")
    captcha = optional(call.body.captcha_response)
    refused = await request_mail(call.identity, "confirmation", email, call.client, captcha_response=captcha)
    if refused is not None:
        raise refusal(refused)
    return Reply({}, 201)


@endpoint(
    "POST",
    "/identity/users/email/confirm_code",
    group="barong",
    tag="Identity",
    status=201,
    body=TokenBody,
    body_schema=schema_of(TokenBody, "token"),
    returns=FullUser,
    errors={
        422: (
            *codes_of(USER, "token"),
            "identity.user.utilized_token",
            "identity.user.active_or_doesnt_exist",
        ),
        429: (refusals.TOO_MANY_REQUESTS,),
    },
)
async def post_confirm_email_code(call: Call[NoQuery]) -> Reply:
    """Confirm your address with the token of the mail.

    The account becomes active, and a session is opened unless the account has a second factor.
    """
    (token,) = required(call.body, USER, "token")
    confirmed = await confirm_email(call.identity, token, call.client, previous_token=session_token(call))
    if isinstance(confirmed, Refused):
        raise refusal(confirmed)
    return await logged_in(call, confirmed.user, confirmed.session, status=201)


@endpoint(
    "POST",
    "/identity/users/superadmin",
    group="barong",
    tag="Identity",
    status=201,
    body=BootstrapBody,
    body_schema=schema_of(BootstrapBody, "bootstrap_token", "email", "password"),
    returns=FullUser,
    errors={
        403: INVALID_BOOTSTRAP.codes,
        422: (*codes_of(USER, "bootstrap_token", "email", "password"), *_EMAIL_CODES, REQUIREMENTS, WEAK),
        429: (refusals.TOO_MANY_REQUESTS,),
    },
)
async def post_superadmin(call: Call[NoQuery]) -> Reply:
    """Make the first superadmin, with the token that was printed when the exchange was started.

    Works once, and never where there is a superadmin already. The account is active, but not logged in.
    """
    token, email, password = required(call.body, USER, "bootstrap_token", "email", "password")
    made = await make_superadmin(call.staff, token, email=email, password=password, client=call.client)
    if isinstance(made, Refused):
        raise refusal(made)
    return Reply(await full_user(call.staff, made), 201)


@endpoint("GET", "/resource/users/me", group="barong", tag="Account settings", private=True, returns=FullUser)
async def show_me(call: Call[NoQuery]) -> Reply:
    """Your account."""
    return Reply(await full_user(call.identity, (await caller_of(call)).user))


@endpoint(
    "PUT",
    "/resource/users/me",
    group="barong",
    tag="Account settings",
    private=True,
    body=DataBody,
    body_schema=schema_of(DataBody, "data"),
    returns=FullUser,
    errors={422: (*codes_of(OWN, "data"), *_DATA_CODES)},
)
async def put_me(call: Call[NoQuery]) -> Reply:
    """Keep what your front-end wants kept; its `language` is that of your mails."""
    (data,) = required(call.body, OWN, "data")
    changed = await change_data(call.identity, (await caller_of(call)).user, data)
    if isinstance(changed, Refused):
        raise refusal(changed)
    return Reply(await full_user(call.identity, changed))


@endpoint(
    "DELETE",
    "/resource/users/me",
    group="barong",
    tag="Account settings",
    private=True,
    body=DeleteBody,
    body_schema=schema_of(DeleteBody, "password"),
    returns=dict[str, str],
    errors={
        422: (
            *codes_of(OWN, "password"),
            "resource.user.invalid_password",
            "resource.user.missing_otp_code",
            "resource.user.invalid_otp",
        ),
        429: (refusals.TOO_MANY_REQUESTS,),
    },
)
async def delete_me(call: Call[NoQuery]) -> Reply:
    """Close your account.

    Send the fields in the body: addresses end up in logs. Nobody gets into the account any more; what it holds stays
    on the books.
    """
    (password,) = required(call.body, OWN, "password")
    proof = proof_of(call.body, code="otp_code")
    refused = await delete_account(call.identity, await caller_of(call), password, proof)
    if refused is not None:
        raise refusal(refused)
    return logged_out(call, {})


ENDPOINTS: Final = (
    post_user,
    post_generate_email_code,
    post_confirm_email_code,
    post_superadmin,
    show_me,
    put_me,
    delete_me,
)
