"""Who is let in: restrictions and rates at the door, then who asks, then what they may call.

Invariant: every request of the API passes the door, every private one is admitted here and nowhere else, and nothing is
admitted that no permission accepts. Limit: routes and roles; whose object it is, each endpoint asks for itself. What
is looked up is remembered in this process and forgotten when it changes.
"""

import asyncio
import math
from collections.abc import Callable
from typing import Final, NamedTuple

from pyxiu.api.access_rules import AccessRules
from pyxiu.api.asgi import Answer
from pyxiu.api.auth import Authenticator, Member, Presented, Via
from pyxiu.api.client_address import ClientAddress
from pyxiu.api.errors import (
    INVALID_PERMISSION,
    NONCE_EXPIRED,
    NONCE_NOT_A_TIMESTAMP,
    SCOPE_NOT_ALLOWED,
    TOO_MANY_REQUESTS,
    WireError,
)
from pyxiu.api.failures import answer_of
from pyxiu.api.rate_limits import Rate, RateLimit
from pyxiu.api.remembered import Remembered, Vouching
from pyxiu.api.replays import use_signature
from pyxiu.identity.access.decide_permission import Policy, Verdict
from pyxiu.identity.access.decide_restriction import Restrictions
from pyxiu.identity.activities.model import Activity, Category, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.changes import Change, Changed
from pyxiu.identity.services import IdentityServices

#: The only path that a restricted address may still call: it takes whitelinks.
WHITELINK_PATH: Final = "/api/v2/barong/identity/users/access"
LOGIN_PATH: Final = "/api/v2/barong/identity/sessions"
#: Whoever watches the process must not be kept out by what is meant for people.
HEALTH_PATH: Final = "/api/v2/peatio/public/health/"
_TABLE: Final = "all rows"
_TELL_SERVER_TIME: Final = frozenset({NONCE_EXPIRED, NONCE_NOT_A_TIMESTAMP})
_VERBS: Final = {"POST": "create", "PUT": "update", "PATCH": "update", "GET": "read", "DELETE": "delete"}


class Admitted(NamedTuple):
    """Who asks; `topic` where a permission wants a trace of what comes of it."""

    member: Member
    topic: str | None = None


class Rates(NamedTuple):
    """Generous: they are there for floods, not for traders."""

    address: Rate = Rate(per_s=2_000, burst=10_000)
    member: Rate = Rate(per_s=1_000, burst=5_000)


DEFAULT_RATES: Final = Rates()


class Gate:
    def __init__(
        self,
        authenticator: Authenticator,
        clients: ClientAddress,
        identity: IdentityServices,
        rules: AccessRules,
        vouching: Vouching,
        rates: Rates,
    ) -> None:
        self.authenticator = authenticator
        self.clients = clients
        self._identity = identity
        self._window_ms = authenticator.window_ms
        #: Others that remember what identity tells them.
        self.also_forget: list[Callable[[Changed], None]] = []
        self._addresses = RateLimit(rates.address)
        self._members = RateLimit(rates.member)
        self._policy: Remembered[str, Policy] = Remembered(lambda _: rules.policy(), vouching)
        self._restrictions: Remembered[str, Restrictions] = Remembered(lambda _: rules.restrictions(), vouching)

    def forget(self, changed: Changed) -> None:
        """What a follower of identity's changes tells."""
        self.authenticator.forget(changed)
        for forget in self.also_forget:
            forget(changed)
        if changed.kind is Change.PERMISSIONS:
            self._policy.forget_all()
        elif changed.kind is Change.RESTRICTIONS:
            self._restrictions.forget_all()

    async def let_in(self, request: Presented, *, key_scope: str) -> Member | Answer:
        """Door and admission in one step, for the order routes."""
        stopped = await self.at_the_door(request)
        if stopped is not None:
            return stopped
        admitted = await self.admit(request, key_scope=key_scope)
        return admitted if isinstance(admitted, Answer) else admitted.member

    async def at_the_door(self, request: Presented) -> Answer | None:
        """Why nobody from this address is heard, or None."""
        clients = self.clients
        wait_s = self._addresses.wait_s(clients.neighbourhood_of(clients.ip_of(request.peer, request.headers)))
        if wait_s:
            return _later(wait_s)
        path = request.path
        if path.startswith(HEALTH_PATH):
            return None
        restrictions = self._restrictions.fresh(_TABLE) or await self._restrictions.find(_TABLE)
        if not restrictions.any or path == WHITELINK_PATH:
            return None
        client = self.clients.client_of(request.peer, request.headers)
        refusal = restrictions.decide(client, login=path.startswith(LOGIN_PATH) and request.method == "POST")
        return None if refusal is None else answer_of(WireError(refusal.status, refusal.code))

    async def admit(self, request: Presented, *, key_scope: str | None, csrf: bool = True) -> Admitted | Answer:
        """Who asks, if they may call this; `key_scope` is what an API key needs, None where no key will do."""
        member = await self.authenticator.member(request, csrf=csrf)
        if isinstance(member, WireError):
            return self.unauthenticated(member)
        wait_s = self._members.wait_s(member.uid)
        if wait_s:
            return _later(wait_s)
        if member.via is Via.API_KEY and key_scope not in member.scopes:
            return answer_of(SCOPE_NOT_ALLOWED)
        policy = self._policy.fresh(_TABLE) or await self._policy.find(_TABLE)
        verdict = policy.decide(member.role, request.method, request.path)
        if not verdict.allowed:
            # A task of its own, because an order that asks may have none (see `market/order_request.py`).
            await asyncio.create_task(self._trace(member, request, Result.DENIED, "general"))
            return answer_of(INVALID_PERMISSION)
        return Admitted(member, verdict.topic)

    async def first_time(self, request: Presented) -> bool:
        """Whether this signed request has not had its effect before, in any process; it counts as used from now on."""
        return await use_signature(self._identity, request, self._window_ms)

    async def decide(self, role: str, method: str, path: str) -> Verdict:
        """What the permissions say, without anything else."""
        return (await self._policy.find(_TABLE)).decide(role, method, path)

    def unauthenticated(self, error: WireError) -> Answer:
        """The answer to someone who is not known, or not for certain."""
        if error not in _TELL_SERVER_TIME:
            return answer_of(error)
        return answer_of(error, ("X-Server-Time", str(self.authenticator.server_time_ms())))

    async def audit(self, admitted: Admitted, request: Presented, status: int) -> None:
        """Note what came of a call that a permission wants to be noted."""
        if admitted.topic is not None:
            result = Result.SUCCEED if status < 400 else Result.FAILED
            await self._trace(admitted.member, request, result, admitted.topic)

    async def _trace(self, member: Member, request: Presented, result: Result, topic: str) -> None:
        """Method, path and result; neither query nor body, which may hold what nobody else should read."""
        activity = Activity(
            user_id=member.user_id,
            topic=topic,
            action=_VERBS.get(request.method, "system"),
            result=result,
            client=self.clients.client_of(request.peer, request.headers),
            category=Category.ADMIN if "/admin/" in request.path else Category.USER,
            data={"method": request.method, "path": request.path, "via": member.via.value},
        )
        async with self._identity.database.begin() as connection:
            await record_activity(connection, activity)


def _later(wait_s: float) -> Answer:
    return answer_of(TOO_MANY_REQUESTS, ("Retry-After", str(math.ceil(wait_s))))
