"""The demo's members as users of this exchange: with e-mail, password, verified labels and an API key.

Invariant: running it again changes nothing but what the credentials file says anew: a password or key that was lost
with the file is replaced. Limit: no mail is sent, and their uids are fixed, so that funds are theirs.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.app.demo.members import DemoMember
from pyxiu.app.known_keys import KnownKey, disable_other_keys, put_key
from pyxiu.identity.accounts import store
from pyxiu.identity.accounts.sign_up import create_user
from pyxiu.identity.accounts.store import NewUser
from pyxiu.identity.labels.change_labels import set_label
from pyxiu.identity.labels.store import all_levels
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from pyxiu.kit.errors import PermanentError

KEY_LABEL: Final = "demo"


async def put_demo_user(services: IdentityServices, member: DemoMember) -> User:
    """The member, on the highest level, with the password and the key of the credentials."""
    async with services.database.connect() as connection:
        known = await store.with_password(connection, member.email)
    right = known is not None and (await services.passwords.check(known[1], member.password)).right
    password_hash = None if right else await services.passwords.hash(member.password)
    async with services.database.begin() as connection:
        user = await _user(connection, services, member, known[0] if known else None, password_hash)
        for level in await all_levels(connection):
            user = await set_label(connection, services, user.id, level.key, level.value)
        await disable_other_keys(connection, user.id, KEY_LABEL, member.api_key)
        key = KnownKey(kid=member.api_key, secret=member.api_secret, label=KEY_LABEL)
        await put_key(connection, services.sealer, user.id, key)
    return user


async def _user(
    connection: AsyncConnection,
    services: IdentityServices,
    member: DemoMember,
    known: User | None,
    password_hash: str | None,
) -> User:
    if known is None:
        assert password_hash is not None, "nobody has a password without a row"
        made = await create_user(
            connection, services, NewUser(uid=member.uid, email=member.email, password_hash=password_hash)
        )
        if not isinstance(made, User):
            raise PermanentError(f"demo: {member.uid} is somebody else's account here")
        return made
    if known.uid != member.uid:
        raise PermanentError(f"demo: expected {member.email} to be {member.uid}, found {known.uid}")
    if password_hash is not None:
        await store.set_password(connection, known.id, password_hash)
    return known
