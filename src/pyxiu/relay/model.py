"""What is relayed: one event, ready to be told to somebody who knows nothing of this code.

Invariant: `id` is stable, so that whoever gets an event twice can notice; events of one `aggregate` are published in
the order in which they happened. Limit: events of different aggregates have no order among each other.
"""

from typing import Any

import msgspec


class RelayedEvent(msgspec.Struct, frozen=True):
    """`model.deposit.created` has category `model` and key `deposit.created`; `payload` holds plain JSON values."""

    id: str
    issuer: str
    category: str
    key: str
    aggregate: str
    at_s: int
    payload: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.category}.{self.key}"
