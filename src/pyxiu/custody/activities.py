"""What staff has done to money on its way in or out: who, what, to which object, and why.

Invariant: written in the transaction of what was done, as a link of a chain of hashes that the database makes and keeps
(migration 0016). Limit: what machines do by rule is in the rows themselves; acts wait for each other from here to their
commit, so note them last.
"""

from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.deposits.tables import custody_activities


async def note_activity(
    connection: AsyncConnection, *, actor: str, action: str, about: str, reason: str, **data: Any
) -> None:
    """`action` as `deposit.accept`, `about` as `deposit:TID…`; `data` are plain JSON values."""
    row = {"actor": actor, "action": action, "object": about, "reason": reason, "data": data}
    await connection.execute(insert(custody_activities).values(row))
