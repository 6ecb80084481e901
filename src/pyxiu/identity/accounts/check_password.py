"""Ask a member for the password again, before something that a stolen session must not do.

Invariant: a check takes a while, and what follows it longer; so whoever acts on it asks `still_holds` once the user is
locked. A password that was replaced meanwhile, or a session that was ended, is as good as a wrong password: or what a
thief began would undo how the owner got rid of the thief. Limit: a hash that a log-in renewed meanwhile, because the
settings of hashing have changed, counts as replaced; the member tries again.
"""

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts import store
from pyxiu.identity.accounts.refusals import Refused, too_many
from pyxiu.identity.factors.model import Caller
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.store import was_ended
from pyxiu.identity.throttle import forget, take_rate


class RightPassword(msgspec.Struct, frozen=True):
    """That the caller knew the password whose hash this is."""

    caller: Caller
    password_hash: str

    def __repr__(self) -> str:
        return "RightPassword()"


async def check_password(
    services: IdentityServices, caller: Caller, password: str, *, wrong: Refused
) -> RightPassword | Refused:
    """`wrong` or 429 when it is not right. Raises HashingBusyError."""
    bucket, key = "password_member", str(caller.user.id)
    throttled = await take_rate(services, bucket, key, services.settings.rates.password_member)
    if throttled is not None:
        return too_many(throttled)
    async with services.database.connect() as connection:
        password_hash = await store.password_hash_of(connection, caller.user.id)
    if not (await services.passwords.check(password_hash, password)).right:
        return wrong
    await forget(services, bucket, key)
    return RightPassword(caller, password_hash)


async def still_holds(connection: AsyncConnection, right: RightPassword) -> bool:
    """Whether nothing has changed since, in a db transaction that has locked the user."""
    if await store.password_hash_of(connection, right.caller.user.id) != right.password_hash:
        return False
    return not await was_ended(connection, right.caller.session_id)
