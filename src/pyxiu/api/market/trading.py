"""What the order routes share: who asks, may they, hand commands to the engine, and put its answers into words.

Invariant: nothing is told before the engine has committed it, and every answer tells apart "nothing was done" from "it
may have been done". Limit: no database on this path; only a refused cancel looks at the projection for the reason.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from pyxiu.api import errors
from pyxiu.api.asgi import Answer, Header, Scope
from pyxiu.api.auth import Member
from pyxiu.api.errors import REJECTIONS, WireError, error_body
from pyxiu.api.failures import answer_of
from pyxiu.api.freshness import Freshness
from pyxiu.api.gate import Gate
from pyxiu.api.replays import MADE_KEY_PREFIX, OrderReplays
from pyxiu.api.rules import Rulebook
from pyxiu.api.services import ApiServices
from pyxiu.core.codec import encode_command
from pyxiu.core.commands import Command, PlaceOrder
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from pyxiu.engine.errors import EngineStoppedError, OverloadedError
from pyxiu.kit.errors import TransientError

NOT_PERMITTED: Final = WireError(403, "market.trade.not_permitted")
RETRY_SHORTLY: Final = ("Retry-After", str(errors.RETRY_AFTER_S))


class OrderRequest(NamedTuple):
    """What the order routes look at. `given` are the headers by name; `body` is None where it is too long; `reference`
    is the order that the path names.
    """

    method: str
    path: str
    raw_path: bytes
    query_string: bytes
    headers: Sequence[Header]
    given: Mapping[bytes, bytes]
    body: bytes | None
    peer: str
    reference: str = ""


def request_of(scope: Scope, body: bytes | None, reference: str = "") -> OrderRequest:
    """The same of a request that came by ASGI."""
    peer = scope["client"]
    return OrderRequest(
        scope["method"],
        scope["path"],
        scope["raw_path"],
        scope["query_string"],
        scope["headers"],
        dict(scope["headers"]),
        body,
        peer[0] if peer else "",
        reference,
    )


class Trading:
    """The collaborators of the order routes, and the steps that all of them take."""

    def __init__(self, services: ApiServices, gate: Gate, rulebook: Rulebook, freshness: Freshness) -> None:
        self.services = services
        self.rulebook = rulebook
        self.freshness = freshness
        self.gate = gate
        self._engine = services.engine
        self._level_min = services.catalog.member_levels().trading
        settings = services.settings
        self._replays = OrderReplays(services.clock, settings.nonce_window_ms, services.alone)

    async def admit(self, request: OrderRequest) -> Member | Answer:
        """Who asks, if they may trade; from memory, as far as it was looked up before."""
        return await self.gate.let_in(request, key_scope="trade")

    def may_place(self, member: Member) -> bool:
        return member.level >= self._level_min

    def key_for(self, request: OrderRequest, member: Member) -> str | WireError:
        """What an order without client order id is sent with, so that this very request has one effect."""
        return self._replays.key_for(request, member)

    def send(self, command: Command) -> asyncio.Future[Outcome]:
        """Queue one command at the engine. Raises TransientError, and then nothing was taken."""
        return self._engine.submit_nowait(encode_command(command))

    def told(self, member: Member, outcome: Outcome) -> None:
        """Remember what the member is about to be told, so that its next read waits for it."""
        if outcome.seq:
            self.freshness.told(member.uid, outcome.seq)

    async def submit(self, command: Command, member: Member) -> Outcome | Answer:
        """The outcome of one command, committed if it is no rejection; or the answer if there is none."""
        try:
            future = self.send(command)
        except TransientError as refusal:
            return nothing_done(refusal)
        try:
            outcome = await future
        except TransientError as failure:
            return in_flight(failure, command)
        self.told(member, outcome)
        return outcome

    async def submit_many(self, commands: Sequence[Command], member: Member) -> list[Outcome] | Answer:
        """Outcomes in order, or the answer if the engine took none of them."""
        if not commands:
            return []
        if not self._engine.status().leading:
            return answer_of(errors.ENGINE_UNAVAILABLE, RETRY_SHORTLY)
        try:
            outcomes = await self._engine.submit_many([encode_command(command) for command in commands])
        except TransientError as failure:
            return in_flight(failure, *commands)
        newest = max(outcome.seq for outcome in outcomes)
        if newest:
            self.freshness.told(member.uid, newest)
        return outcomes


def refused(codes: list[str]) -> Answer:
    return Answer(422, error_body(codes))


def rejected(rejection: Rejection) -> Answer:
    """The answer to what the core does not do."""
    error = REJECTIONS[rejection]
    return answer_of(error, RETRY_SHORTLY) if error.status == 503 else answer_of(error)


def nothing_done(refusal: TransientError) -> Answer:
    """The engine took nothing."""
    if isinstance(refusal, OverloadedError):
        seconds = max(errors.RETRY_AFTER_S, math.ceil(refusal.retry_after_s))
        return answer_of(errors.OVERLOADED, ("Retry-After", str(seconds)))
    return answer_of(errors.ENGINE_UNAVAILABLE, RETRY_SHORTLY)


def in_flight(failure: TransientError, *commands: Command) -> Answer:
    """The engine had the commands, unless it says otherwise; the answer names the ids to retry with."""
    if isinstance(failure, EngineStoppedError):
        answer = answer_of(errors.OUTCOME_UNKNOWN, RETRY_SHORTLY)
        return answer._replace(body=_with_client_ids(answer.body, commands))
    return nothing_done(failure)


def _with_client_ids(body: bytes, commands: Sequence[Command]) -> bytes:
    """`client_order_id`, or `client_order_ids` where there are several; keys that we made tell a client nothing."""
    keys = [command.key for command in commands if isinstance(command, PlaceOrder) and command.key]
    known = [key for key in keys if not key.startswith(MADE_KEY_PREFIX)]
    if not known:
        return body
    told = {"client_order_id": known[0]} if len(commands) == 1 else {"client_order_ids": known}
    return msgspec.json.encode(msgspec.json.decode(body) | told)
