"""Who is told what, and when. The journal here commits when the test says so."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from pyxiu.core import codec
from pyxiu.core.commands import CancelOrder, Command, CreditDeposit, ForgetKeys, PutAsset, PutMember
from pyxiu.core.machine import PythonCore
from pyxiu.core.money import pack
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import AssetId, MemberId, OrderId
from pyxiu.engine.client import LocalEngineClient
from pyxiu.engine.committed import Committed
from pyxiu.engine.errors import EngineFailedError, EngineStoppedError, LeadershipLostError, OverloadedError
from pyxiu.engine.sequencer import Limits, Sequencer, State
from pyxiu.kit.clock import ManualClock
from pyxiu.kit.failpoints import armed
from tests.support.memory import MemoryJournal

START_NS = 1_700_000_000 * 10**9


class Engine:
    """A sequencer over a journal in memory, and shorthands."""

    def __init__(self, limits: Limits) -> None:
        self.core = PythonCore()
        self.journal = MemoryJournal()
        self.clock = ManualClock(START_NS)
        self.committed: list[Committed] = []
        self.sequencer = Sequencer(
            self.core, self.journal, self.clock, on_committed=self.committed.append, limits=limits
        )
        self.client = LocalEngineClient(self.sequencer)
        self.task = asyncio.ensure_future(self.sequencer.run())

    def send(self, command: Command) -> asyncio.Future[Outcome]:
        return self.client.submit_nowait(codec.encode_command(command))

    def sizes(self) -> list[int]:
        return [row.seq_last - row.seq_first + 1 for row in self.journal.committed]


@asynccontextmanager
async def engine(limits: Limits | None = None) -> AsyncIterator[Engine]:
    running = Engine(limits or Limits())
    await settle()
    yield running
    running.journal.release()
    running.sequencer.stop()
    await asyncio.wait([running.task])
    if not running.task.cancelled():
        running.task.exception()


async def settle() -> None:
    """Let everything that can happen happen."""
    for _ in range(50):
        await asyncio.sleep(0)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not come to pass")


def member(number: int) -> PutMember:
    return PutMember(MemberId(f"m{number}"))


async def test_an_outcome_leaves_only_after_its_commit() -> None:
    """E-10."""
    async with engine() as running:
        running.journal.held = True
        told = running.send(member(1))
        await settle()
        assert running.journal.waiting
        assert not told.done()
        running.journal.release_one()
        assert (await told).seq == 1


async def test_commands_that_arrive_during_a_commit_form_the_next_batch() -> None:
    async with engine() as running:
        running.journal.held = True
        first = running.send(member(0))
        await settle()
        others = [running.send(member(number)) for number in range(1, 101)]
        await settle()
        assert len(running.journal.waiting) == 1
        assert running.core.seq == 101, "decided while the first commit is in flight"
        running.journal.release()
        await asyncio.gather(first, *others)
        assert running.sizes() == [1, 100]


async def test_outcomes_come_in_the_order_of_the_commands() -> None:
    async with engine(Limits(batch_commands=10, slice_commands=3)) as running:
        order: list[int] = []
        told = [running.send(member(number)) for number in range(40)]
        for future in told:
            future.add_done_callback(lambda done: order.append(done.result().seq))
        await asyncio.gather(*told)
        assert order == list(range(1, 41))


async def test_a_rejection_waits_for_the_records_before_it() -> None:
    """It may rest on state that is not durable yet."""
    async with engine() as running:
        running.journal.held = True
        first = running.send(PutAsset(AssetId("btc"), 8))
        await settle()
        conflict = running.send(PutAsset(AssetId("btc"), 9))
        unknown = running.send(CancelOrder(MemberId("m1"), OrderId(1)))
        await settle()
        assert not first.done()
        assert not conflict.done()
        assert not unknown.done()
        running.journal.release()
        assert (await conflict).rejection is Rejection.ASSET_CONFLICT
        assert (await unknown).rejection is not Rejection.NONE
        assert (await first).seq == 1


async def test_a_batch_of_rejections_is_answered_without_a_commit() -> None:
    async with engine() as running:
        running.journal.held = True
        assert (await running.send(CancelOrder(MemberId("m1"), OrderId(1)))).rejection is not Rejection.NONE
        assert not running.journal.waiting


async def test_a_malformed_command_spoils_nothing_but_itself() -> None:
    """T-21."""
    async with engine() as running:
        told = [running.client.submit_nowait(raw) for raw in (b"", b"\xff\xff", b"\x91\x63", b"\xc1" * 100)]
        good = running.send(member(1))
        assert [(await outcome).rejection for outcome in told] == [Rejection.MALFORMED] * 4
        assert (await good).seq == 1


async def test_slices_bound_the_work_between_two_looks_at_the_network() -> None:
    async with engine(Limits(slice_commands=8)) as running:
        running.journal.held = True
        told = [running.send(member(number)) for number in range(24)]
        decided_per_tick = []
        for _ in range(30):
            before = running.core.seq
            await asyncio.sleep(0)
            decided_per_tick.append(running.core.seq - before)
        assert max(decided_per_tick) == 8
        assert running.core.seq == 24
        running.journal.release()
        await asyncio.gather(*told)
        assert running.sizes() == [8, 16], "the first slice is on its way while the others are decided"


async def test_a_batch_has_a_limit_of_commands() -> None:
    async with engine(Limits(batch_commands=16, slice_commands=8)) as running:
        running.journal.held = True
        told = [running.send(member(number)) for number in range(100)]
        await settle()
        assert running.sequencer.status.inbox == 100 - 8 - 16
        running.journal.release()
        await asyncio.gather(*told)
        assert max(running.sizes()) == 16


async def test_a_batch_has_a_limit_of_bytes() -> None:
    async with engine(Limits(batch_bytes=1, slice_commands=4)) as running:
        running.journal.held = True
        told = [running.send(member(number)) for number in range(20)]
        await settle()
        running.journal.release()
        await asyncio.gather(*told)
        assert running.sizes() == [4] * 5


async def test_a_full_inbox_refuses_and_says_when_to_come_back() -> None:
    async with engine(Limits(inbox_commands=10, batch_commands=4, slice_commands=4)) as running:
        running.journal.held = True
        told = [running.send(member(number)) for number in range(10)]
        with pytest.raises(OverloadedError) as refused:
            running.send(member(99))
        assert refused.value.retry_after_s > 0
        running.journal.release()
        await asyncio.gather(*told)
        assert (await running.send(member(99))).seq == 11


async def test_an_engine_that_is_held_refuses_and_says_why_until_it_goes_on() -> None:
    """T-10: what was taken before is carried out."""
    async with engine() as running:
        running.journal.held = True
        taken = running.send(member(1))
        running.sequencer.hold("no room")
        with pytest.raises(OverloadedError, match="no room") as raised:
            running.send(member(2))
        assert raised.value.retry_after_s >= 1
        with pytest.raises(OverloadedError, match="no room"):
            await running.client.submit_many([codec.encode_command(member(2))])
        assert running.client.status().held == "no room"
        running.journal.release()
        assert (await taken).seq == 1
        running.sequencer.resume()
        assert running.client.status().held == ""
        assert (await running.send(member(2))).seq == 2


async def test_a_frame_is_taken_whole_or_not_at_all() -> None:
    async with engine(Limits(inbox_commands=10, batch_commands=3, slice_commands=2)) as running:
        frame = [codec.encode_command(member(number)) for number in range(8)]
        first = asyncio.ensure_future(running.client.submit_many(frame))
        await asyncio.sleep(0)
        assert running.sequencer.status.inbox == 8
        with pytest.raises(OverloadedError):
            await running.client.submit_many([codec.encode_command(member(99))] * 3)
        assert [outcome.seq for outcome in await first] == list(range(1, 9))
        assert running.core.seq == 8
        assert await running.client.submit_many([]) == []


async def test_a_caller_that_went_away_does_not_disturb_the_others() -> None:
    async with engine() as running:
        running.journal.held = True
        gone, stays = running.send(member(1)), running.send(member(2))
        await settle()
        gone.cancel()
        running.journal.release()
        assert (await stays).seq == 2
        assert running.core.seq == 2, "what was taken is done, whoever waits"


async def test_a_failed_commit_stops_the_engine_and_tells_nobody_yes() -> None:
    """E-10. Not even those of the next batch, which rests on the failed one."""
    async with engine() as running:
        running.journal.held = True
        first = running.send(member(1))
        await settle()
        second = running.send(member(2))
        await settle()
        third = running.send(CancelOrder(MemberId("m1"), OrderId(1)))
        running.journal.fail = OSError("disk full")
        running.journal.release()
        for future in (first, second, third):
            with pytest.raises(EngineStoppedError, match="known after recovery"):
                await future
        with pytest.raises(EngineFailedError, match="disk full"):
            await running.task
        assert running.sequencer.status.state is State.FAILED
        assert not running.sequencer.status.leading
        assert running.journal.committed == []
        with pytest.raises(EngineStoppedError):
            running.send(member(3))


async def test_losing_leadership_while_idle_stops_the_engine() -> None:
    async with engine() as running:
        await running.send(member(1))
        running.journal.lose(LeadershipLostError("the connection was lost"))
        with pytest.raises(EngineFailedError, match="connection was lost"):
            await running.task
        with pytest.raises(EngineStoppedError):
            running.send(member(2))


@pytest.mark.parametrize("place", ["engine_before_decide", "engine_after_decide"])
async def test_a_core_that_breaks_stops_the_engine(place: str) -> None:
    async with engine(Limits(slice_commands=2)) as running:
        running.journal.held = True
        with armed(f"{place}=raise@2"):
            told = [running.send(member(number)) for number in range(6)]
            with pytest.raises(EngineFailedError, match=place):
                await running.task
        for future in told:
            with pytest.raises(EngineStoppedError):
                await asyncio.wait_for(future, 10)
        assert running.journal.committed == []
        running.journal.waiting.clear()


async def test_a_follower_that_breaks_in_the_middle_of_answering_leaves_nobody_waiting() -> None:
    async with engine() as running:
        running.sequencer._on_committed = running.committed.remove
        told = running.send(member(1))
        with pytest.raises(EngineFailedError, match="ValueError"):
            await running.task
        with pytest.raises(EngineStoppedError):
            await asyncio.wait_for(told, 10)


async def test_stopping_finishes_what_was_taken() -> None:
    async with engine(Limits(batch_commands=4, slice_commands=2)) as running:
        running.journal.held = True
        told = [running.send(member(number)) for number in range(20)]
        running.sequencer.stop()
        with pytest.raises(EngineStoppedError):
            running.send(member(99))
        await settle()
        running.journal.release()
        await running.task
        assert [future.result().seq for future in told] == list(range(1, 21))
        assert running.sequencer.status.state is State.STOPPED


async def test_canceling_the_engine_leaves_nobody_waiting() -> None:
    async with engine() as running:
        running.journal.held = True
        told = [running.send(member(1))]
        await settle()
        told.append(running.send(member(2)))
        running.task.cancel()
        for future in told:
            with pytest.raises(EngineStoppedError):
                await future
        running.journal.waiting.clear()


async def test_time_never_runs_backwards() -> None:
    """T-79."""
    async with engine() as running:
        await running.send(member(1))
        running.clock.advance(-3600 * 10**9)
        await running.send(member(2))
        running.clock.advance(7200 * 10**9)
        await running.send(member(3))
        times = [record.at_ns for row in running.journal.committed for record in codec.decode_records(row.records)]
        assert times == [START_NS, START_NS, START_NS + 3600 * 10**9]


async def test_commits_are_announced_in_order() -> None:
    async with engine(Limits(batch_commands=2, slice_commands=2)) as running:
        await asyncio.gather(*(running.send(member(number)) for number in range(6)))
        assert [batch.seq_last for batch in running.committed] == [2, 4, 6]
        assert [batch.records for batch in running.committed] == [row.records for row in running.journal.committed]


async def test_status_tells_what_is_committed_not_what_is_decided() -> None:
    async with engine() as running:
        await running.send(member(1))
        running.journal.held = True
        told = running.send(member(2))
        await until(lambda: bool(running.journal.waiting))
        assert running.core.seq == 2
        assert running.sequencer.status.seq == 1
        assert running.sequencer.status.leading
        running.journal.release()
        await told
        assert running.sequencer.status.seq == 2
        assert running.sequencer.status.last_commit_ns == START_NS


async def test_forget_keys_from_outside_is_malformed() -> None:
    """T-07."""
    async with engine() as running:
        await running.send(PutAsset(AssetId("btc"), 8))
        await running.send(member(1))
        deposit = CreditDeposit("once", MemberId("m1"), AssetId("btc"), pack(5))
        first = await running.send(deposit)
        assert (await running.send(ForgetKeys(first.seq))).rejection is Rejection.MALFORMED
        again = await running.send(deposit)
        assert (again.seq, again.replayed) == (first.seq, True)
