"""Sign-up: a pending account, a session at once, and a mail to confirm the address.

Invariant: no role, level or state comes from the request; the password is hashed before the address is looked at, so
an address that is taken costs what a new one costs. Limit: by the dialect a taken address is told (`email.taken`),
which the limits by address and the captcha make expensive to exploit; with `signup_tells_taken` off nobody is told
anything but by mail.
"""

import secrets

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts import store
from pyxiu.identity.accounts.fields import (
    LANGUAGE_DEFAULT,
    Invalid,
    clean_data,
    clean_email,
    clean_username,
    language_of,
)
from pyxiu.identity.accounts.mail_tokens import send_token
from pyxiu.identity.accounts.password_strength import password_problem, words_about
from pyxiu.identity.accounts.refusals import Refused, captcha_refusal, too_many
from pyxiu.identity.accounts.store import NewUser
from pyxiu.identity.accounts.uids import is_uid, new_uid
from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.command_store import owe
from pyxiu.identity.events import aggregate_of, emit_about_user, user_record
from pyxiu.identity.member_command import member_command
from pyxiu.identity.model import Client, User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.complete_login import end_previous
from pyxiu.identity.sessions.model import OpenedSession
from pyxiu.identity.sessions.open_session import open_session
from pyxiu.identity.throttle import network_of, take_rate
from pyxiu.storage.outbox import emit

_UID_TRIES = 3


class SignUp(msgspec.Struct, frozen=True, kw_only=True):
    """What a visitor sends."""

    email: str
    password: str
    username: str | None = None
    refid: str | None = None
    data: str | None = None
    captcha_response: str | None = None

    def __repr__(self) -> str:
        return "SignUp()"


class SignedUp(msgspec.Struct, frozen=True):
    user: User
    session: OpenedSession


class Received(msgspec.Struct, frozen=True):
    """All that a visitor learns where it stays private who has an account: what the user would be."""

    user: User


class _Checked(msgspec.Struct, frozen=True):
    email: str
    username: str | None
    data: str | None


async def sign_up(
    services: IdentityServices, request: SignUp, client: Client, *, previous_token: str | None = None
) -> SignedUp | Received | Refused:
    """Make the account. Raises HashingBusyError."""
    refused = await _limits(services, request, client)
    if refused is not None:
        return refused
    checked = _check(services, request)
    if isinstance(checked, Refused):
        return checked
    private = not services.settings.signup_tells_taken
    if private and checked.username is not None:
        # Whether a name is free the second time would tell what happened the first time.
        return Refused(422, "username.invalid")
    password_hash = await services.passwords.hash(request.password)
    async with services.database.begin() as connection:
        referral_id = await _referral(connection, services, request.refid)
        if isinstance(referral_id, Refused):
            return referral_id
        new = NewUser(
            uid="",
            email=checked.email,
            password_hash=password_hash,
            username=checked.username,
            language=language_of(checked.data) or LANGUAGE_DEFAULT,
            data=checked.data,
            referral_id=referral_id,
        )
        user = await create_user(connection, services, new)
        if isinstance(user, Refused):
            return user if not private else await _as_if_new(connection, services, new, client)
        await _welcome(connection, services, user, client)
        if private:
            return Received(user)
        await end_previous(connection, services, previous_token)
        return SignedUp(user, await open_session(connection, services, user, client, factor="signup"))


async def _welcome(connection: AsyncConnection, services: IdentityServices, user: User, client: Client) -> None:
    await send_token(connection, services, user, "confirmation")
    activity = Activity(user_id=user.id, topic="account", action="signup", result=Result.SUCCEED, client=client)
    await record_activity(connection, activity)


async def _as_if_new(
    connection: AsyncConnection, services: IdentityServices, new: NewUser, client: Client
) -> Received | Refused:
    """What a new address is answered, with the same work for it, of which nothing stays; the owner is told."""
    nobody = msgspec.structs.replace(new, email=f"{secrets.token_hex(8)}@nobody.test")
    savepoint = await connection.begin_nested()
    made = await create_user(connection, services, nobody)
    if isinstance(made, Refused):
        return made
    await _welcome(connection, services, made, client)
    await savepoint.rollback()
    owner = await store.user_by_email(connection, new.email)
    rate = services.settings.rates.mail_account
    if owner is not None and await take_rate(services, "mail_taken", str(owner.id), rate) is None:
        await emit_about_user(connection, services, "system.user.signup.taken", owner)
    return Received(msgspec.structs.replace(made, email=new.email))


async def create_user(connection: AsyncConnection, services: IdentityServices, new: NewUser) -> User | Refused:
    """Insert a user and tell whoever must know; a `uid` of "" is made here."""
    for _ in range(_UID_TRIES):
        numbered = new if new.uid else msgspec.structs.replace(new, uid=new_uid(services.settings.uid_prefix))
        user = await store.insert_user(connection, numbered)
        if isinstance(user, User):
            await emit(connection, "model.user.created", user_record(user), aggregate=aggregate_of(user))
            await owe(connection, user.uid, member_command(user))
            return user
        if user != "uid" or new.uid:
            return Refused(422, f"{user}.taken")
    raise AssertionError(f"no free uid found in {_UID_TRIES} tries")


async def _limits(services: IdentityServices, request: SignUp, client: Client) -> Refused | None:
    rates = services.settings.rates
    for bucket, key, rate in (
        ("signup_address", network_of(client), rates.signup_address),
        ("signup_everybody", "", rates.signup_everybody),
    ):
        throttled = await take_rate(services, bucket, key, rate)
        if throttled is not None:
            return too_many(throttled)
    return await captcha_refusal(services, request.captcha_response, client, "user_create")


def _check(services: IdentityServices, request: SignUp) -> _Checked | Refused:
    """All findings at once."""
    email = clean_email(request.email)
    username = clean_username(request.username) if request.username else None
    data = clean_data(request.data) if request.data else None
    problem = password_problem(
        request.password,
        length_min=services.settings.password_min_length,
        entropy_min=services.settings.password_min_entropy,
        known=words_about(request.email, request.username),
    )
    codes = [field.code for field in (email, username, data) if isinstance(field, Invalid)]
    codes += [problem] if problem else []
    if isinstance(email, Invalid) or isinstance(username, Invalid) or isinstance(data, Invalid) or codes:
        return Refused(422, *codes)
    return _Checked(email, username, data)


async def _referral(connection: AsyncConnection, services: IdentityServices, refid: str | None) -> int | Refused | None:
    if not refid:
        return None
    if not is_uid(refid, services.settings.uid_prefix):
        return Refused(422, "identity.user.invalid_referral_format")
    referrer = await store.user_by_uid(connection, refid)
    return Refused(422, "identity.user.referral_doesnt_exist") if referrer is None else referrer.id
