"""A run of journal records, prepared once for all projections.

Invariant: the records of a chunk follow each other without a gap; a projection sees each record exactly once because it
takes only what lies after its own cursor (`after`). Limit: everything of a chunk is in memory at once, so whoever makes
one bounds it by records and by events (`split`).
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from pyxiu.core.events import Event, TradeExecuted
from pyxiu.core.outcomes import Record
from pyxiu.core.types import AssetId, MarketId
from pyxiu.projections.ledger import Fact, LedgerRow, ledger_rows
from pyxiu.projections.market_assets import MarketAssets

#: Larger chunks fold more changes of one order or account into one row; smaller ones are seen sooner.
RECORDS_MAX: Final = 2_000
#: One record may carry a thousand trades, so records alone do not bound the work.
EVENTS_MAX: Final = 10_000


class Chunk:
    """Records in a row and what every projection wants to know about them."""

    def __init__(self, records: Sequence[Record], markets: MarketAssets) -> None:
        assert records, "a chunk has at least one record"
        self.records = records
        self.seq_first = records[0].seq
        self.seq_last = records[-1].seq
        assert self.seq_last - self.seq_first == len(records) - 1, (
            f"{len(records)} records from {self.seq_first} to {self.seq_last}: the journal has a gap"
        )
        self._markets = markets
        self.facts: list[Fact] = [(record.seq, record.at_ns, event) for record in records for event in record.events]
        markets.learn(self.facts)

    @cached_property
    def trades(self) -> list[tuple[int, int, TradeExecuted]]:
        """The trades alone: (seq, at_ns, trade)."""
        return [(seq, at_ns, event) for seq, at_ns, event in self.facts if isinstance(event, TradeExecuted)]

    @cached_property
    def ledger(self) -> list[LedgerRow]:
        """The balanced rows of every event that moves money."""
        return ledger_rows(self.facts, self._markets)

    def assets_of(self, market: MarketId) -> tuple[AssetId, AssetId]:
        """(base, quote) of a market."""
        return self._markets[market]

    def events(self, *kinds: type[Event]) -> Iterator[Fact]:
        """The facts of these kinds, in order."""
        return (fact for fact in self.facts if type(fact[2]) in kinds)

    def after(self, seq: int) -> "Chunk | None":
        """The part after a cursor; None where there is none, or where the cursor is not at or inside this chunk."""
        if seq == self.seq_first - 1:
            return self
        if not self.seq_first <= seq < self.seq_last:
            return None
        return Chunk(self.records[seq - self.seq_first + 1 :], self._markets)


def split(records: Sequence[Record], records_max: int = RECORDS_MAX) -> Iterator[Sequence[Record]]:
    """Runs of at most `records_max` records and EVENTS_MAX events, but always at least one record."""
    start = events = 0
    for index, record in enumerate(records):
        full = index - start == records_max or events + len(record.events) > EVENTS_MAX
        if full and index > start:
            yield records[start:index]
            start, events = index, 0
        events += len(record.events)
    if start < len(records):
        yield records[start:]
