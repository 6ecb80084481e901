"""The first superadmin: by a token that is printed when an exchange without one starts, or from the command line.

Invariant: nobody becomes superadmin by being first to sign up. The token is random, kept as a hash, good once and for a
day; each start prints a new one, and it is worth nothing once there is a superadmin. Limit: whoever reads the output of
the first start can use it, so it goes to the operator's terminal and not to the log.
"""

import datetime
import hashlib
import secrets
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts import bootstrap_store, store
from pyxiu.identity.accounts.change_user import change_user
from pyxiu.identity.accounts.fields import Invalid, clean_email
from pyxiu.identity.accounts.password_strength import password_problem, words_about
from pyxiu.identity.accounts.refusals import Refused, too_many
from pyxiu.identity.accounts.sign_up import create_user
from pyxiu.identity.accounts.store import SUPERADMIN, NewUser
from pyxiu.identity.activities.model import Activity, Category, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.labels.change_labels import set_label
from pyxiu.identity.model import Client, User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.throttle import network_of, take_rate
from pyxiu.kit.clock import now_of

INVALID_BOOTSTRAP: Final = Refused(403, "identity.user.invalid_bootstrap_token")
#: What makes the account active: whoever runs the exchange need not wait for a mail.
_LABELS: Final = (("email", "verified"),)
_TOKEN_BYTES: Final = 24


async def new_bootstrap_token(services: IdentityServices) -> str | None:
    """A token in place of earlier ones; None where there is a superadmin."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    expires_at = now_of(services.clock) + datetime.timedelta(seconds=services.settings.bootstrap_s)
    async with services.database.begin() as connection:
        if await store.has_superadmin(connection):
            return None
        await bootstrap_store.put_token(connection, _hash(token), expires_at)
    return token


async def make_superadmin(
    services: IdentityServices, token: str, *, email: str, password: str, client: Client
) -> User | Refused:
    """The first superadmin, who can log in. Raises HashingBusyError."""
    rate = services.settings.rates.bootstrap_address
    throttled = await take_rate(services, "bootstrap_address", network_of(client), rate)
    if throttled is not None:
        return too_many(throttled)
    async with services.database.connect() as connection:
        if not await _may(connection, services, token):
            return INVALID_BOOTSTRAP
    checked = checked_account(services, email, password)
    if isinstance(checked, Refused):
        return checked
    password_hash = await services.passwords.hash(password)
    async with services.database.begin() as connection:
        # Locked: of two who come at once with the token, the second finds it gone.
        if not await _may(connection, services, token):
            return INVALID_BOOTSTRAP
        user = await create_user(
            connection, services, NewUser(uid="", email=checked, password_hash=password_hash, role=SUPERADMIN)
        )
        if isinstance(user, Refused):
            return user
        await bootstrap_store.drop_token(connection)
        user = await _labelled(connection, services, user)
        await record_activity(connection, _made(user, client))
        return user


async def put_staff(
    services: IdentityServices, *, email: str, password: str | None, role: str, client: Client
) -> User | Refused:
    """From the command line: an account with a role, made now, or one that is there and gets the role.

    `password` None is for one that is there: it keeps its own.
    """
    known = await known_account(services, email)
    new: NewUser | None = None
    if known is None:
        if password is None:
            return Refused(404, "record.not_found")
        checked = checked_account(services, email, password)
        if isinstance(checked, Refused):
            return checked
        new = NewUser(uid="", email=checked, password_hash=await services.passwords.hash(password), role=role)
    async with services.database.begin() as connection:
        user = known if new is None else await create_user(connection, services, new)
        assert user is not None, "known or made"
        if isinstance(user, Refused):
            return user
        user = await _labelled(connection, services, user)
        user = await change_user(connection, services, user, role=role)
        await record_activity(connection, _made(user, client, before=known.role if known else None))
        return user


def checked_account(services: IdentityServices, email: str, password: str) -> str | Refused:
    """The e-mail in its kept form, if both will do."""
    cleaned = clean_email(email)
    if isinstance(cleaned, Invalid):
        return Refused(422, cleaned.code)
    problem = password_problem(
        password,
        length_min=services.settings.password_min_length,
        entropy_min=services.settings.password_min_entropy,
        known=words_about(cleaned),
    )
    return cleaned if problem is None else Refused(422, problem)


async def _may(connection: AsyncConnection, services: IdentityServices, token: str) -> bool:
    good = await bootstrap_store.lock_good(connection, _hash(token), now_of(services.clock))
    return good and not await store.has_superadmin(connection)


async def _labelled(connection: AsyncConnection, services: IdentityServices, user: User) -> User:
    for key, value in _LABELS:
        user = await set_label(connection, services, user.id, key, value)
    return user


async def known_account(services: IdentityServices, email: str) -> User | None:
    """The account of an address, however it is written."""
    cleaned = clean_email(email)
    if isinstance(cleaned, Invalid):
        return None
    async with services.database.connect() as connection:
        return await store.user_by_email(connection, cleaned)


def _made(user: User, client: Client, *, before: str | None = None) -> Activity:
    return Activity(
        user_id=None,
        target_uid=user.uid,
        category=Category.ADMIN,
        topic="users",
        action="create" if before is None else "update",
        result=Result.SUCCEED,
        client=client,
        reason="made by whoever runs the exchange",
        before=None if before is None else {"role": before},
        after={"role": user.role},
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
