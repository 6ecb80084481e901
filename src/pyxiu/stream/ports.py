"""What the stream needs from others: who connects, what an order message does, and how things look on the wire.

Invariant: the stream knows no session, key or password, and no rule of an order; app/ plugs these in. Limit: a caller
is judged once, at the handshake; `Caller.changes` says what makes that judgement stale.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from pyxiu.core.outcomes import OrderState
from pyxiu.core.types import MemberId
from pyxiu.projections.reads.trades import MemberTrade
from pyxiu.projections.tickers import Ticker
from pyxiu.stream.markets import MarketDigits
from pyxiu.stream.names import Private


class Via(StrEnum):
    """How a caller was recognised."""

    SESSION = "session"
    API_KEY = "api_key"
    TOKEN = "token"  # noqa: S105 - a kind of proof, not one


class Caller(msgspec.Struct, frozen=True):
    """A known member. `member` is what the doorkeeper knows beside; it goes back to the order desk.

    `changes`: (kind, subject) pairs of identity's changes after which the socket is closed. `expires_s`: unix time.
    """

    uid: str
    via: Via
    scopes: frozenset[str]
    changes: frozenset[tuple[str, str]]
    member: Any
    expires_s: float | None = None


class Refusal(msgspec.Struct, frozen=True):
    """Why the handshake fails: credentials were given and do not hold."""

    status: int
    code: str


class Doorkeeper(Protocol):
    async def caller(self, scope: dict[str, Any]) -> Caller | Refusal | None:
        """Who connects, from an ASGI scope; None where no credentials were given."""

    def address(self, scope: dict[str, Any]) -> str:
        """What counts as one sender, behind proxies that are trusted."""


class Action(StrEnum):
    """What an order message asks for."""

    PLACE = "order.place"
    CANCEL = "order.cancel"
    CANCEL_ALL = "order.cancel_all"
    BATCH = "order.batch"


class Reply(msgspec.Struct, frozen=True):
    """Status and body as the HTTP API would answer; `body` is encoded as the question was."""

    status: int
    body: Any


class Asked(msgspec.Struct, frozen=True):
    """An order message: `data` is encoded as JSON, or as MessagePack where `packed`."""

    action: Action
    data: bytes
    packed: bool


class OrderDesk(Protocol):
    def items(self, asked: Asked) -> int:
        """How many orders and cancels a message stands for, before it is checked."""

    async def begin(self, caller: Caller, asked: Asked) -> Reply | Awaitable[Reply]:
        """Check a message: the reply at once, or what submits it.

        What is returned hands the command to the engine before it waits for anything, so that messages begun one after
        another and started in that order arrive in that order.
        """


class Words(Protocol):
    """The wire's picture of what members and visitors see; each is encoded as JSON."""

    def order(self, order: OrderState, digits: MarketDigits) -> Any: ...

    def trade(self, trade: MemberTrade, digits: MarketDigits) -> Any: ...

    def ticker(self, ticker: Ticker, digits: MarketDigits) -> Any: ...


class Reads(Protocol):
    """What the HTTP API reads from, and what makes a member's reads wait."""

    def told(self, member: str, seq: int) -> None:
        """The member knows of this record now: what it reads next must contain it."""

    async def wait_for(self, seq: int, timeout_s: float = ...) -> bool: ...


#: (member, stream, payload that is encoded as JSON).
Announce = Callable[[MemberId, Private, Any], None]


class Announcements(Protocol):
    """What happens to members beside the journal."""

    async def run(self, announce: Announce) -> None:
        """Announce what is committed from now on, until canceled."""

    async def following(self) -> None:
        """Wait until nothing that is committed later is missed."""
