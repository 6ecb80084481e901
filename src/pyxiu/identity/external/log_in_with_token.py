"""Log in by what an outside provider says (OpenID Connect): its token stands in for the password, and for nothing else.

Invariants: an account is opened by a link only, never because an e-mail is the same; who comes for the first time, with
an address that the provider has verified and that nobody has here, gets an account of their own. After the token
everything is as after a password: state, second factor, limits, activities, events. A token opens one session. Limit:
how well the provider looks at people is the operator's choice of provider.
"""

import secrets

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts.fields import Invalid, clean_email
from pyxiu.identity.accounts.refusals import Refused, too_many
from pyxiu.identity.accounts.sign_up import create_user
from pyxiu.identity.accounts.store import NewUser, lock_user, user_by_email, user_by_id
from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.events import emit_about_user
from pyxiu.identity.external import store
from pyxiu.identity.factors.model import FactorProof
from pyxiu.identity.labels.change_labels import set_label
from pyxiu.identity.model import Client, User
from pyxiu.identity.ports import IdentityClaims
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.complete_login import AUTH0, complete_login
from pyxiu.identity.sessions.log_in import LoggedIn, second_factor
from pyxiu.identity.sessions.login_limits import count_account, count_address, forgive
from pyxiu.identity.throttle import network_of, take_rate

INVALID_TOKEN = Refused(401, "identity.session.auth0.invalid_params")
EMAIL_NOT_VERIFIED = Refused(401, "identity.session.auth0.email_not_verified")
NOT_LINKED = Refused(401, "identity.session.auth0.not_linked")
_PASSWORD_BYTES = 32


class TokenLogIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a visitor sends."""

    id_token: str
    proof: FactorProof = FactorProof()

    def __repr__(self) -> str:
        return "TokenLogIn()"


async def log_in_with_token(
    services: IdentityServices, request: TokenLogIn, client: Client, *, previous_token: str | None = None
) -> LoggedIn | Refused:
    """A session. Raises HashingBusyError, and TransientError when the provider's keys cannot be had."""
    refused = await count_address(services, client)
    if refused is not None:
        return refused
    claims = await services.identity_tokens.verify(request.id_token)
    if claims is None:
        return INVALID_TOKEN
    if not claims.email_verified:
        return EMAIL_NOT_VERIFIED
    owner = await _owner(services, claims)
    if owner is None:
        done = await _first_log_in(services, claims, client, previous_token)
        if done is not None:
            return done
        # The address has an account. Perhaps it was made a moment ago, by the same person in another tab.
        owner = await _owner(services, claims)
        if owner is None:
            return NOT_LINKED
    return await _log_in(services, owner, claims, request.proof, client, previous_token)


async def _owner(services: IdentityServices, claims: IdentityClaims) -> User | None:
    async with services.database.connect() as connection:
        user_id = await store.owner_of(connection, claims)
        return None if user_id is None else await user_by_id(connection, user_id)


async def _log_in(
    services: IdentityServices,
    owner: User,
    claims: IdentityClaims,
    proof: FactorProof,
    client: Client,
    previous_token: str | None,
) -> LoggedIn | Refused:
    refused = await count_account(services, owner.email, client)
    if refused is not None:
        return refused
    async with services.database.begin() as connection:
        user = await lock_user(connection, owner.id)
        if await store.owner_of(connection, claims) != user.id:
            return INVALID_TOKEN
        factor = await second_factor(connection, services, user, proof, client, instead=AUTH0)
        if isinstance(factor, Refused):
            # The token is not spent: it is sent again, with the factor.
            return factor
        if not await store.spend_token(connection, claims):
            return INVALID_TOKEN
        opened = await complete_login(connection, services, user, client, factor=factor, previous_token=previous_token)
    if isinstance(opened, str):
        return Refused(401, opened)
    await forgive(services, user.email, client)
    return LoggedIn(user, opened)


async def _first_log_in(
    services: IdentityServices, claims: IdentityClaims, client: Client, previous_token: str | None
) -> LoggedIn | Refused | None:
    """A new account, logged in; None if the address has one already."""
    email = clean_email(claims.email)
    if isinstance(email, Invalid):
        return INVALID_TOKEN
    async with services.database.connect() as connection:
        if await user_by_email(connection, email) is not None:
            return None
    rates = services.settings.rates
    for bucket, key, rate in (
        ("signup_address", network_of(client), rates.signup_address),
        ("signup_everybody", "", rates.signup_everybody),
    ):
        throttled = await take_rate(services, bucket, key, rate)
        if throttled is not None:
            return too_many(throttled)
    # A password that nobody knows: it is set by a mail when its owner wants one.
    password_hash = await services.passwords.hash(secrets.token_urlsafe(_PASSWORD_BYTES))
    async with services.database.begin() as connection:
        savepoint = await connection.begin_nested()
        if not await store.spend_token(connection, claims):
            return INVALID_TOKEN
        user = await create_user(connection, services, NewUser(uid="", email=email, password_hash=password_hash))
        if isinstance(user, Refused) or await store.add_link(connection, claims, user.id) is None:
            await savepoint.rollback()
            return None
        user = await _welcome(connection, services, user, client)
        opened = await complete_login(connection, services, user, client, factor=AUTH0, previous_token=previous_token)
        return Refused(401, opened) if isinstance(opened, str) else LoggedIn(user, opened)


async def _welcome(connection: AsyncConnection, services: IdentityServices, user: User, client: Client) -> User:
    """The address is confirmed: the provider has done what our mail would."""
    user = await set_label(connection, services, user.id, "email", "verified")
    await emit_about_user(connection, services, "system.user.email.confirmed", user)
    activity = Activity(
        user_id=user.id,
        topic="account",
        action="signup",
        result=Result.SUCCEED,
        client=client,
        data={"by": AUTH0},
    )
    await record_activity(connection, activity)
    return user
