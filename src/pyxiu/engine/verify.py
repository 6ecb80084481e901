"""Audit the journal: hashes, numbers and, if asked, every decision.

Deciding again feeds the commands of the records to an empty core at the recorded times and expects the same records,
byte for byte. That proves that the journal holds what these rules decide; records that an older version decided by
other rules will differ without being wrong, which is why recovery replays events instead.

Invariant: what is reported as good was read to the end. Limit: the first difference ends the audit.
"""

from collections.abc import Callable
from itertools import groupby
from typing import NamedTuple

from pyxiu.core import codec
from pyxiu.core.interface import Core
from pyxiu.core.outcomes import Record
from pyxiu.engine.chain import Chain
from pyxiu.engine.errors import JournalCorruptError
from pyxiu.engine.ports import JournalReader, JournalRow
from pyxiu.engine.recovery import Progress, collector_paused


class Verified(NamedTuple):
    """How much was found good, and the hash to keep elsewhere: it stands for everything up to `seq`."""

    rows: int
    seq: int
    hash: bytes


async def verify_journal(
    journal: JournalReader,
    progress: Progress = lambda _seq, _end: None,
    *,
    make_core: Callable[[], Core] | None = None,
) -> Verified:
    """Check all rows; with `make_core` decide them again too. Raises JournalCorruptError naming the first bad row."""
    with collector_paused():
        return await _verify(journal, progress, make_core() if make_core else None)


async def _verify(journal: JournalReader, progress: Progress, core: Core | None) -> Verified:
    head = await journal.head()
    chain = Chain()
    rows = 0
    async for row in journal.rows(0):
        chain.follow(row)
        records = _records(row)
        if core is not None:
            _decide_again(core, row, records)
        rows += 1
        progress(row.seq_last, head.seq)
    if (chain.seq, chain.hash) != (head.seq, head.hash):
        raise JournalCorruptError(f"expected the journal to end at {head.seq}, found {chain.seq}")
    return Verified(rows, chain.seq, chain.hash)


def _records(row: JournalRow) -> list[Record]:
    where = f"journal row {row.seq_first} to {row.seq_last}"
    try:
        records = codec.decode_records(row.records)
    except codec.DecodeError as error:
        raise JournalCorruptError(f"{where}: its records cannot be decoded: {error}") from error
    found = [record.seq for record in records]
    if found != list(range(row.seq_first, row.seq_last + 1)):
        raise JournalCorruptError(f"{where}: its records are numbered {found[:3]} … {found[-3:]}")
    return records


def _decide_again(core: Core, row: JournalRow, records: list[Record]) -> None:
    for at_ns, group in groupby(records, key=lambda record: record.at_ns):
        expected = list(group)
        submitted = core.submit(codec.encode_batch([record.command for record in expected]), at_ns)
        if submitted.records != codec.encode_records(expected):
            difference = _difference(expected, submitted.records)
            raise JournalCorruptError(f"journal row {row.seq_first} to {row.seq_last}: decided again, {difference}")


def _difference(expected: list[Record], found: bytes) -> str:
    decided = codec.decode_records(found)
    for old, new in zip(expected, decided, strict=False):
        if old != new:
            return f"record {old.seq} differs: written {old}, decided {new}"
    return f"{len(expected)} records became {len(decided)}"
