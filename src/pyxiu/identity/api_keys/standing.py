"""What a service account is worth now: no more than itself and no more than its owner, in level and in state.

    select(LEVEL, STATE).select_from(service_accounts.join(users, OWNER))

Invariant: computed wherever one is read, so what an owner loses is lost at once, and what comes back to the owner comes
back no further than the account's own. Limit: expressions over `service_accounts` and `users`; who remembers what they
said is told by `change_user`.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func

from pyxiu.identity.model import UserState
from pyxiu.identity.tables.accounts import users
from pyxiu.identity.tables.factors import service_accounts

OWNER: Final[ColumnElement[bool]] = users.c.id == service_accounts.c.owner_id
LEVEL: Final[ColumnElement[Any]] = func.least(service_accounts.c.level, users.c.level).label("level")
#: The graver of the two; where neither may log in, the account's own, which also knows states that no user has.
STATE: Final[ColumnElement[Any]] = case(
    (service_accounts.c.state == UserState.ACTIVE.value, users.c.state),
    (
        and_(service_accounts.c.state == UserState.PENDING.value, users.c.state != UserState.ACTIVE.value),
        users.c.state,
    ),
    else_=service_accounts.c.state,
).label("state")
