"""A batch on its way to the journal: who waits, what they will be told, and the records to write.

Invariant: waiters and outcomes are in the order of the commands, and nobody is told anything before the records, and
all records before them, are committed. Limit: grows by slices until its sequencer calls it full.
"""

import asyncio
import struct
from typing import Final

from pyxiu.core.outcomes import Outcome

_FIXARRAY: Final = 0x90
_ARRAY16: Final = 0xDC
_ARRAY32: Final = 0xDD


class Frame:
    """Waits for the outcomes of several commands; each command's waiter is the frame itself."""

    __slots__ = ("_count", "_outcomes", "future")

    def __init__(self, count: int, future: asyncio.Future[list[Outcome]]) -> None:
        self._count = count
        self._outcomes: list[Outcome] = []
        self.future = future

    def done(self) -> bool:
        return self.future.done()

    def set_result(self, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        if len(self._outcomes) == self._count:
            self.future.set_result(self._outcomes)

    def set_exception(self, error: BaseException) -> None:
        self.future.set_exception(error)


class Nobody:
    """In the place of a caller, for commands of the engine's own."""

    def done(self) -> bool:
        return True

    def set_result(self, _outcome: Outcome) -> None:
        raise AssertionError("nobody waits")

    def set_exception(self, _error: BaseException) -> None:
        raise AssertionError("nobody waits")


NOBODY: Final = Nobody()
Waiter = asyncio.Future[Outcome] | Frame | Nobody


class Batch:
    __slots__ = ("outcomes", "parts", "record_bytes", "seq_first", "seq_last", "waiters")

    def __init__(self) -> None:
        self.waiters: list[Waiter] = []
        self.outcomes: list[Outcome] = []
        self.parts: list[bytes] = []
        self.record_bytes = 0
        self.seq_first = 0
        self.seq_last = 0

    def __len__(self) -> int:
        return len(self.waiters)

    def add(self, waiters: list[Waiter], outcomes: list[Outcome]) -> None:
        assert len(waiters) == len(outcomes), (len(waiters), len(outcomes))
        self.waiters += waiters
        self.outcomes += outcomes

    def add_records(self, records: bytes, seq_first: int, seq_last: int) -> None:
        """Take the records of one slice, a msgpack array that may be empty."""
        if seq_last < seq_first:
            return
        if self.parts:
            assert seq_first == self.seq_last + 1, (seq_first, self.seq_last)
        else:
            self.seq_first = seq_first
        self.seq_last = seq_last
        self.parts.append(records)
        self.record_bytes += len(records)

    def records(self) -> bytes:
        """All records as one msgpack array."""
        return join_arrays(self.parts, self.seq_last - self.seq_first + 1)

    def answer(self) -> None:
        """Tell everybody who still waits."""
        for waiter, outcome in zip(self.waiters, self.outcomes, strict=True):
            if not waiter.done():
                waiter.set_result(outcome)

    def fail(self, error: BaseException) -> None:
        fail(self.waiters, error)


def fail(waiters: list[Waiter], error: BaseException) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_exception(error)


def join_arrays(parts: list[bytes], count: int) -> bytes:
    """One msgpack array of the items of several, without decoding them. `count` is what they hold together."""
    if len(parts) == 1:
        return parts[0]
    if count < 16:
        header = bytes([_FIXARRAY | count])
    elif count < 2**16:
        header = struct.pack(">BH", _ARRAY16, count)
    else:
        header = struct.pack(">BI", _ARRAY32, count)
    return b"".join([header, *(memoryview(part)[_header_bytes(part) :] for part in parts)])


def _header_bytes(array: bytes) -> int:
    match array[0]:
        case 0xDC:
            return 3
        case 0xDD:
            return 5
        case first:
            assert first & 0xF0 == _FIXARRAY, f"no msgpack array: begins with {first:#x}"
            return 1
