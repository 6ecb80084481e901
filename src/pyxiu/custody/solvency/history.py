"""Sums of all that ever came and went, and how they are carried on without adding everything up again.

    base = everything - open at the mark         # once in a while, in one snapshot
    everything = base + open at the mark         # later: only what has changed is read

Invariant: both sides are the same sums by the same names, so what is left out at the mark is in the base. Limit: pure;
what counts as open is in `history_store.py`.
"""

import datetime
from collections.abc import Mapping
from typing import Final

import msgspec

from pyxiu.custody.chain import BlockRef

#: A base is taken anew after so long, whatever is found with it.
BASE_FOR_S: Final = 3_600.0
#: Blocks that are not closed yet, and how long ago something must have been done to be closed.
OPEN_BLOCKS: Final = 100
OPEN_FOR: Final = datetime.timedelta(hours=1)


class Sum(msgspec.Struct, frozen=True):
    """`more` is a count or a fee, `example` one of what was summed up."""

    amount: int
    more: int = 0
    example: str = ""


#: By the part of the comparison and what it is grouped by.
History = dict[tuple[str, ...], Sum]


class Mark(msgspec.Struct, frozen=True):
    """What is closed: ledger rows up to `seq`, blocks up to `heights` (without a hash: none), things done before
    `margin`, all of them together.
    """

    seq: int
    margin: datetime.datetime
    heights: dict[str, BlockRef]


class Base(msgspec.Struct, frozen=True):
    mark: Mark
    sums: History


def plus(one: Mapping[tuple[str, ...], Sum], other: Mapping[tuple[str, ...], Sum]) -> History:
    return _combined(one, other, 1)


def minus(one: Mapping[tuple[str, ...], Sum], other: Mapping[tuple[str, ...], Sum]) -> History:
    return _combined(one, other, -1)


def encode(base: Base) -> bytes:
    sums = [(key, str(sum_.amount), str(sum_.more), sum_.example) for key, sum_ in base.sums.items()]
    return msgspec.json.encode(_Stored(base.mark, sums))


def decode(stored: bytes) -> Base:
    read = msgspec.json.decode(stored, type=_Stored)
    return Base(read.mark, {key: Sum(int(amount), int(more), text) for key, amount, more, text in read.sums})


class _Stored(msgspec.Struct, frozen=True):
    """Numbers as text: JSON's are too short for some readers."""

    mark: Mark
    sums: list[tuple[tuple[str, ...], str, str, str]]


def _combined(one: Mapping[tuple[str, ...], Sum], other: Mapping[tuple[str, ...], Sum], sign: int) -> History:
    nothing = Sum(0)
    found = {}
    for key in {**one, **other}:
        first, second = one.get(key, nothing), other.get(key, nothing)
        found[key] = Sum(
            first.amount + sign * second.amount, first.more + sign * second.more, first.example or second.example
        )
    return found
