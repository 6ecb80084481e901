"""What the order routes share: who asks, may they, hand commands to the engine, and put its answers into words.

Invariant: nothing is told before the engine has committed it, and every answer tells apart "nothing was done" from "it
may have been done". Limit: no database on this path; only a refused cancel looks at the projection for the reason.
"""

import math
from collections.abc import Sequence
from typing import Final

from pyxiu.api import errors
from pyxiu.api.asgi import Answer, Scope, header_pairs
from pyxiu.api.auth import Authenticator, Member, ReplayGuard
from pyxiu.api.errors import REJECTIONS, WireError, error_body, wire_error_body
from pyxiu.api.freshness import Freshness
from pyxiu.api.rules import Rulebook
from pyxiu.api.services import ApiServices
from pyxiu.core.codec import encode_command
from pyxiu.core.commands import Command
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from pyxiu.engine.errors import EngineStoppedError, OverloadedError
from pyxiu.kit.errors import TransientError

NOT_PERMITTED: Final = WireError(403, "market.trade.not_permitted")
RETRY_SHORTLY: Final = ("Retry-After", str(errors.RETRY_AFTER_S))
_TELL_SERVER_TIME: Final = frozenset({errors.NONCE_EXPIRED, errors.NONCE_NOT_A_TIMESTAMP})


class Trading:
    """The collaborators of the order routes, and the steps that all of them take."""

    def __init__(
        self, services: ApiServices, authenticator: Authenticator, rulebook: Rulebook, freshness: Freshness
    ) -> None:
        self.services = services
        self.rulebook = rulebook
        self.freshness = freshness
        self.authenticator = authenticator
        self._engine = services.engine
        self._clock = services.clock
        self._level_min = services.catalog.member_levels().trading
        settings = services.settings
        self._guard = ReplayGuard(settings.nonce_window_ms) if settings.replay_guard else None

    def unauthenticated(self, error: WireError) -> Answer:
        """The answer to someone who is not known, or not for certain."""
        if error not in _TELL_SERVER_TIME:
            return answer_of(error)
        return answer_of(error, ("X-Server-Time", str(self.authenticator.server_time_ms())))

    def may_place(self, member: Member) -> bool:
        return member.level >= self._level_min

    def first_time(self, scope: Scope, body: bytes) -> bool:
        """Whether these very bytes come for the first time. Only requests whose effect has no key need to ask."""
        if self._guard is None:
            return True
        signature = next((value for name, value in scope["headers"] if name == b"x-auth-signature"), b"")
        request = (signature, scope["path"], scope["query_string"], body)
        return self._guard.first_time(request, self._clock.now_ns())

    async def submit(self, command: Command, member: Member) -> Outcome | Answer:
        """The outcome of one command, committed if it is no rejection; or the answer if there is none."""
        try:
            future = self._engine.submit_nowait(encode_command(command))
        except TransientError as refusal:
            return nothing_done(refusal)
        try:
            outcome = await future
        except TransientError as failure:
            return in_flight(failure)
        if outcome.seq:
            self.freshness.told(member.uid, outcome.seq)
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
            return in_flight(failure)
        newest = max(outcome.seq for outcome in outcomes)
        if newest:
            self.freshness.told(member.uid, newest)
        return outcomes


def answer_of(error: WireError, *headers: tuple[str, str]) -> Answer:
    return Answer(error.status, wire_error_body(error), header_pairs(headers))


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


def in_flight(failure: TransientError) -> Answer:
    """The engine had the command, unless it says otherwise."""
    if isinstance(failure, EngineStoppedError):
        return answer_of(errors.OUTCOME_UNKNOWN, RETRY_SHORTLY)
    return nothing_done(failure)
