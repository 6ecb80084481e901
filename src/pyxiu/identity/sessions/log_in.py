"""Log in with e-mail and password, and a second factor where there is one.

Invariant: until the password is right, every answer is the same and costs the same, whether or not there is such an
account: the same limits, one hash, one row written. That a right password is answered otherwise cannot be helped
(`missing_otp`), so those tries stay counted: only a complete log-in gives them back. Limit: by their nature limits tell
that somebody tries; they hold for addresses without an account alike.
"""

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts import store as accounts
from pyxiu.identity.accounts.fields import lookup_email
from pyxiu.identity.accounts.refusals import Refused, captcha_refusal, too_many
from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.factors.check_factor import check_factor, enabled_factors
from pyxiu.identity.factors.model import FactorOutcome, FactorProof
from pyxiu.identity.model import LIVE_STATES, Client, User, UserState
from pyxiu.identity.rates import Rate
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions import store
from pyxiu.identity.sessions.complete_login import complete_login
from pyxiu.identity.sessions.model import OpenedSession
from pyxiu.identity.throttle import Throttled, forget, give_back, network_of, take, take_rate

INVALID_PARAMS = Refused(401, "identity.session.invalid_params")
MISSING_OTP = Refused(401, "identity.session.missing_otp")
INVALID_OTP = Refused(403, "identity.session.invalid_otp")
PASSWORD = "password"  # noqa: S105 - the name of a factor


class LogIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a visitor sends."""

    email: str
    password: str
    proof: FactorProof = FactorProof()
    captcha_response: str | None = None

    def __repr__(self) -> str:
        return "LogIn()"


class LoggedIn(msgspec.Struct, frozen=True):
    user: User
    session: OpenedSession


async def log_in(
    services: IdentityServices, request: LogIn, client: Client, *, previous_token: str | None = None
) -> LoggedIn | Refused:
    """A session. Raises HashingBusyError."""
    email = lookup_email(request.email)
    refused = await _limits(services, email, client) or await captcha_refusal(
        services, request.captcha_response, client, "session_create"
    )
    if refused is not None:
        return refused
    async with services.database.connect() as connection:
        found = await accounts.with_password(connection, email)
    # No connection is held while the hash is computed: there are fewer of them than people who log in.
    checked = await services.passwords.check(found[1] if found else None, request.password)
    if found is None:
        await take(services, "login_unknown", network_of(client), limit=2**30, window_s=1)
        return INVALID_PARAMS
    if not checked.right:
        await _note(services, found[0], client, "login")
        return INVALID_PARAMS
    async with services.database.begin() as connection:
        done = await _with_right_password(connection, services, request, client, found, previous_token)
        if isinstance(done, LoggedIn) and checked.rehashed:
            await accounts.replace_hash(connection, done.user.id, old=found[1], new=checked.rehashed)
    if isinstance(done, LoggedIn):
        await forget(services, "login_pair", _pair(email, client))
        await give_back(services, "login_account", email)
    return done


async def _with_right_password(
    connection: AsyncConnection,
    services: IdentityServices,
    request: LogIn,
    client: Client,
    found: tuple[User, str],
    previous_token: str | None,
) -> LoggedIn | Refused:
    user = await accounts.lock_user(connection, found[0].id)
    if await accounts.password_hash_of(connection, user.id) != found[1]:
        # Changed while we computed: what was right then is wrong now.
        return INVALID_PARAMS
    if user.state is UserState.PENDING and not services.settings.signup_tells_taken:
        # Or else: sign up, log in, and see whether the account is one's own.
        await record_activity(connection, _failed(user, client, "login"))
        return INVALID_PARAMS
    factor = PASSWORD
    if user.state in LIVE_STATES and await enabled_factors(connection, user.id):
        result = await check_factor(connection, services, user, request.proof, flow="login", client=client)
        if not result.ok:
            await record_activity(connection, _failed(user, client, "login::2fa"))
            return _refusal_of(result.outcome, result.retry_after_s)
        factor = result.factor.value if result.factor else PASSWORD
    opened = await complete_login(connection, services, user, client, factor=factor, previous_token=previous_token)
    return Refused(401, opened) if isinstance(opened, str) else LoggedIn(user, opened)


def _refusal_of(outcome: FactorOutcome, retry_after_s: int) -> Refused:
    if outcome is FactorOutcome.LOCKED:
        return too_many(Throttled(retry_after_s))
    return MISSING_OTP if outcome is FactorOutcome.MISSING else INVALID_OTP


async def _limits(services: IdentityServices, email: str, client: Client) -> Refused | None:
    rates = services.settings.rates
    limits: tuple[tuple[str, str, Rate], ...] = (
        ("login_address", network_of(client), rates.login_address),
        ("login_pair", _pair(email, client), rates.login_pair),
    )
    for bucket, key, rate in limits:
        throttled = await take_rate(services, bucket, key, rate)
        if throttled is not None:
            return too_many(throttled)
    throttled = await take_rate(services, "login_account", email, rates.login_account)
    async with services.database.connect() as connection:
        known = await store.has_device_of(connection, email, client)
    # Strangers who try cannot lock out the owner's browser.
    return None if throttled is None or known else too_many(throttled)


async def _note(services: IdentityServices, user: User, client: Client, action: str) -> None:
    async with services.database.begin() as connection:
        await record_activity(connection, _failed(user, client, action))


def _failed(user: User, client: Client, action: str) -> Activity:
    return Activity(user_id=user.id, topic="session", action=action, result=Result.FAILED, client=client)


def _pair(email: str, client: Client) -> str:
    return f"{email}\n{network_of(client)}"
