"""A member's allow-list: with it on, new addresses need a second factor beside the PIN and wait a day at least.

Invariant: it is turned on and off by a second factor only, and turning it off makes withdrawals wait (S-5). Limit:
withdrawals go to confirmed entries of the address book with and without it.
"""

import msgspec
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals.payload import request_hash
from pyxiu.custody.withdrawals.ports import MemberFacts, Proved, Prover
from pyxiu.custody.withdrawals.store import lock_member
from pyxiu.custody.withdrawals.tables import withdrawal_settings


class AllowList(msgspec.Struct, frozen=True):
    enabled: bool


def allow_list_hash(*, enabled: bool) -> str:
    """What a second factor proves when a member changes it."""
    return request_hash(kind="withdrawal.allow_list", enabled=int(enabled))


async def has_allow_list(connection: AsyncConnection, uid: str) -> bool:
    query = select(withdrawal_settings.c.allow_list).where(withdrawal_settings.c.uid == uid)
    return bool((await connection.execute(query)).scalar_one_or_none())


async def read_allow_list(services: CustodyServices, uid: str) -> AllowList:
    async with services.database.connect() as connection:
        return AllowList(await has_allow_list(connection, uid))


async def change_allow_list(
    services: CustodyServices, member: MemberFacts, prover: Prover, *, enabled: bool
) -> AllowList | Proved:
    """As it is now; or what is wrong with the second factor."""
    async with services.database.begin() as connection:
        await lock_member(connection, member.uid)
        before = await has_allow_list(connection, member.uid)
        if before == enabled:
            return AllowList(enabled)
        proved = await prover.prove(allow_list_hash(enabled=enabled))
        if proved.refusal is not None:
            return proved
        values = {"allow_list": enabled, "updated_at": func.now()}
        statement = upsert(withdrawal_settings).values(uid=member.uid, **values)
        await connection.execute(statement.on_conflict_do_update(index_elements=["uid"], set_=values))
        if before:
            # Before the commit: that withdrawals wait for nothing does less harm than that they do not wait.
            await services.withdrawing.members.start_cool_off(member.uid)
    return AllowList(enabled)
