"""Make a service account for a user: an account of a program, with keys and without a password.

Invariant: it starts with its owner's level and state, follows them down (`standing.py`), and neither uid nor e-mail is
anybody else's. Limit: nobody makes one over the public API; the operator's own systems do.
"""

import secrets
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts.store import lock_user
from pyxiu.identity.api_keys import store
from pyxiu.identity.api_keys.model import ServiceAccount
from pyxiu.identity.command_store import owe
from pyxiu.identity.member_command import service_member_command
from pyxiu.identity.model import User

UID_PREFIX: Final = "SI"
_UID_BYTES: Final = 5


async def create_service_account(
    connection: AsyncConnection, owner: User, *, role: str, email: str | None = None
) -> ServiceAccount:
    """In the caller's transaction. `role`: one that the permissions know, as `sa_maker`.

    `email` defaults to the owner's with the uid: `name+SI0123456789@domain`.
    """
    # Locked, so that whoever changes the owner at the same time sees the account, or is seen here.
    owner = await lock_user(connection, owner.id)
    uid = UID_PREFIX + secrets.token_hex(_UID_BYTES).upper()
    name, _, domain = owner.email.rpartition("@")
    values = {
        "uid": uid,
        "owner_id": owner.id,
        "email": (email or f"{name}+{uid}@{domain}").lower(),
        "role": role,
        "level": owner.level,
        "state": owner.state.value,
    }
    account = await store.insert_service_account(connection, values)
    # The engine knows it as a member of its own, on its owner's terms.
    await owe(connection, uid, service_member_command(owner, account))
    return account
