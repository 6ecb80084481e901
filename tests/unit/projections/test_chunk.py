"""Chunks: runs of records that follow each other, taken from a cursor on."""

import pytest

from pyxiu.core.outcomes import Record
from pyxiu.projections import chunk as chunks
from pyxiu.projections.chunk import Chunk, split
from pyxiu.projections.market_assets import MarketAssets
from tests.support.records import record


def chunk_of(first: int, last: int) -> Chunk:
    return Chunk([record(seq) for seq in range(first, last + 1)], MarketAssets())


def test_a_gap_in_the_records_is_noticed() -> None:
    with pytest.raises(AssertionError, match="gap"):
        Chunk([record(1), record(3)], MarketAssets())


def test_a_cursor_before_the_chunk_takes_it_whole() -> None:
    chunk = chunk_of(11, 20)
    assert chunk.after(10) is chunk


def test_a_cursor_inside_takes_the_rest() -> None:
    part = chunk_of(11, 20).after(15)
    assert part is not None
    assert (part.seq_first, part.seq_last) == (16, 20)
    assert [seq for seq, _, _ in part.facts] == [16, 17, 18, 19, 20]


@pytest.mark.parametrize("cursor", [0, 9, 20, 21])
def test_a_cursor_that_is_elsewhere_takes_nothing(cursor: int) -> None:
    assert chunk_of(11, 20).after(cursor) is None


def test_runs_are_bounded_in_records() -> None:
    runs = list(split([record(seq) for seq in range(1, 11)], records_max=4))
    assert [len(run) for run in runs] == [4, 4, 2]


def test_runs_are_bounded_in_events_but_hold_one_record_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "EVENTS_MAX", 10)
    sizes = [1, 8, 2, 30, 1, 1]
    records = [Record(seq, seq, b"", record(seq).events * size) for seq, size in enumerate(sizes, start=1)]
    runs = [[item.seq for item in run] for run in split(records)]
    assert runs == [[1, 2], [3], [4], [5, 6]]


def test_nothing_splits_into_nothing() -> None:
    assert list(split([])) == []
