"""Let an outside identity log in to an account that is there already, and stop that.

Invariants: whoever links shows the password, the second factor where there is one, and a token whose verified address
is the account's own: so a link opens nothing to anybody but who has the mailbox, and a stolen session makes none.
Withdrawals wait afterwards, as after every new way in. Limit: one identity of each provider for an account.
"""

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts.check_password import check_password, still_holds
from pyxiu.identity.accounts.fields import lookup_email
from pyxiu.identity.accounts.refusals import Refused, too_many
from pyxiu.identity.accounts.store import lock_user
from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.events import emit_about_user
from pyxiu.identity.external import store
from pyxiu.identity.external.store import ExternalIdentity
from pyxiu.identity.factors.actions import action_hash
from pyxiu.identity.factors.check_factor import check_factor, enabled_factors
from pyxiu.identity.factors.cool_off import start_cool_off
from pyxiu.identity.factors.model import Caller, FactorOutcome, FactorProof
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.throttle import Throttled

ACTION = "external_identity.link"
WRONG_PASSWORD = Refused(422, "resource.external_identity.invalid_password")
MISSING_OTP = Refused(422, "resource.external_identity.missing_otp_code")
INVALID_OTP = Refused(422, "resource.external_identity.invalid_otp")
INVALID_TOKEN = Refused(422, "resource.external_identity.invalid_token")
OTHER_ADDRESS = Refused(422, "resource.external_identity.other_address")
TAKEN = Refused(422, "resource.external_identity.taken")
ALL_REFUSALS = (WRONG_PASSWORD, MISSING_OTP, INVALID_OTP, INVALID_TOKEN, OTHER_ADDRESS, TAKEN)


class LinkRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a member sends."""

    id_token: str
    password: str
    proof: FactorProof = FactorProof()

    def __repr__(self) -> str:
        return "LinkRequest()"


async def link_identity(services: IdentityServices, caller: Caller, request: LinkRequest) -> ExternalIdentity | Refused:
    """The link. Raises HashingBusyError, and TransientError when the provider's keys cannot be had."""
    right = await check_password(services, caller, request.password, wrong=WRONG_PASSWORD)
    if isinstance(right, Refused):
        return right
    claims = await services.identity_tokens.verify(request.id_token)
    if claims is None:
        return INVALID_TOKEN
    async with services.database.begin() as connection:
        user = await lock_user(connection, caller.user.id)
        if not await still_holds(connection, right):
            return WRONG_PASSWORD
        if not claims.email_verified or lookup_email(claims.email) != user.email:
            return OTHER_ADDRESS
        refused = await _second_factor(connection, services, caller, request)
        if refused is not None:
            return refused
        savepoint = await connection.begin_nested()
        if not await store.spend_token(connection, claims):
            return INVALID_TOKEN
        link = await store.add_link(connection, claims, user.id)
        if link is None:
            await savepoint.rollback()
            return TAKEN
        await start_cool_off(connection, services, user.id)
        await emit_about_user(connection, services, "system.external_identity.linked", user, issuer=link.issuer)
        await record_activity(connection, _activity(caller, "link identity", link))
        return link


async def unlink_identity(services: IdentityServices, caller: Caller, link_id: int) -> bool:
    """Whether there was such a link of the caller's; sessions that it opened go on."""
    async with services.database.begin() as connection:
        user = await lock_user(connection, caller.user.id)
        link = await store.drop_link(connection, user.id, link_id)
        if link is None:
            return False
        await emit_about_user(connection, services, "system.external_identity.unlinked", user, issuer=link.issuer)
        await record_activity(connection, _activity(caller, "unlink identity", link))
    return True


def link_action(id_token: str) -> str:
    """The hash of what a second factor approves here: this token and no other."""
    return action_hash(ACTION, id_token=id_token)


async def _second_factor(
    connection: AsyncConnection, services: IdentityServices, caller: Caller, request: LinkRequest
) -> Refused | None:
    if not await enabled_factors(connection, caller.user.id):
        return None
    result = await check_factor(
        connection,
        services,
        caller.user,
        request.proof,
        flow=ACTION,
        client=caller.client,
        action=link_action(request.id_token),
        session_id=caller.session_id,
    )
    if result.outcome is FactorOutcome.LOCKED:
        return too_many(Throttled(result.retry_after_s))
    if not result.ok:
        return MISSING_OTP if result.outcome is FactorOutcome.MISSING else INVALID_OTP
    return None


def _activity(caller: Caller, action: str, link: ExternalIdentity) -> Activity:
    return Activity(
        user_id=caller.user.id,
        topic="account",
        action=action,
        result=Result.SUCCEED,
        client=caller.client,
        data={"issuer": link.issuer, "link_id": link.id},
    )
