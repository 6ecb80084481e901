"""A seeded run of the core: batches of records to project, and the core they came from to compare with."""

from collections.abc import Iterable, Iterator

from pyxiu.core import codec
from pyxiu.core.commands import Command
from pyxiu.core.interface import Submitted
from pyxiu.core.machine import PythonCore
from pyxiu.core.outcomes import Outcome, Record
from tests.support.commands import CommandStream, opening
from tests.support.oracle import Oracle

START_NS = 10**18
#: How much faster than the stream's own time passes: some 20 s a batch, so that there are many minutes.
PACE = 400


class SeededExchange:
    """A core that has been given the opening and then draws from a `CommandStream`; keeps all records and outcomes."""

    def __init__(self, seed: int) -> None:
        self.core = PythonCore()
        self.records: list[Record] = []
        self.outcomes: list[Outcome] = []
        self._oracle = Oracle()
        self._stream = CommandStream(seed, self._oracle)
        self._opened = False

    def batches(self, commands: int, size: int = 64) -> Iterator[Submitted]:
        """What came of about so many commands, batch by batch; the opening first."""
        if not self._opened:
            self._opened = True
            yield from self._submit(opening())
        for _ in range(0, commands, size):
            yield from self._submit(self._stream.next() for _ in range(size))

    def run(self, commands: int) -> list[Record]:
        """All records so far, after so many more commands."""
        for _ in self.batches(commands):
            pass
        return self.records

    def give(self, commands: Iterable[Command], now_ns: int) -> Submitted:
        """Send commands of one's own."""
        submitted = self.core.submit(codec.encode_batch([codec.encode_command(one) for one in commands]), now_ns)
        self.outcomes += codec.decode_outcomes(submitted.outcomes)
        self.records += codec.decode_records(submitted.records)
        return submitted

    def _submit(self, commands: Iterable[Command]) -> Iterator[Submitted]:
        now_ns = START_NS + (self._stream.tick() - START_NS) * PACE
        drawn: list[Command] = []
        for command in commands:
            # At once, because the next one is drawn by what this one has left.
            self._oracle.submit(command, now_ns)
            drawn.append(command)
        submitted = self.give(drawn, now_ns)
        if submitted.seq_last >= submitted.seq_first:
            yield submitted
