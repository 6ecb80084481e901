"""Staff's word on a user's state: banned, locked, deleted, active again.

Invariant: sessions and keys end with the change, and it cannot be undone by a label. Limit: a label that says graver
(`ban`, `lock`) stays in force; the answer shows the state that follows.
"""

from pyxiu.identity.accounts.change_user import decide_state
from pyxiu.identity.model import User, UserState
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.staff.may_change import user_to_change
from pyxiu.identity.staff.model import Act, Refusal
from pyxiu.identity.staff.note import UPDATE, note


async def change_user_state(services: IdentityServices, act: Act, uid: str, state: str) -> User | Refusal:
    if state not in list(UserState):
        return Refusal.STATE_INVALID
    async with services.database.begin() as connection:
        user = await user_to_change(connection, act.by, uid)
        if isinstance(user, Refusal):
            return user
        if user.state == state:
            return Refusal.STATE_UNCHANGED
        changed = await decide_state(connection, services, user, UserState(state))
        before, after = {"state": user.state.value}, {"state": changed.state.value, "asked": state}
        await note(connection, act, topic="users", action=UPDATE, target_uid=uid, before=before, after=after)
    return changed
