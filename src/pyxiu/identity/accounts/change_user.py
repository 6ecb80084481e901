"""Change a user's row: the one way, for every capability and for staff.

    await change_user(connection, services, user, otp=True)
    await refresh_standing(connection, services, user)        # after private labels have changed
    await decide_state(connection, services, user, UserState.BANNED)

Invariant: whoever must know of the change is told in the same db transaction: caches (`announce`), the outside
(`model.user.updated`), the engine (PutMember); of service accounts that follow the user, caches and the engine. Who is
not live any more has no session left, who is not active no API key that works. Limit: passwords and e-mails have flows
of their own.
"""

from typing import Any, Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts import mail_token_store, store
from pyxiu.identity.accounts.mail_tokens import EVENTS
from pyxiu.identity.api_keys.deactivate_api_keys import deactivate_api_keys
from pyxiu.identity.api_keys.store import service_accounts_of
from pyxiu.identity.changes import Change, announce
from pyxiu.identity.command_store import owe
from pyxiu.identity.events import aggregate_of, user_record
from pyxiu.identity.factors.cool_off import start_cool_off
from pyxiu.identity.labels.decide_standing import decide_standing
from pyxiu.identity.labels.store import all_levels, labels_of
from pyxiu.identity.member_command import member_command, service_member_command
from pyxiu.identity.model import LIVE_STATES, User, UserState
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.close_sessions import close_sessions_of
from pyxiu.kit.clock import now_of
from pyxiu.storage.outbox import emit

#: What may be changed here, by whoever may do it.
CHANGEABLE: Final = frozenset(
    {"username", "role", "level", "state", "otp", "language", "fee_group", "data", "staff_state", "email"}
)


async def change_user(connection: AsyncConnection, services: IdentityServices, user: User, **changes: Any) -> User:
    """The user as it is now. Values are plain, as the columns have them; `user` is how the caller knows it."""
    assert changes.keys() <= CHANGEABLE, changes.keys()
    before = await store.lock_user(connection, user.id)
    after = await store.update_user(connection, user.id, {**changes, "updated_at": now_of(services.clock)})
    old = _differences(before, after)
    if not old:
        return after
    await emit(connection, "model.user.updated", user_record(after), aggregate=aggregate_of(after), changes=old)
    await announce(connection, Change.USER, after.uid)
    if member_command(before) != member_command(after):
        await owe(connection, after.uid, member_command(after))
    if {"level", "state", "fee_group"} & old.keys():
        await _tell_of_service_accounts(connection, after)
    if before.state is not after.state:
        await _left(connection, after)
    if before.email != after.email:
        # Links that went to the old mailbox open nothing, and who has the new one must wait to withdraw.
        for purpose in EVENTS:
            await mail_token_store.drop_tokens(connection, after.id, purpose)
        await start_cool_off(connection, services, after.id)
    if before.role != after.role:
        # What a session may do follows from the role: nobody goes on with one of another role.
        await close_sessions_of(connection, after.id, reason="role_changed")
    return after


async def refresh_standing(connection: AsyncConnection, services: IdentityServices, user: User) -> User:
    """Compute level and state anew from private labels and staff's decision."""
    standing = await store.lock_standing(connection, user.id)
    staff_state = None if standing.staff_state is None else UserState(standing.staff_state)
    decided = decide_standing(
        await labels_of(connection, user.id),
        await all_levels(connection),
        dict(services.settings.activation),
        staff_state,
    )
    return await change_user(connection, services, user, level=decided.level, state=decided.state.value)


async def decide_state(connection: AsyncConnection, services: IdentityServices, user: User, state: UserState) -> User:
    """Staff's word on the state; no later change of labels takes it back.

    The state that follows is graver where a private label says so (`lock`, `ban`, …): compare it with what was asked.
    """
    await store.lock_user(connection, user.id)
    await store.update_user(connection, user.id, {"staff_state": state.value, "updated_at": now_of(services.clock)})
    return await refresh_standing(connection, services, user)


async def _tell_of_service_accounts(connection: AsyncConnection, owner: User) -> None:
    """They are worth no more than their owner, which is as of now what it was not before."""
    for account in await service_accounts_of(connection, owner.id):
        await announce(connection, Change.USER, account.uid)
        await owe(connection, account.uid, service_member_command(owner, account))


async def _left(connection: AsyncConnection, user: User) -> None:
    if user.state not in LIVE_STATES:
        await close_sessions_of(connection, user.id, reason=user.state.value)
    if user.state is not UserState.ACTIVE:
        await deactivate_api_keys(connection, user.id)


def _differences(before: User, after: User) -> dict[str, Any]:
    """The old values of what has changed, as events tell them."""
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(after)
    return {name: old[name] for name in old if name not in {"updated_at", "id"} and old[name] != new[name]}
