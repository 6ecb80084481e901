"""Whose keys a user may manage: the own ones and those of the own service accounts."""

from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.api_keys import store
from pyxiu.identity.api_keys.store import Holder
from pyxiu.identity.factors.model import Caller
from pyxiu.identity.model import UserState


class KnownHolder(NamedTuple):
    holder: Holder
    uid: str
    active: bool


async def holder_of(connection: AsyncConnection, caller: Caller, service_account_uid: str | None) -> KnownHolder | None:
    """None when the user has no such service account."""
    user = caller.user
    active = user.state is UserState.ACTIVE
    if service_account_uid is None:
        return KnownHolder(Holder(user.id), user.uid, active)
    account = await store.find_service_account(connection, user.id, service_account_uid)
    if account is None:
        return None
    return KnownHolder(Holder(user.id, account.id), account.uid, active and account.state == UserState.ACTIVE.value)
