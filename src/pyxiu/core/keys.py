"""Idempotency keys: what makes a retry harmless.

Invariant: a known key with the same content gives the first outcome again and no second effect; with other content it
is a rejection. Keys of money moves are kept until ForgetKeys says that they can be looked up elsewhere; client order
ids are kept while their order lives and ORDER_KEY_RETENTION_NS after. Limit: MAX_ORDER_KEYS client order ids at a
time.
"""

from collections import deque
from typing import NamedTuple

from pyxiu.core.types import (
    MAX_KEYS_FORGOTTEN_PER_RECORD,
    MAX_ORDER_KEYS,
    ORDER_KEY_RETENTION_NS,
    MemberId,
    OrderId,
)


class MoneyKey(NamedTuple):
    content_hash: bytes
    seq: int


class OrderKey:
    """A client order id's memory: the encoded OrderState of the first outcome, and since when the order has ended."""

    __slots__ = ("content_hash", "ended_ns", "order_id", "outcome", "seq")

    def __init__(self, content_hash: bytes, order_id: OrderId) -> None:
        self.content_hash = content_hash
        self.order_id = order_id
        self.seq = 0
        self.outcome = b""
        self.ended_ns = 0

    def expired(self, now_ns: int) -> bool:
        return self.ended_ns != 0 and now_ns - self.ended_ns > ORDER_KEY_RETENTION_NS


class OrderKeys:
    """Client order ids by member, with a queue of the ended ones in order of their end."""

    __slots__ = ("ended", "entries")

    def __init__(self) -> None:
        self.entries: dict[tuple[MemberId, str], OrderKey] = {}
        self.ended: deque[tuple[MemberId, str, int]] = deque()

    def get(self, member: MemberId, key: str, now_ns: int) -> OrderKey | None:
        entry = self.entries.get((member, key))
        return None if entry is None or entry.expired(now_ns) else entry

    @property
    def full(self) -> bool:
        return len(self.entries) >= MAX_ORDER_KEYS

    def remember(self, member: MemberId, key: str, entry: OrderKey) -> None:
        self.entries[member, key] = entry

    def order_ended(self, member: MemberId, key: str, now_ns: int) -> None:
        self.entries[member, key].ended_ns = now_ns
        self.ended.append((member, key, now_ns))

    def forget_expired(self, now_ns: int) -> None:
        """Drop a few expired ids. A queue entry whose id was taken again since is passed over."""
        for _ in range(MAX_KEYS_FORGOTTEN_PER_RECORD):
            if not self.ended or now_ns - self.ended[0][2] <= ORDER_KEY_RETENTION_NS:
                return
            member, key, ended_ns = self.ended.popleft()
            entry = self.entries.get((member, key))
            if entry is not None and entry.ended_ns == ended_ns:
                del self.entries[member, key]
