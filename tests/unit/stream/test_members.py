"""One member's trouble is nobody else's, and nobody begins with what is older than when it came."""

from collections.abc import Sequence
from typing import Any

import pytest

from pyxiu.app.stream.words import ApiWords
from pyxiu.core.commands import CreditDeposit
from pyxiu.core.money import pack
from pyxiu.core.types import AssetId, MemberId
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.reads.beginnings import MemberBeginning
from pyxiu.stream.markets import Markets
from pyxiu.stream.members import members as members_module
from pyxiu.stream.members.feed import MemberFeed, Told
from pyxiu.stream.members.members import Members, UnavailableError, _Listening
from pyxiu.stream.names import Private
from tests.property.strategies import MEMBERS, openings
from tests.support.cores import CORES, submit
from tests.support.frames import messages_in


class Listener:
    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.ended = False

    def told(self, told: Sequence[Told]) -> None:
        self.messages += [message for _, frame in told for message in messages_in(frame)]

    def unavailable(self) -> None:
        self.ended = True


class Reads:
    def __init__(self) -> None:
        self.known: list[tuple[str, int]] = []

    def told(self, member: str, seq: int) -> None:
        self.known.append((member, seq))

    async def wait_for(self, seq: int, timeout_s: float = 0.0) -> bool:
        raise AssertionError(f"nobody starts here, at {seq} within {timeout_s} s")


class Reached(Reads):
    """Tables that have reached everything, as far as is known."""

    async def wait_for(self, seq: int, timeout_s: float = 0.0) -> bool:
        return seq >= 0 and timeout_s > 0


class BrokenFeed(MemberFeed):
    def apply(self, chunk: Chunk) -> list[Told]:
        raise AssertionError(f"broken at {chunk.seq_last}")


def test_a_broken_feed_ends_its_own_listeners_and_the_others_are_told() -> None:
    core, markets, nothing = CORES["python"](), Markets(), MemberBeginning(0, 0, [], [])
    for record in submit(core, *openings)[1]:
        markets.learn(record.events)
    absent: Any = None
    members = Members(markets, ApiWords(), absent, Reads())
    listeners: dict[MemberId, Listener] = {}
    for uid, kind in zip(MEMBERS[:2], (BrokenFeed, MemberFeed), strict=True):
        feed = kind(uid, markets, ApiWords())
        feed.begin(nothing)
        listening = members._listening[uid] = _Listening(feed)
        listening.waiting = None
        listeners[uid] = Listener()
        listening.listeners.add(listeners[uid])

    for uid in (*MEMBERS, MEMBERS[0]):
        deposit = CreditDeposit(f"deposit:{core.seq}", uid, AssetId("btc"), pack(10**8))
        members.take(submit(core, deposit)[1])

    broken, other = (listeners[uid] for uid in MEMBERS[:2])
    assert broken.ended
    assert not broken.messages
    assert not other.ended
    assert other.messages == [
        {"balance": {"currency": "btc", "balance": "1.0", "locked": "0.0"}},
        {"balances": {"btc": ["1.0", "0.0"]}},
    ]


@pytest.mark.parametrize(
    ("orders_seq", "accounts_seq", "begins"), [(7, 7, True), (9, 8, True), (6, 7, False), (7, 0, False)]
)
async def test_a_listener_does_not_begin_with_tables_that_are_behind_the_record_at_which_it_came(
    monkeypatch: pytest.MonkeyPatch, orders_seq: int, accounts_seq: int, *, begins: bool
) -> None:
    async def read(*_: Any) -> MemberBeginning:
        return MemberBeginning(orders_seq, accounts_seq, [], [])

    monkeypatch.setattr(members_module, "member_beginning", read)
    absent: Any = None
    members, listener = Members(Markets(), ApiWords(), absent, Reached()), Listener()
    members.seq = 7

    starting = members.start(MEMBERS[0], listener, frozenset({Private.BALANCES}))

    if begins:
        assert (await starting).seq == min(orders_seq, accounts_seq)
        members.leave(MEMBERS[0], listener)
    else:
        with pytest.raises(UnavailableError, match="not 7"):
            await starting
    assert not members._listening, "the next one reads again"
