"""What gives coins of private chains away, where an instance has such a thing.

Invariant: an application without one answers 404. Limit: for demos; nothing here touches a balance.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Offer(NamedTuple):
    """What is given at once; `amount` in the currency's unit."""

    currency: str
    network: str
    amount: str


class Faucet(Protocol):
    def offers(self) -> Sequence[Offer]: ...

    async def give(self, uid: str, offer: Offer, address: str) -> str | None:
        """Send what is offered to an address of this member; the transaction's id. None: too soon after the last."""
