"""What a key id stands for, in one look-up: the key, whose it is, and whether that somebody may use it.

Invariant: the secret stays sealed here; who opens it keeps it in memory only. Limit: reads alone; keys are written by
`identity/api_keys`, users by their own use cases.
"""

import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, case, exists, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.api_keys.standing import LEVEL, OWNER, STATE
from pyxiu.identity.tables.accounts import users
from pyxiu.identity.tables.factors import api_keys, passkeys, service_accounts


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """`uid`, `role`, `level` and `state` are those of the service account where the key is one's, else the user's.

    A service account's level and state are no better than its owner's.
    """

    kid: str
    algorithm: str
    secret_sealed: bytes | None
    public_key: bytes | None
    scopes: list[str]
    networks: list[str]
    expires_at: datetime.datetime | None
    key_state: str
    legacy_signature: bool
    user_id: int
    uid: str
    role: str
    level: int
    state: str
    owner_uid: str
    of_service_account: bool
    #: Or the operator made the key: then nobody asks for its user's.
    has_second_factor: bool

    def __repr__(self) -> str:
        return f"KeyRow(kid={self.kid!r}, uid={self.uid!r})"


class UserRow(msgspec.Struct, frozen=True, kw_only=True):
    """Of a user or a service account, what a token says and is checked against."""

    user_id: int
    uid: str
    email: str
    role: str
    level: int
    state: str
    is_user: bool
    username: str | None = None
    referral_id: int | None = None


async def find_key(connection: AsyncConnection, kid: str) -> KeyRow | None:
    """The key of that id, in whatever state it is."""
    of_service = api_keys.c.service_account_id.is_not(None)
    passkey = exists().where(passkeys.c.user_id == users.c.id, passkeys.c.state == "active")

    def of_holder(name: str, of_account: ColumnElement[Any]) -> ColumnElement[Any]:
        return case((of_service, of_account), else_=users.c[name]).label(name)

    # Said in full: left to itself, the join would take all service accounts of the key's user.
    own_account = service_accounts.c.id == api_keys.c.service_account_id
    joined = api_keys.join(users, users.c.id == api_keys.c.user_id).outerjoin(service_accounts, own_account)
    statement = (
        select(
            api_keys.c.kid,
            api_keys.c.algorithm,
            api_keys.c.secret_sealed,
            api_keys.c.public_key,
            api_keys.c.scopes,
            api_keys.c.networks,
            api_keys.c.expires_at,
            api_keys.c.state.label("key_state"),
            api_keys.c.legacy_signature,
            users.c.id.label("user_id"),
            of_holder("uid", service_accounts.c.uid),
            of_holder("role", service_accounts.c.role),
            of_holder("level", LEVEL),
            of_holder("state", STATE),
            users.c.uid.label("owner_uid"),
            of_service.label("of_service_account"),
            (users.c.otp | passkey | api_keys.c.operator_made).label("has_second_factor"),
        )
        .select_from(joined)
        .where(api_keys.c.kid == kid)
    )
    row = (await connection.execute(statement)).mappings().first()
    return None if row is None else KeyRow(**row)


async def find_user(connection: AsyncConnection, uid: str) -> UserRow | None:
    """The user or service account of that uid, in whatever state."""
    own = [users.c[name] for name in ("uid", "email", "role", "level", "state", "username", "referral_id")]
    user = select(*own, users.c.id.label("user_id"), literal(True).label("is_user")).where(users.c.uid == uid)
    owned = [service_accounts.c[name] for name in ("uid", "email", "role")]
    account = (
        select(*owned, LEVEL, STATE, service_accounts.c.owner_id.label("user_id"), literal(False).label("is_user"))
        .select_from(service_accounts.join(users, OWNER))
        .where(service_accounts.c.uid == uid)
    )
    for statement in (user, account):
        row = (await connection.execute(statement)).mappings().first()
        if row is not None:
            return UserRow(**row)
    return None
