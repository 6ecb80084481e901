"""Recovery gives back exactly what the journal says, by way of a snapshot or without. E-2."""

import asyncio

import pytest

from pyxiu.core import codec
from pyxiu.core.commands import Command, CreditDeposit, PutAsset, PutMember
from pyxiu.core.machine import PythonCore
from pyxiu.core.money import pack
from pyxiu.core.types import AssetId, MemberId
from pyxiu.engine.errors import JournalCorruptError
from pyxiu.engine.ports import GENESIS_HASH
from pyxiu.engine.recovery import recover
from pyxiu.engine.snapshots import SnapshotKeeper, follow_and_snapshot, take_snapshot
from pyxiu.engine.verify import verify_journal
from tests.support.memory import MemoryJournal, MemorySnapshots

BTC = AssetId("btc")
ANN = MemberId("ann")


class Writer:
    """An engine without a loop: decides and appends, a row per call."""

    def __init__(self) -> None:
        self.core = PythonCore()
        self.journal = MemoryJournal()
        self.snapshots = MemorySnapshots()
        self.now_ns = 1_000

    async def write(self, *commands: Command) -> None:
        self.now_ns += 1
        batch = codec.encode_batch([codec.encode_command(command) for command in commands])
        submitted = self.core.submit(batch, self.now_ns)
        await self.journal.append(submitted.records, submitted.seq_first, submitted.seq_last)

    async def write_deposits(self, first: int, count: int) -> None:
        for number in range(first, first + count):
            await self.write(
                CreditDeposit(f"a{number}", ANN, BTC, pack(number + 1)), CreditDeposit(f"b{number}", ANN, BTC, pack(1))
            )

    async def snapshot(self) -> int:
        return await take_snapshot(self.core, (await self.journal.head()).hash, self.snapshots)


@pytest.fixture
async def writer() -> Writer:
    writer = Writer()
    await writer.write(PutAsset(BTC, 8), PutMember(ANN))
    await writer.write_deposits(0, 10)
    return writer


async def test_an_empty_journal_gives_an_empty_core() -> None:
    recovered = await recover(PythonCore, MemoryJournal(), MemorySnapshots())
    assert (recovered.seq, recovered.hash, recovered.snapshot_seq, recovered.tail) == (0, GENESIS_HASH, 0, 0)
    assert recovered.core.state_hash() == PythonCore().state_hash()


async def test_the_journal_alone_is_enough(writer: Writer) -> None:
    progress: list[tuple[int, int]] = []
    recovered = await recover(
        PythonCore, writer.journal, writer.snapshots, lambda seq, end: progress.append((seq, end))
    )
    assert recovered.core.state_hash() == writer.core.state_hash()
    assert (recovered.seq, recovered.snapshot_seq, recovered.tail) == (22, 0, 22)
    assert recovered.hash == writer.journal.committed[-1].hash
    assert progress == [(row.seq_last, 22) for row in writer.journal.committed]


async def test_a_snapshot_and_the_tail_give_the_same_state(writer: Writer) -> None:
    assert await writer.snapshot() == 22
    await writer.write_deposits(10, 5)
    recovered = await recover(PythonCore, writer.journal, writer.snapshots)
    assert recovered.core.state_hash() == writer.core.state_hash()
    assert (recovered.snapshot_seq, recovered.tail) == (22, 10)


async def test_a_damaged_snapshot_is_passed_over_for_an_older_one(writer: Writer) -> None:
    await writer.snapshot()
    await writer.write_deposits(10, 5)
    await writer.snapshot()
    damaged = writer.snapshots.stored[32]
    writer.snapshots.stored[32] = damaged._replace(state=damaged.state[:-1])
    recovered = await recover(PythonCore, writer.journal, writer.snapshots)
    assert recovered.snapshot_seq == 22
    assert recovered.core.state_hash() == writer.core.state_hash()


async def test_a_snapshot_with_another_state_hash_is_not_used(writer: Writer) -> None:
    await writer.snapshot()
    other = Writer()
    await other.write(PutAsset(BTC, 8), PutMember(ANN))
    await other.write_deposits(500, 10)
    assert other.core.seq == 22
    writer.snapshots.stored[22] = writer.snapshots.stored[22]._replace(state=other.core.snapshot())
    recovered = await recover(PythonCore, writer.journal, writer.snapshots)
    assert recovered.snapshot_seq == 0
    assert recovered.core.state_hash() == writer.core.state_hash()


async def test_a_snapshot_of_another_journal_is_not_used(writer: Writer) -> None:
    await writer.snapshot()
    writer.snapshots.stored[22] = writer.snapshots.stored[22]._replace(journal_hash=bytes(32))
    assert (await recover(PythonCore, writer.journal, writer.snapshots)).snapshot_seq == 0


