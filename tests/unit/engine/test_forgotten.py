"""A money key works for ever, also after the core has forgotten it. T-05, T-06, T-07."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from pyxiu.core import codec
from pyxiu.core.commands import (
    Command,
    CreditDeposit,
    ForgetKeys,
    PlaceHold,
    PutAsset,
    PutMember,
    ReleaseHold,
    Transfer,
)
from pyxiu.core.machine import PythonCore
from pyxiu.core.money import pack
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import AssetId, HoldId, MemberId
from pyxiu.engine.client import LocalEngineClient
from pyxiu.engine.errors import EngineStoppedError
from pyxiu.engine.forgotten import answer_forgotten, is_forget_keys
from pyxiu.engine.ports import StoredKey
from pyxiu.engine.sequencer import Limits, Sequencer
from pyxiu.kit.clock import SystemClock
from pyxiu.kit.errors import TransientError
from tests.support.memory import MemoryJournal, MemoryMoneyKeys

BTC = AssetId("btc")
ANN, BOB = MemberId("ann"), MemberId("bob")


def deposit(key: str, amount: int = 5) -> CreditDeposit:
    return CreditDeposit(key, ANN, BTC, pack(amount))


class Exchange:
    """An engine that keeps ten money keys, and the projection that writes them down when told."""

    def __init__(self) -> None:
        self.core = PythonCore()
        self.journal = MemoryJournal()
        self.keys = MemoryMoneyKeys()
        limits = Limits(money_keys=10, forget_interval_s=0)
        self.sequencer = Sequencer(self.core, self.journal, SystemClock(), money_keys=self.keys, limits=limits)
        self.client = LocalEngineClient(self.sequencer)

    async def send(self, *commands: Command) -> list[Outcome]:
        return await self.client.submit_many([codec.encode_command(command) for command in commands])

    def project(self) -> None:
        for row in self.journal.committed:
            for record in codec.decode_records(row.records):
                for event in record.events:
                    key = getattr(event, "key", "") or getattr(event, "hold_id", "")
                    if key:
                        self.keys.keys.setdefault(key, StoredKey(getattr(event, "content_hash"), record.seq))  # noqa: B009
                self.keys.seq = record.seq

    async def forget(self) -> None:
        """Have the core forget what is written down: any command makes the engine look."""
        written = max(key.seq for key in self.keys.keys.values())
        for _ in range(1_000):
            if self.core.forgotten_seq >= written:
                return
            await self.send(PutMember(ANN, "vip-1"), PutMember(ANN, "vip-0"))
            await asyncio.sleep(0)
        raise AssertionError("nothing was forgotten")

    def available(self, owner: MemberId) -> int:
        return sum(account.available for account in self.core.accounts(owner))


@asynccontextmanager
async def exchange() -> AsyncIterator[Exchange]:
    running = Exchange()
    task = asyncio.ensure_future(running.sequencer.run())
    await asyncio.sleep(0)
    await running.send(PutAsset(BTC, 8), PutMember(ANN), PutMember(BOB))
    yield running
    running.sequencer.stop()
    await task


async def test_keys_are_forgotten_only_as_far_as_they_are_written_down() -> None:
    async with exchange() as running:
        await running.send(*(deposit(f"d{number}") for number in range(8)))
        running.project()
        await running.send(*(deposit(f"e{number}") for number in range(8)))
        await running.forget()
        assert running.core.forgotten_seq <= running.keys.seq
        assert running.core.money_keys == 8


async def test_nothing_is_forgotten_while_nothing_is_written_down() -> None:
    async with exchange() as running:
        await running.send(*(deposit(f"d{number}") for number in range(20)))
        for _ in range(20):
            await running.send(PutMember(BOB, "vip-1"), PutMember(BOB, "vip-0"))
        assert running.core.forgotten_seq == 0
        assert running.core.money_keys == 20


async def test_a_forgotten_key_gives_the_first_outcome_again() -> None:
    async with exchange() as running:
        first = await running.send(*(deposit(f"d{number}") for number in range(12)))
        running.project()
        await running.forget()
        assert running.core.money_keys < 12

        again = await running.send(*(deposit(f"d{number}") for number in range(12)), deposit("fresh"))

        assert [(outcome.seq, outcome.replayed) for outcome in again[:12]] == [(one.seq, True) for one in first]
        assert not again[12].replayed
        assert running.available(ANN) == 13 * 5


async def test_a_forgotten_key_with_other_content_is_rejected() -> None:
    async with exchange() as running:
        await running.send(*(deposit(f"d{number}") for number in range(12)))
        running.project()
        await running.forget()

        outcomes = await running.send(deposit("d3", 6), Transfer("d4", ANN, BOB, BTC, pack(5)), deposit("d5"))

        assert [outcome.rejection for outcome in outcomes] == [Rejection.KEY_REUSED, Rejection.KEY_REUSED, 0]
        assert running.available(BOB) == 0


async def test_a_hold_id_is_a_key_and_is_not_used_again() -> None:
    async with exchange() as running:
        await running.send(*(deposit(f"d{number}") for number in range(12)))
        hold = PlaceHold(HoldId("w1"), ANN, BTC, pack(7))
        placed, _ = await running.send(hold, ReleaseHold("r1", HoldId("w1")))
        running.project()
        await running.forget()
        assert running.core.forgotten_seq >= placed.seq

        (again,) = await running.send(hold)

        assert (again.seq, again.replayed) == (placed.seq, True)
        assert running.core.holds() == []


async def test_forgetting_and_retrying_in_the_same_moment_has_one_effect() -> None:
    async with exchange() as running:
        await running.send(*(deposit(f"d{number}") for number in range(12)))
        running.project()
        for _ in range(200):
            outcomes = await running.send(PutMember(BOB, "vip-1"), *(deposit(f"d{number}") for number in range(12)))
            assert all(outcome.replayed for outcome in outcomes[1:])
            await running.send(PutMember(BOB, "vip-0"))
        assert running.core.forgotten_seq > 0
        assert running.available(ANN) == 12 * 5


async def test_while_keys_cannot_be_looked_up_money_moves_fail_and_can_be_retried() -> None:
    async with exchange() as running:
        await running.send(*(deposit(f"d{number}") for number in range(12)))
        running.project()
        await running.forget()
        running.keys.fail = TransientError("no database")
        told = running.client.submit_nowait(codec.encode_command(deposit("later")))
        with pytest.raises(TransientError, match="no database"):
            await told
        (outcome,) = await running.send(deposit("later"))
        assert not outcome.replayed
        assert running.available(ANN) == 13 * 5


async def test_while_keys_cannot_be_looked_up_only_what_moves_money_is_refused() -> None:
    """What shares a slice with it is decided, and a frame that has a part of it is not told that nothing was done."""
    async with exchange() as running:
        await running.send(*(deposit(f"d{number}") for number in range(13)))
        running.project()
        await running.forget()
        running.keys.fail = TransientError("no database")
        encode = codec.encode_command
        beside = running.client.submit_nowait(encode(PutMember(MemberId("carol"))))
        mixed = running.sequencer.submit_frame_nowait([encode(PutMember(MemberId("dave"))), encode(deposit("mixed"))])
        whole = running.sequencer.submit_frame_nowait([encode(PutMember(MemberId("erin")))])
        told = await asyncio.gather(beside, mixed, whole, return_exceptions=True)
        assert isinstance(told[0], Outcome)
        assert isinstance(told[1], EngineStoppedError)
        assert isinstance(told[2], list)
        assert running.available(ANN) == 13 * 5, "the deposit did not happen"
        (again, later) = await running.send(PutMember(MemberId("dave")), deposit("mixed"))
        assert (again.rejection, later.replayed) == (Rejection.NONE, False)


async def test_only_commands_that_move_money_are_looked_up() -> None:
    class Unreachable(MemoryMoneyKeys):
        async def find(self, keys: object) -> dict[str, StoredKey]:  # noqa: ARG002
            raise AssertionError("looked up")

    commands = [codec.encode_command(PutMember(ANN)), b"", b"\x92", b"\x92\x0a", b"\x96\x0a\xc0\xc0\xc0\xc0\xc0"]
    assert await answer_forgotten(commands, Unreachable()) == {}


def test_forget_keys_is_recognised_by_its_bytes() -> None:
    assert is_forget_keys(codec.encode_command(ForgetKeys(7)))
    assert is_forget_keys(msgspec.msgpack.encode([17, 2**40]))
    assert not is_forget_keys(codec.encode_command(deposit("d")))
    assert not is_forget_keys(b"")
