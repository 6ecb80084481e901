"""Where events go: a sink is a broker, a queue or somebody's HTTP endpoint.

Invariant: `publish` returns only when the destination has confirmed all of them. At least once: after an exception any
of them may have arrived, and all are published again. Limit: a sink keeps no position; the relay does.
"""

from collections.abc import Sequence
from typing import Protocol

from pyxiu.kit.errors import PermanentError
from pyxiu.relay.model import RelayedEvent


class UndeliverableError(PermanentError):
    """This event can never be delivered (too large, refused for good); the others can.

    `confirmed` events at the front of the batch are known to have arrived.
    """

    def __init__(self, event: RelayedEvent, reason: str, *, confirmed: int = 0) -> None:
        super().__init__(f"{event.name} {event.id}: {reason}")
        self.event = event
        self.confirmed = confirmed


class Sink(Protocol):
    """One destination. Used by one task at a time."""

    async def publish(self, events: Sequence[RelayedEvent]) -> None:
        """Publish in this order. Raises TransientError to be called again later, UndeliverableError for one event."""

    async def close(self) -> None: ...
