"""The books of committed records equal the core's (E-12)."""

import pytest

from pyxiu.core import codec
from pyxiu.core.outcomes import Record
from pyxiu.core.types import MarketId
from pyxiu.projections.live import BookFollower, BookLevels
from tests.support.commands import MARKETS
from tests.support.records import record
from tests.support.seeded import SeededExchange


@pytest.mark.parametrize("seed", [21, 22, 23])
def test_levels_equal_the_cores_after_every_batch(seed: int) -> None:
    """E-12: self-trade prevention, immediate orders and bulk cancels included."""
    exchange = SeededExchange(seed)
    book = BookLevels()
    for batch in exchange.batches(2_000, size=8):
        book.apply(codec.decode_records(batch.records))
        assert book.seq == exchange.core.seq
        for market in MARKETS:
            if (found := book.depth(market, 300)) is not None:
                assert found == exchange.core.depth(market, 300)


def test_depth_is_limited_to_the_best_levels() -> None:
    exchange = SeededExchange(seed=24)
    book = BookLevels()
    book.apply(exchange.run(2_000))
    for market in MARKETS:
        assert book.depth(market, 3) == exchange.core.depth(market, 3)


def test_an_unknown_market_has_no_depth() -> None:
    assert BookLevels().depth(MarketId("nosuch"), 10) is None


def test_known_records_are_passed_over_and_a_gap_is_noticed() -> None:
    book = BookLevels(seq=5)
    book.apply([record(4), record(5), record(6)])
    assert book.seq == 6
    with pytest.raises(AssertionError, match="expected record 7, found 8"):
        book.apply([record(8)])


def test_t20_listeners_get_each_record_once_however_the_batches_overlap() -> None:
    follower = BookFollower("postgresql://nowhere")
    follower._started = True
    told: list[int] = []
    follower.subscribe(lambda records: told.extend(record.seq for record in records))
    records = [Record(seq, 1, b"", []) for seq in range(1, 8)]

    for first, last in ((0, 3), (0, 3), (2, 5), (4, 5), (5, 7)):
        follower._take(records[first:last])

    assert told == [1, 2, 3, 4, 5, 6, 7]
    assert follower.seq == 7
