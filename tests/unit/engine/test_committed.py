"""Followers beside the engine hear of every batch, or see by the numbers that they missed some."""

import asyncio

from pyxiu.engine.committed import BATCHES_MAX, Committed, CommittedFeed


async def test_followers_get_every_batch_in_order() -> None:
    feed = CommittedFeed()
    with feed.followed() as first, feed.followed() as second:
        waiting = asyncio.create_task(second.next())
        await asyncio.sleep(0)
        feed.tell(Committed(b"a", 1, 2))
        feed.tell(Committed(b"b", 3, 3))
        assert await waiting == Committed(b"a", 1, 2)
        assert [await first.next(), await first.next()] == [Committed(b"a", 1, 2), Committed(b"b", 3, 3)]
        assert (first.waiting(), second.waiting()) == (0, 1)


async def test_a_slow_follower_loses_the_oldest_and_sees_the_gap() -> None:
    feed = CommittedFeed()
    with feed.followed() as slow:
        for seq in range(1, BATCHES_MAX + 3):
            feed.tell(Committed(b"", seq, seq))
        assert (await slow.next()).seq_first == 3
        assert slow.waiting() == BATCHES_MAX - 1


async def test_who_has_left_is_told_nothing() -> None:
    feed = CommittedFeed()
    with feed.followed() as gone:
        pass
    feed.tell(Committed(b"", 1, 1))
    assert gone.waiting() == 0
