"""Reading one's own writes, bounded in memory and time."""

import asyncio

from pyxiu.api.freshness import Freshness


class Waiter:
    """Projections that stand at `seq`."""

    def __init__(self, seq: int = 0) -> None:
        self.seq = seq
        self.waited_for: list[int] = []

    async def wait_for(self, seq: int, timeout_s: float = 2.0) -> bool:
        assert timeout_s > 0
        self.waited_for.append(seq)
        await asyncio.sleep(0)
        return seq <= self.seq


async def test_a_member_who_was_told_nothing_does_not_wait() -> None:
    waiter = Waiter()
    assert await Freshness(waiter).caught_up("alice")
    assert waiter.waited_for == []


async def test_a_read_waits_for_the_last_thing_that_was_told() -> None:
    waiter = Waiter(seq=7)
    freshness = Freshness(waiter)
    freshness.told("alice", 5)
    freshness.told("alice", 7)
    freshness.told("bob", 9)
    assert await freshness.caught_up("alice")
    assert not await freshness.caught_up("bob")
    assert waiter.waited_for == [7, 9]
    assert (freshness.lag("alice"), freshness.lag("bob")) == (0, 2)


def test_a_replayed_outcome_takes_no_knowledge_away() -> None:
    freshness = Freshness(Waiter())
    freshness.told("alice", 9)
    freshness.told("alice", 3)
    assert freshness.known_to("alice") == 9


def test_who_is_forgotten_waits_for_all_that_the_forgotten_were_told() -> None:
    freshness = Freshness(Waiter(), members_max=2)
    for seq, member in enumerate(["alice", "bob", "carol", "dave"], start=1):
        freshness.told(member, seq)
    assert freshness.known_to("alice") == 2
    assert freshness.known_to("nobody") == 2
    assert freshness.known_to("dave") == 4


def test_memory_is_bounded() -> None:
    freshness = Freshness(Waiter(), members_max=10)
    for seq in range(1_000):
        freshness.told(f"member-{seq}", seq)
    assert len(freshness._told) == 10