async def test_a_journal_that_ends_before_its_snapshot_is_refused(writer: Writer) -> None:
    await writer.snapshot()
    writer.journal.committed.pop()
    with pytest.raises(JournalCorruptError, match="ends at 20 but a snapshot was made at 22"):
        await recover(PythonCore, writer.journal, writer.snapshots)


@pytest.mark.parametrize("position", [0, 5, 10])
async def test_a_changed_row_is_named(writer: Writer, position: int) -> None:
    """T-14, I-14."""
    row = writer.journal.committed[position]
    tampered = row.records.replace(b"ann", b"bob")
    assert tampered != row.records
    writer.journal.committed[position] = row._replace(records=tampered)
    with pytest.raises(JournalCorruptError, match=f"row {row.seq_first} to {row.seq_last}: was changed"):
        await recover(PythonCore, writer.journal, writer.snapshots)
    with pytest.raises(JournalCorruptError, match=f"row {row.seq_first} to {row.seq_last}: was changed"):
        await verify_journal(writer.journal)


async def test_a_missing_row_is_noticed(writer: Writer) -> None:
    del writer.journal.committed[4]
    with pytest.raises(JournalCorruptError, match="row 11 to 12: expected one that begins at 9"):
        await recover(PythonCore, writer.journal, writer.snapshots)


async def test_a_row_of_another_chain_is_noticed(writer: Writer) -> None:
    row = writer.journal.committed[4]
    writer.journal.committed[4] = row._replace(prev_hash=bytes(32))
    with pytest.raises(JournalCorruptError, match="expected the hash before it"):
        await recover(PythonCore, writer.journal, writer.snapshots)


async def test_records_that_do_not_follow_are_refused_although_their_hash_is_right(writer: Writer) -> None:
    records = writer.journal.committed[-1].records
    await writer.journal.append(records, 23, 24)
    with pytest.raises(JournalCorruptError, match="row 23 to 24"):
        await recover(PythonCore, writer.journal, writer.snapshots)
    with pytest.raises(JournalCorruptError, match="row 23 to 24: its records are numbered"):
        await verify_journal(writer.journal)


async def test_verifying_a_good_journal_gives_the_hash_to_keep(writer: Writer) -> None:
    verified = await verify_journal(writer.journal, make_core=PythonCore)
    assert (verified.rows, verified.seq, verified.hash) == (11, 22, writer.journal.committed[-1].hash)


async def test_deciding_again_notices_a_record_that_the_rules_do_not_give(writer: Writer) -> None:
    """I-14: hashes are right, the content is invented."""
    forger = Writer()
    await forger.write(PutAsset(BTC, 8), PutMember(ANN))
    (record,) = codec.decode_records(
        forger.core.submit(
            codec.encode_batch([codec.encode_command(CreditDeposit("k", ANN, BTC, pack(5)))]), 2_000
        ).records
    )
    richer = codec.encode_records([record]).replace(pack(5), pack(6))
    assert richer != codec.encode_records([record])
    await forger.journal.append(richer, 3, 3)

    await verify_journal(forger.journal)
    with pytest.raises(JournalCorruptError, match="row 3 to 3: decided again, record 3 differs"):
        await verify_journal(forger.journal, make_core=PythonCore)


async def test_the_follower_writes_a_snapshot_only_when_there_is_something_new(writer: Writer) -> None:
    await follow_and_snapshot(PythonCore, writer.journal, writer.snapshots)
    assert await writer.snapshots.seqs() == [22]
    recovered = await follow_and_snapshot(PythonCore, writer.journal, writer.snapshots)
    assert recovered.tail == 0
    await writer.write_deposits(10, 1)
    await follow_and_snapshot(PythonCore, writer.journal, writer.snapshots)
    assert await writer.snapshots.seqs() == [24, 22]


async def test_old_snapshots_are_pruned(writer: Writer) -> None:
    for first in range(10, 60, 10):
        await writer.write_deposits(first, 10)
        await writer.snapshot()
    assert await writer.snapshots.seqs() == [122, 102, 82]


async def test_the_keeper_asks_for_a_snapshot_each_time_the_journal_has_grown_enough() -> None:
    made: list[int] = []
    failing = True

    async def make() -> None:
        made.append(1)
        if failing:
            raise RuntimeError("the follower broke")

    keeper = SnapshotKeeper(make, 1_000, every=100)
    task = asyncio.ensure_future(keeper.run())

    async def commit(seq: int) -> int:
        keeper.committed(seq)
        for _ in range(10):
            await asyncio.sleep(0)
        return len(made)

    assert await commit(1_099) == 0
    assert await commit(1_100) == 1
    assert await commit(1_199) == 1
    failing = False
    assert await commit(1_200) == 2, "after a failure the next interval tries again"
    assert await commit(1_350) == 3
    task.cancel()
    await asyncio.wait([task])
