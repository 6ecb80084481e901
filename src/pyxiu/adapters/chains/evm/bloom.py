"""The logs bloom of a block: what shows that a node has left a log out.

A block's header commits to a filter over the address and the topics of every log in it. A log that is missing from the
receipts leaves bits unset that the header has. Format: the Ethereum yellow paper, section 4.3.1. Invariant: equal sets
of logs give equal filters. Limit: a missing log whose bits are all set by others is not noticed, nor a header made up.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from eth_hash.auto import keccak

BLOOM_BYTES: Final = 256


def bloom_of(items: Iterable[bytes]) -> int:
    """The filter over addresses (20 bytes) and topics (32 bytes), as the number that the header's bytes are."""
    bloom = 0
    for item in items:
        bloom |= _bits(item)
    return bloom


@lru_cache(maxsize=65_536)
def _bits(item: bytes) -> int:
    digest = keccak(item)
    bits = 0
    for start in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[start : start + 2], "big") & 2047)
    return bits
