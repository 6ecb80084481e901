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
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.complete_login import PASSWORD, complete_login
from pyxiu.identity.sessions.login_limits import count_account, count_address, forgive
from pyxiu.identity.sessions.model import OpenedSession
from pyxiu.identity.throttle import Throttled, network_of, take

INVALID_PARAMS = Refused(401, "identity.session.invalid_params")
MISSING_OTP = Refused(401, "identity.session.missing_otp")
INVALID_OTP = Refused(403, "identity.session.invalid_otp")


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
    refused = (
        await count_address(services, client)
        or await count_account(services, email, client)
        or await captcha_refusal(services, request.captcha_response, client, "session_create")
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
        await forgive(services, email, client)
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
    factor = await second_factor(connection, services, user, request.proof, client, instead=PASSWORD)
    if isinstance(factor, Refused):
        return factor
    opened = await complete_login(connection, services, user, client, factor=factor, previous_token=previous_token)
    return Refused(401, opened) if isinstance(opened, str) else LoggedIn(user, opened)


async def second_factor(
    connection: AsyncConnection,
    services: IdentityServices,
    user: User,
    proof: FactorProof,
    client: Client,
    *,
    instead: str,
) -> str | Refused:
    """What the session is opened with, after the first proof: the second factor, or `instead` where none is on."""
    if user.state not in LIVE_STATES or not await enabled_factors(connection, user.id):
        return instead
    result = await check_factor(connection, services, user, proof, flow="login", client=client)
    if not result.ok:
        await record_activity(connection, _failed(user, client, "login::2fa"))
        return _refusal_of(result.outcome, result.retry_after_s)
    return result.factor.value if result.factor else instead


def _refusal_of(outcome: FactorOutcome, retry_after_s: int) -> Refused:
    if outcome is FactorOutcome.LOCKED:
        return too_many(Throttled(retry_after_s))
    return MISSING_OTP if outcome is FactorOutcome.MISSING else INVALID_OTP


async def _note(services: IdentityServices, user: User, client: Client, action: str) -> None:
    async with services.database.begin() as connection:
        await record_activity(connection, _failed(user, client, action))


def _failed(user: User, client: Client, action: str) -> Activity:
    return Activity(user_id=user.id, topic="session", action=action, result=Result.FAILED, client=client)
