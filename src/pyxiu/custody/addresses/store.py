"""The SQL of deposit addresses, on a connection that the caller's transaction owns.

Invariant: a row is never changed and never removed, so whatever is paid to an address that was once given is seen.
"""

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.addresses.model import DepositAddress
from pyxiu.custody.wallets.tables import deposit_addresses
from pyxiu.custody.withdrawals.ports import CheckedAddress


async def newest_address(connection: AsyncConnection, wallet_id: int, uid: str) -> DepositAddress | None:
    query = (
        select(deposit_addresses)
        .where(deposit_addresses.c.uid == uid, deposit_addresses.c.wallet_id == wallet_id)
        .order_by(deposit_addresses.c.id.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else DepositAddress(**row)


async def newest_addresses(connection: AsyncConnection, uid: str) -> list[DepositAddress]:
    """A member's newest address of each wallet."""
    query = (
        select(deposit_addresses)
        .ext(distinct_on(deposit_addresses.c.wallet_id))
        .where(deposit_addresses.c.uid == uid)
        .order_by(deposit_addresses.c.wallet_id, deposit_addresses.c.id.desc())
    )
    return [DepositAddress(**row) for row in (await connection.execute(query)).mappings()]


async def count_addresses(connection: AsyncConnection, wallet_id: int, uid: str) -> int:
    query = select(func.count()).where(deposit_addresses.c.uid == uid, deposit_addresses.c.wallet_id == wallet_id)
    return int((await connection.execute(query)).scalar_one())


async def insert_address(
    connection: AsyncConnection, *, wallet_id: int, network: str, uid: str, idx: int, given: CheckedAddress
) -> DepositAddress:
    values = {
        "wallet_id": wallet_id,
        "network": network,
        "uid": uid,
        "idx": idx,
        "address": given.text,
        "destination": given.destination,
    }
    row = (await connection.execute(insert(deposit_addresses).values(values).returning(deposit_addresses))).mappings()
    return DepositAddress(**row.one())
