"""Users and keys whose secrets are known beforehand: of the demo, of benchmarks and of tests.

Invariant: a second call with the same id changes the row that is there. Limit: no question asked, no mail sent, nothing
told to the engine; who makes an account for a person uses the use cases of identity.
"""

from typing import Final

import msgspec
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts.store import NewUser, insert_user, user_by_uid
from pyxiu.identity.api_keys.model import DEFAULT_SCOPES, KeyState, key_purpose
from pyxiu.identity.api_keys.signatures import Algorithm
from pyxiu.identity.changes import Change, announce
from pyxiu.identity.model import User
from pyxiu.identity.ports import Sealer
from pyxiu.identity.tables.factors import api_keys

#: No password hashes to this, so nobody logs in.
NO_PASSWORD: Final = "!"  # noqa: S105 - the absence of one


class KnownKey(msgspec.Struct, frozen=True, kw_only=True):
    """Never to be logged, so it does not show its secret."""

    kid: str
    secret: str
    label: str = ""
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    legacy_signature: bool = True
    state: KeyState = KeyState.ACTIVE

    def __repr__(self) -> str:
        return f"KnownKey(kid={self.kid!r})"


async def put_bare_user(connection: AsyncConnection, uid: str, *, level: int, role: str = "member") -> User:
    """A user who cannot log in but whose keys work."""
    found = await user_by_uid(connection, uid)
    if found is not None:
        return found
    made = await insert_user(
        connection,
        NewUser(
            uid=uid,
            email=f"{uid.lower()}@demo.example",
            password_hash=NO_PASSWORD,
            role=role,
            state="active",
            level=level,
        ),
    )
    assert isinstance(made, User), (uid, made)
    return made


async def put_key(connection: AsyncConnection, sealer: Sealer, user_id: int, key: KnownKey) -> None:
    """The user's key, as it is given; it works whether or not the user has a second factor."""
    values = {
        "kid": key.kid,
        "user_id": user_id,
        "algorithm": Algorithm.HS256.value,
        "secret_sealed": sealer.seal(key.secret.encode(), key_purpose(key.kid)),
        "scopes": list(key.scopes),
        "label": key.label,
        "networks": [],
        "state": key.state.value,
        "legacy_signature": key.legacy_signature,
        "operator_made": True,
    }
    statement = upsert(api_keys).values(values)
    changed = {name: value for name, value in values.items() if name != "kid"}
    await connection.execute(statement.on_conflict_do_update(index_elements=["kid"], set_=changed))
    await announce(connection, Change.API_KEY, key.kid)


async def disable_other_keys(connection: AsyncConnection, user_id: int, label: str, kid: str) -> None:
    """Switch off what an earlier run gave this user under the same label."""
    statement = (
        update(api_keys)
        .where(api_keys.c.user_id == user_id, api_keys.c.label == label, api_keys.c.kid != kid)
        .values(state=KeyState.INACTIVE.value)
        .returning(api_keys.c.kid)
    )
    for other in (await connection.execute(statement)).scalars().all():
        await announce(connection, Change.API_KEY, other)
