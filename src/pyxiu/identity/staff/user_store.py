"""The SQL by which staff finds users.

Invariant: filters are bound values, the order is one of ORDERS. Limit: pages are counted, so a filter that fits
millions costs a count of millions.
"""

import datetime
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.kyc.purposes import name_index
from pyxiu.identity.labels.model import LabelScope
from pyxiu.identity.model import User
from pyxiu.identity.ports import Sealer
from pyxiu.identity.tables.accounts import labels, users
from pyxiu.identity.tables.kyc import profiles

ORDERS: Final = ("id", "uid", "email", "username", "role", "level", "state", "otp", "created_at", "updated_at")
#: The values of the private label `document` that staff has to look at.
PENDING_DOCUMENTS: Final = ("pending", "replaced")
_referrers: Final = users.alias("referrers")
_COLUMNS: Final = tuple(users.c[name] for name in User.__struct_fields__)


class FoundUser(NamedTuple):
    user: User
    referral_uid: str | None


class UserFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which users staff wants to see; None is any. `since` is included, `until` is not; both are of `range_`."""

    uid: str | None = None
    email: str | None = None
    role: str | None = None
    level: int | None = None
    state: str | None = None
    country: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    label: tuple[str, str] | None = None
    pending_documents: bool = False
    range_: str = "created"
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None


async def page_of(
    connection: AsyncConnection,
    sealer: Sealer,
    wanted: UserFilter,
    *,
    order_by: str = "id",
    descending: bool = False,
    limit: int,
    offset: int,
) -> tuple[list[FoundUser], int]:
    """The users of a page, and how many there are on all."""
    assert order_by in ORDERS, order_by
    where = _conditions(sealer, wanted)
    total = (await connection.execute(select(func.count()).select_from(users).where(*where))).scalar_one()
    columns = (users.c[order_by], users.c.id)
    order = [column.desc() if descending else column.asc() for column in columns]
    rows = await connection.execute(_with_referrer().where(*where).order_by(*order).limit(limit).offset(offset))
    return [_found(row) for row in rows], total


async def by_uid(connection: AsyncConnection, uid: str) -> FoundUser | None:
    row = (await connection.execute(_with_referrer().where(users.c.uid == uid))).first()
    return None if row is None else _found(row)


async def by_ids(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, FoundUser]:
    rows = await connection.execute(_with_referrer().where(users.c.id.in_(ids)))
    return {found.user.id: found for found in map(_found, rows)}


async def by_uids(connection: AsyncConnection, uids: Sequence[str]) -> dict[str, FoundUser]:
    rows = await connection.execute(_with_referrer().where(users.c.uid.in_(uids)))
    return {found.user.uid: found for found in map(_found, rows)}


async def label_counts(connection: AsyncConnection) -> list[tuple[str, str, int]]:
    """Key, value and how many users have it, of every private label there is."""
    query = select(labels.c.key, labels.c.value, func.count()).where(labels.c.scope == LabelScope.PRIVATE.value)
    rows = await connection.execute(query.group_by(labels.c.key, labels.c.value).order_by(labels.c.key, labels.c.value))
    return [(row[0], row[1], row[2]) for row in rows]


def _conditions(sealer: Sealer, wanted: UserFilter) -> list[ColumnElement[bool]]:
    given = {name: getattr(wanted, name) for name in ("uid", "email", "role", "level", "state")}
    found: list[ColumnElement[bool]] = [users.c[name] == value for name, value in given.items() if value is not None]
    column = users.c.created_at if wanted.range_ == "created" else users.c.updated_at
    if wanted.since is not None:
        found.append(column >= wanted.since)
    if wanted.until is not None:
        found.append(column < wanted.until)
    if wanted.label is not None:
        key, value = wanted.label
        found.append(_has_label(key, (value,)))
    if wanted.pending_documents:
        found.append(_has_label("document", PENDING_DOCUMENTS))
    if wanted.country is not None:
        found.append(_has_profile(profiles.c.country == wanted.country.upper()))
    for field, name in (("first_name", wanted.first_name), ("last_name", wanted.last_name)):
        if name is not None:
            found.append(_has_profile(profiles.c[f"{field}_index"].in_(name_index(sealer, name, field))))
    return found


def _has_label(key: str, values: Sequence[str]) -> ColumnElement[bool]:
    fits = (labels.c.key == key, labels.c.value.in_(values), labels.c.scope == LabelScope.PRIVATE.value)
    return users.c.id.in_(select(labels.c.user_id).where(*fits))


def _has_profile(fits: ColumnElement[bool]) -> ColumnElement[bool]:
    return users.c.id.in_(select(profiles.c.user_id).where(fits))


def _with_referrer() -> Select[Any]:
    joined = users.outerjoin(_referrers, _referrers.c.id == users.c.referral_id)
    return select(*_COLUMNS, _referrers.c.uid).select_from(joined)


def _found(row: Any) -> FoundUser:
    fields = dict(zip(User.__struct_fields__, row[:-1], strict=True))
    return FoundUser(msgspec.convert(fields, User, builtin_types=(datetime.datetime,)), row[-1])
