"""Structs whose fields change all the time.

Invariant: what a decorated struct does is what it did before, only sooner. Limit: for structs that the garbage
collector either never follows (`gc=False`) or has followed from the beginning, since they are made with something that
it follows: a store no longer makes it begin to.
"""

from typing import TypeVar

T = TypeVar("T")


def quick_to_set(struct: type[T]) -> type[T]:
    """Let the interpreter store into fields at once, as it does for a plain class with slots: 6 ns instead of 35.

    A mutable `msgspec.Struct` brings a `__setattr__` of its own, and the interpreter does not specialise a store that
    may be more than one. Only an assignment after the class was made replaces the slot itself.
    """
    struct.__setattr__ = object.__setattr__  # type: ignore[method-assign]
    struct.__delattr__ = object.__delattr__  # type: ignore[method-assign]
    return struct
