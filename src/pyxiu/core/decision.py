"""The workbench of one decision: the state, the time, and the events made so far.

Invariant: `emit` applies each event as it is made, so a decision always looks at the state that its own events have
left; everything that can be rejected is rejected before the first event. Limit: one command at a time.
"""

from hashlib import blake2b

from pyxiu.core import codec
from pyxiu.core.apply import APPLY
from pyxiu.core.commands import Command
from pyxiu.core.events import Event
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from pyxiu.core.state import State
from pyxiu.core.types import is_key

CONTENT_HASH_BYTES = 16


class Decision:
    __slots__ = ("events", "now_ns", "state")

    def __init__(self, state: State, now_ns: int) -> None:
        self.state = state
        self.now_ns = now_ns
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)
        APPLY[type(event)](self.state, event)

    @property
    def next_seq(self) -> int:
        return self.state.seq + 1

    def accepted(self) -> Outcome:
        return Outcome(self.next_seq)

    def unchanged(self) -> Outcome:
        """The command asks for what is already so: no event, no record."""
        return Outcome(self.state.seq, replayed=True)


def rejected(rejection: Rejection) -> Outcome:
    return Outcome(0, rejection)


def content_hash(command: Command) -> bytes:
    """16 bytes over the canonical encoding, to tell a retry from a misused key."""
    return blake2b(codec.encode_command(command), digest_size=CONTENT_HASH_BYTES).digest()


def known_money_key(decision: Decision, key: str, digest: bytes) -> Outcome | None:
    """The answer for a key that cannot be used (any more), or None for a fresh one."""
    if not is_key(key):
        return rejected(Rejection.KEY_INVALID)
    known = decision.state.money_keys.get(key)
    if known is None:
        return None
    if known.content_hash != digest:
        return rejected(Rejection.KEY_REUSED)
    return Outcome(known.seq, replayed=True)
