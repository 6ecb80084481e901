"""The `entries` table, the ledger itself, and the memory of money keys that the engine asks when its own has forgotten.

Invariant: per record and asset the rows sum to zero; rows are only ever added. A money key, once written, stays, also
when the ledger is rebuilt: the engine forgets keys on the word of this projection's cursor. Limit: the free-text reason
of an adjustment is in the journal only.
"""

from collections.abc import Iterable
from typing import Final

from pyxiu.core.events import EntryPosted, HoldPlaced, HoldReleased, HoldSettled
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.connection import Connection
from pyxiu.projections.ledger import LedgerRow
from pyxiu.projections.writing import copy_lines, copy_text
from pyxiu.storage.money_keys import write_money_keys

TABLE: Final = "entries"
COLUMNS: Final = ("seq", "line", "owner", "asset", "available", "held", "reason", "reference", "at_ns")


_WITH_KEY: Final = (EntryPosted, HoldSettled, HoldReleased)


def money_keys(chunk: Chunk) -> list[tuple[str, bytes, int]]:
    """(key, content hash, seq) of every money move that has a key; a hold's id is the key of its placing."""
    keys: list[tuple[str, bytes, int]] = []
    for seq, _, event in chunk.facts:
        if isinstance(event, _WITH_KEY):
            keys.append((event.key, event.content_hash, seq))
        elif isinstance(event, HoldPlaced):
            keys.append((event.hold_id, event.content_hash, seq))
    return keys


async def project_entries(connection: Connection, chunk: Chunk) -> None:
    """Add the chunk's ledger rows and money keys."""
    await copy_lines(connection, TABLE, COLUMNS, entry_lines(chunk.ledger))
    await write_money_keys(connection, money_keys(chunk))


def entry_lines(ledger: Iterable[LedgerRow]) -> list[str]:
    """The rows as COPY takes them."""
    lines: list[str] = []
    last_about, ending = None, ""
    for seq, line, owner, asset, available, held, about in ledger:
        if about is not last_about:
            reason, reference, at_ns = last_about = about
            ending = f"{reason}\t{copy_text(reference)}\t{at_ns}\n"
        lines.append(f"{seq}\t{line}\t{owner}\t{asset}\t{available}\t{held}\t{ending}")
    return lines
