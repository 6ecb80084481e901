"""The SQL of API keys and service accounts.

Invariant: a key is found through its holder, so nobody reaches another's; a service account is read as what it is worth
now. Limit: the look-up of a request's key is in `identity/access/credential_store.py`.
"""

import datetime
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.api_keys.model import ApiKey, KeyState, Scope, ServiceAccount
from pyxiu.identity.api_keys.signatures import Algorithm
from pyxiu.identity.api_keys.standing import LEVEL, OWNER, STATE
from pyxiu.identity.tables.accounts import users
from pyxiu.identity.tables.factors import api_keys, service_accounts

_COLUMNS: Final = [api_keys.c[name] for name in ApiKey.__struct_fields__]
#: Level and state as they count, not as they are written.
_ACCOUNT_COLUMNS: Final = [
    {"level": LEVEL, "state": STATE}.get(name, service_accounts.c[name]) for name in ServiceAccount.__struct_fields__
]
ORDERS: Final = ("id", "kid", "algorithm", "state", "label", "created_at", "updated_at", "last_used_at", "expires_at")

_NOTE_USES: Final = text(
    """
    UPDATE api_keys SET last_used_at = used.moment
    FROM unnest(CAST(:kids AS text[]), CAST(:moments AS timestamptz[])) AS used (kid, moment)
    WHERE api_keys.kid = used.kid AND (last_used_at IS NULL OR last_used_at < used.moment)
    """
)


class Holder(NamedTuple):
    """Whose keys: a user's own, or those of one of the user's service accounts."""

    user_id: int
    service_account_id: int | None = None


async def insert_key(connection: AsyncConnection, values: Mapping[str, Any]) -> ApiKey:
    row = await connection.execute(insert(api_keys).values(dict(values)).returning(*_COLUMNS))
    return _key(row.mappings().one())


async def count_keys(connection: AsyncConnection, holder: Holder) -> int:
    statement = select(func.count()).select_from(api_keys).where(*_of(holder))
    return int((await connection.execute(statement)).scalar_one())


async def keys_of(
    connection: AsyncConnection, holder: Holder, *, order_by: str, descending: bool, limit: int, offset: int
) -> list[ApiKey]:
    """A page of keys, ordered by one of ORDERS and then by id."""
    column = api_keys.c[order_by]
    order = (column.desc(), api_keys.c.id.desc()) if descending else (column.asc(), api_keys.c.id.asc())
    statement = select(*_COLUMNS).where(*_of(holder)).order_by(*order).limit(limit).offset(offset)
    return [_key(row) for row in (await connection.execute(statement)).mappings()]


async def find_key(connection: AsyncConnection, holder: Holder, kid: str) -> ApiKey | None:
    """The holder's key, locked until the end of the transaction."""
    statement = select(*_COLUMNS).where(api_keys.c.kid == kid, *_of(holder)).with_for_update()
    row = (await connection.execute(statement)).mappings().first()
    return None if row is None else _key(row)


async def update_key(connection: AsyncConnection, key_id: int, values: Mapping[str, Any]) -> ApiKey:
    statement = update(api_keys).where(api_keys.c.id == key_id).values(**values, updated_at=func.now())
    return _key((await connection.execute(statement.returning(*_COLUMNS))).mappings().one())


async def delete_key(connection: AsyncConnection, key_id: int) -> None:
    await connection.execute(delete(api_keys).where(api_keys.c.id == key_id))


async def deactivate_keys(connection: AsyncConnection, user_id: int) -> list[str]:
    """Switch off all active keys of a user and of the user's service accounts; their ids."""
    active = (api_keys.c.user_id == user_id, api_keys.c.state == KeyState.ACTIVE.value)
    statement = update(api_keys).where(*active).values(state=KeyState.INACTIVE.value, updated_at=func.now())
    return list((await connection.execute(statement.returning(api_keys.c.kid))).scalars())


async def note_uses(connection: AsyncConnection, uses: Mapping[str, datetime.datetime]) -> None:
    """Move `last_used_at` forward, never back. `uses`: when each key id was used last."""
    await connection.execute(_NOTE_USES, {"kids": list(uses), "moments": list(uses.values())})


async def insert_service_account(connection: AsyncConnection, values: Mapping[str, Any]) -> ServiceAccount:
    row = await connection.execute(insert(service_accounts).values(dict(values)).returning(service_accounts))
    return ServiceAccount(**row.mappings().one())


async def service_accounts_of(connection: AsyncConnection, owner_id: int) -> list[ServiceAccount]:
    rows = await connection.execute(_accounts_of(owner_id).order_by(service_accounts.c.id))
    return [ServiceAccount(**row) for row in rows.mappings()]


async def find_service_account(connection: AsyncConnection, owner_id: int, uid: str) -> ServiceAccount | None:
    row = await connection.execute(_accounts_of(owner_id).where(service_accounts.c.uid == uid))
    found = row.mappings().first()
    return None if found is None else ServiceAccount(**found)


def _accounts_of(owner_id: int) -> Select[Any]:
    joined = service_accounts.join(users, OWNER)
    return select(*_ACCOUNT_COLUMNS).select_from(joined).where(service_accounts.c.owner_id == owner_id)


def _of(holder: Holder) -> tuple[ColumnElement[bool], ...]:
    account = api_keys.c.service_account_id
    own = account.is_(None) if holder.service_account_id is None else account == holder.service_account_id
    return (api_keys.c.user_id == holder.user_id, own)


def _key(row: Mapping[Any, Any]) -> ApiKey:
    typed = {
        "algorithm": Algorithm(row["algorithm"]),
        "scopes": tuple(Scope(scope) for scope in row["scopes"]),
        "networks": tuple(row["networks"]),
        "state": KeyState(row["state"]),
    }
    return ApiKey(**{**row, **typed})
