"""What public streams have in common: subscribers, each with the version that it has seen, and a way to catch up.

Invariant: a subscriber that has seen version n gets the frames from n to n + 1 or what `catch_up` makes of n, never
anything else; so nobody misses or repeats a change, however slow it is and whenever it comes. Limit: one event loop.
"""

from abc import ABC, abstractmethod
from typing import Final, Protocol

#: What somebody has seen who has just come.
NOTHING: Final = -1


class Subscriber(Protocol):
    """A socket as channels see it."""

    #: Gets the book's changes as one frame for all of a moment.
    nested: bool

    def lags(self) -> bool:
        """Whether market data has to wait until more of what was written has left."""

    def write(self, frames: bytes) -> None: ...


class Channel(ABC):
    """One public stream."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.version = 0
        self.subscribers: dict[Subscriber, int] = {}

    def subscribe(self, subscriber: Subscriber) -> None:
        """Bring a newcomer to the present; what follows is sent to all."""
        if not self.subscribers:
            self.refresh()
        self.subscribers[subscriber] = NOTHING
        if not subscriber.lags():
            self.send_missed(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self.subscribers.pop(subscriber, None)

    def refresh(self) -> None:  # noqa: B027 - most channels have nothing to do
        """Take in what has happened while nobody listened."""

    def send_missed(self, subscriber: Subscriber) -> None:
        """Everything between what the subscriber has seen and now."""
        seen = self.subscribers[subscriber]
        if seen == self.version:
            return
        frames = self.catch_up(seen, nested=subscriber.nested)
        if frames:
            subscriber.write(frames)
        self.subscribers[subscriber] = self.version

    @abstractmethod
    def catch_up(self, seen: int, *, nested: bool) -> bytes:
        """Frames that bring a subscriber from the version that it has seen to the present one."""

    @abstractmethod
    def advance(self) -> bool:
        """Go to the next version if something has changed; whether it has."""

    @abstractmethod
    def step(self, *, nested: bool) -> bytes:
        """The frames from the version before to the present one."""
