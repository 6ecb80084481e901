"""The SQL of commands that identity owes to the engine, and of the lock by which one process delivers them."""

from typing import Final

import msgspec
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.tables.accounts import identity_commands

#: Notified in the transaction that owes something, be it a command or a mail.
CHANNEL: Final = "pyxiu_identity_work"
#: "pyxiu" + 7: one process at a time delivers.
_DELIVERY_LOCK: Final = 0x7079786975_07


class OwedCommand(msgspec.Struct, frozen=True):
    """`subject` is the member's uid."""

    id: int
    subject: str
    command: bytes


async def owe(connection: AsyncConnection, subject: str, command: bytes) -> None:
    """Remember that the engine must be told, and wake who tells it once this commits."""
    await connection.execute(insert(identity_commands).values(subject=subject, command=command))
    await wake(connection)


async def wake(connection: AsyncConnection) -> None:
    await connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


async def lock_delivery(connection: AsyncConnection) -> bool:
    """Whether this transaction is the one that delivers."""
    locked: bool = (await connection.execute(select(func.pg_try_advisory_xact_lock(_DELIVERY_LOCK)))).scalar_one()
    return locked


async def owed(connection: AsyncConnection, *, limit: int) -> list[OwedCommand]:
    """The oldest that the engine has not refused, in the order in which they were written."""
    table = identity_commands
    query = select(table.c.id, table.c.subject, table.c.command).where(table.c.rejection.is_(None))
    return [OwedCommand(*row) for row in await connection.execute(query.order_by(table.c.id).limit(limit))]


async def settle(connection: AsyncConnection, command_id: int) -> None:
    """The engine has confirmed it; from now on the journal has it."""
    await connection.execute(delete(identity_commands).where(identity_commands.c.id == command_id))


async def mark_rejected(connection: AsyncConnection, command_id: int, rejection: str) -> None:
    table = identity_commands
    await connection.execute(update(table).where(table.c.id == command_id).values(rejection=rejection))
