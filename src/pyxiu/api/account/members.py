"""GET /account/members/me: who asks, and what they have."""

from typing import Annotated, Final

import msgspec

from pyxiu.api.account.balances import Account, accounts_of
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.identity.access.credential_store import find_user


class Myself(msgspec.Struct, frozen=True):
    """The member that asks."""

    uid: str
    email: Annotated[str | None, msgspec.Meta(description="null for a service account without one.")]
    level: int
    role: str
    accounts: list[Account]


@endpoint("GET", "/account/members/me", tag="Account", private=True, returns=Myself)
async def show_myself(call: Call[NoQuery]) -> Reply:
    """You, with your money in every visible currency."""
    async with call.identity.database.connect() as connection:
        user = await find_user(connection, call.uid)
    member = call.known_member
    accounts = [entity for _, entity in await accounts_of(call)]
    return Reply(Myself(call.uid, None if user is None else user.email, member.level, member.role, accounts))


ENDPOINTS: Final = (show_myself,)
