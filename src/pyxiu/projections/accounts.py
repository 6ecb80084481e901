"""The `accounts` table: what each owner has of each asset, system owners included.

Invariant: an account is the sum of its ledger rows, and per asset all accounts sum to zero, which is asserted for what
each chunk adds; the table refuses a member's account below zero. Limit: accounts are never removed.
"""

from typing import Final

import msgspec

from pyxiu.core.types import AssetId, MemberId
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.connection import Connection
from pyxiu.projections.ledger import LedgerRow
from pyxiu.projections.writing import expect_rows, rows_of

TABLE: Final = "accounts"

# Not INSERT … ON CONFLICT: its row checks would look at the change instead of the balance that results.
_CHANGES: Final = """
unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]) AS d(owner, asset, available, held, seq)
"""
_UPDATE: Final = f"""
UPDATE accounts a SET available = a.available + d.available::numeric, held = a.held + d.held::numeric, seq = d.seq
FROM {_CHANGES} WHERE a.owner = d.owner AND a.asset = d.asset
"""  # noqa: S608 - constants
_INSERT_OTHERS: Final = f"""
INSERT INTO accounts (owner, asset, available, held, seq)
SELECT owner, asset, available::numeric, held::numeric, seq FROM {_CHANGES}
WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.owner = d.owner AND a.asset = d.asset)
"""  # noqa: S608 - constants


class AccountChange(msgspec.Struct, gc=False):
    """What rows add to one account, and the record of the last of them."""

    available: int
    held: int
    seq: int


def fold_accounts(ledger: list[LedgerRow]) -> dict[tuple[MemberId, AssetId], AccountChange]:
    """What the rows add to each account. Asserts that per asset it sums to zero."""
    changes: dict[tuple[MemberId, AssetId], AccountChange] = {}
    for seq, _, owner, asset, available, held, _ in ledger:
        change = changes.get((owner, asset))
        if change is None:
            changes[owner, asset] = AccountChange(available, held, seq)
        else:
            change.available += available
            change.held += held
            change.seq = seq
    sums: dict[AssetId, int] = {}
    for (_, asset), change in changes.items():
        sums[asset] = sums.get(asset, 0) + change.available + change.held
    unbalanced = {asset: total for asset, total in sums.items() if total}
    assert not unbalanced, f"ledger rows {ledger[0]} to {ledger[-1]} do not sum to zero: {unbalanced}"
    return changes


async def project_accounts(connection: Connection, chunk: Chunk) -> None:
    """Add what the chunk moves to the accounts that it touches."""
    changes = fold_accounts(chunk.ledger)
    if not changes:
        return
    arrays = (
        [owner for owner, _ in changes],
        [asset for _, asset in changes],
        [str(change.available) for change in changes.values()],
        [str(change.held) for change in changes.values()],
        [change.seq for change in changes.values()],
    )
    written = rows_of(await connection.execute(_UPDATE, *arrays))
    if written < len(changes):
        written += rows_of(await connection.execute(_INSERT_OTHERS, *arrays))
    expect_rows(written, len(changes), TABLE)
