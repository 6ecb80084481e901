"""Batches keep order, and join records without decoding them."""

import asyncio

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyxiu.core.outcomes import Outcome
from pyxiu.engine.batch import NOBODY, Batch, Frame, Waiter, join_arrays

encode = msgspec.msgpack.encode
decode = msgspec.msgpack.decode


@given(st.lists(st.lists(st.integers(0, 2**32)), min_size=1, max_size=6))
def test_joined_arrays_decode_to_the_items_of_all(parts: list[list[int]]) -> None:
    items = [item for part in parts for item in part]
    assert decode(join_arrays([encode(part) for part in parts], len(items))) == items


@pytest.mark.parametrize("sizes", [(1, 14), (1, 15), (15, 16), (200, 65_335), (65_535, 1), (70_000, 70_000, 3)])
def test_every_size_of_array_can_be_joined(sizes: tuple[int, ...]) -> None:
    parts = [list(range(size)) for size in sizes]
    assert decode(join_arrays([encode(part) for part in parts], sum(sizes))) == [n for part in parts for n in part]


def test_what_is_no_array_is_noticed() -> None:
    with pytest.raises(AssertionError, match="no msgpack array"):
        join_arrays([encode([1]), encode("text")], 2)


async def test_waiters_get_their_own_outcomes_in_order() -> None:
    batch = Batch()
    futures: list[asyncio.Future[Outcome]] = [asyncio.get_running_loop().create_future() for _ in range(4)]
    batch.add([*futures[:2]], [Outcome(1), Outcome(2)])
    batch.add([NOBODY, *futures[2:]], [Outcome(3), Outcome(4), Outcome(5)])
    futures[1].cancel()

    batch.answer()

    assert [future.result().seq for future in futures if not future.cancelled()] == [1, 4, 5]


async def test_a_frame_is_answered_whole() -> None:
    frame = Frame(2, asyncio.get_running_loop().create_future())
    frame.set_result(Outcome(1))
    assert not frame.future.done()
    frame.set_result(Outcome(2))
    assert frame.future.result() == [Outcome(1), Outcome(2)]


async def test_failing_a_batch_reaches_everybody_who_still_waits() -> None:
    batch = Batch()
    frame = Frame(2, asyncio.get_running_loop().create_future())
    single: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    waiters: list[Waiter] = [frame, frame, NOBODY, single]
    batch.add(waiters, [Outcome(seq) for seq in range(4)])

    batch.fail(RuntimeError("gone"))

    for future in (frame.future, single):
        with pytest.raises(RuntimeError, match="gone"):
            await future


def test_records_of_slices_must_follow_each_other() -> None:
    batch = Batch()
    batch.add_records(encode([]), 5, 4)
    assert not batch.parts
    batch.add_records(encode(["a", "b"]), 5, 6)
    batch.add_records(encode(["c"]), 7, 7)
    assert (batch.seq_first, batch.seq_last, decode(batch.records())) == (5, 7, ["a", "b", "c"])
    with pytest.raises(AssertionError):
        batch.add_records(encode(["e"]), 9, 9)
