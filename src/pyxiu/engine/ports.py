"""What the engine needs from storage.

Invariant: `append` returns only when the records survive the loss of power; any failure of it means that the outcome is
unknown and this process must stop. Limit: one journal per database, one engine per journal.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, NamedTuple, Protocol

#: The hash that the first row of a journal follows.
GENESIS_HASH: Final = bytes(32)


class JournalRow(NamedTuple):
    """One committed batch; `records` is a msgpack array of Record."""

    seq_first: int
    seq_last: int
    records: bytes
    hash: bytes
    prev_hash: bytes


class JournalHead(NamedTuple):
    """The end of the journal: number and hash of its last row; 0 and GENESIS_HASH when empty."""

    seq: int
    hash: bytes


class Snapshot(NamedTuple):
    """The state after `seq`, its hash, and the hash of the journal row that ends at `seq`."""

    seq: int
    state: bytes
    state_hash: bytes
    journal_hash: bytes


class StoredKey(NamedTuple):
    """The first use of a money key."""

    content_hash: bytes
    seq: int


class JournalReader(Protocol):
    def rows(self, seq_after: int) -> AsyncIterator[JournalRow]:
        """Committed rows in order, from the one that holds `seq_after + 1`, to the end as it was when asked."""

    async def head(self) -> JournalHead:
        """The end of the journal as it is now."""

    async def hash_at(self, seq: int) -> bytes | None:
        """The hash of the row that ends at `seq`, or None if none does."""


class Journal(Protocol):
    """The leader's hold on the journal: while it lasts, nobody else can append."""

    async def append(self, records: bytes, seq_first: int, seq_last: int) -> None:
        """Commit one batch. Raises LeadershipLostError if another engine wrote first, anything else if it failed."""

    def on_lost(self, callback: Callable[[Exception], None]) -> None:
        """Call back at once when leadership is lost, also while nothing is being appended."""


class Snapshots(Protocol):
    async def seqs(self) -> list[int]:
        """The numbers of the stored snapshots, newest first."""

    async def load(self, seq: int) -> Snapshot: ...

    async def write(self, snapshot: Snapshot) -> None: ...

    async def prune(self, keep: int) -> None:
        """Delete all but the newest `keep`."""


class MoneyKeys(Protocol):
    """All money keys ever used, as far as a projection has written them down."""

    async def durable_seq(self) -> int:
        """Keys of records up to here can be found."""

    async def find(self, keys: Sequence[str]) -> dict[str, StoredKey]: ...


def row_hash(prev_hash: bytes, seq_first: int, seq_last: int, records: bytes) -> bytes:
    """The hash that links a row to all rows before it."""
    digest = hashlib.sha256(prev_hash)
    digest.update(seq_first.to_bytes(8, "big") + seq_last.to_bytes(8, "big"))
    digest.update(records)
    return digest.digest()
