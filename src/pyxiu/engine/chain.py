"""Checks that journal rows follow one another: gap-free numbers and linked hashes.

Invariant: after `follow` returned, `seq` and `hash` stand for everything up to that row; one changed byte anywhere
before breaks the chain at the row that holds it. Limit: it shows that rows were changed, not who did it; somebody who
rewrites all rows from there on is caught only by a hash that was kept elsewhere.
"""

from pyxiu.engine.errors import JournalCorruptError
from pyxiu.engine.ports import GENESIS_HASH, JournalRow, row_hash


class Chain:
    def __init__(self, seq: int = 0, hash_: bytes = GENESIS_HASH) -> None:
        self.seq = seq
        self.hash = hash_

    def follow(self, row: JournalRow) -> None:
        """Take the next row. Raises JournalCorruptError naming it if it does not follow."""
        where = f"journal row {row.seq_first} to {row.seq_last}"
        if row.seq_first != self.seq + 1:
            raise JournalCorruptError(f"{where}: expected one that begins at {self.seq + 1}; rows are missing or extra")
        if row.prev_hash != self.hash:
            raise JournalCorruptError(
                f"{where}: expected the hash before it to be {self.hash.hex()}, found {row.prev_hash.hex()}"
            )
        expected = row_hash(row.prev_hash, row.seq_first, row.seq_last, row.records)
        if row.hash != expected:
            raise JournalCorruptError(
                f"{where}: was changed after it was written: its content has hash {expected.hex()}, it says "
                f"{row.hash.hex()}"
            )
        self.seq = row.seq_last
        self.hash = row.hash
