"""Who is let in: restrictions and rates at the door, then who asks, then what they may call.

Invariant: every request of the API passes the door, every private one is admitted here and nowhere else, and nothing is
admitted that no permission accepts. Limit: routes and roles; whose object it is, each endpoint asks for itself. What
is looked up is remembered in this process and forgotten when it changes.
"""

import asyncio
import math
from collections.abc import Callable
from time import monotonic
from typing import Final, NamedTuple

from pyxiu.api.access_rules import AccessRules
from pyxiu.api.asgi import Answer
from pyxiu.api.auth import Authenticator, Member, Presented
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
        staff: IdentityServices | None = None,
    ) -> None:
        """`staff`: with the rights to add to the trail of staff; without, calls of it are not served here."""
        self.authenticator = authenticator
        self.clients = clients
        self._identity = identity
        self._staff = staff
        self._window_ms = authenticator.window_ms
        #: Others that remember what identity tells them.
        self.also_forget: list[Callable[[Changed], None]] = []
        self._addresses = RateLimit(rates.address)
        self._members = RateLimit(rates.member)
        self._policy: Remembered[str, Policy] = Remembered(lambda _: rules.policy(), vouching)
        self._restrictions: Remembered[str, Restrictions] = Remembered(lambda _: rules.restrictions(), vouching)

    @property
    def limits(self) -> dict[str, RateLimit]:
        """What is granted, by the kind of key, for whoever shares it between processes."""
        return {"address": self._addresses, "member": self._members}

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
        """Door and admission in one step, for the order routes; it waits for nothing that is remembered."""
        now_s = monotonic()
        stopped = self._flooding(request, now_s)
        if stopped is not None:
            return stopped
        restrictions = self._restrictions.fresh(_TABLE, now_s) or await self._restrictions.find(_TABLE)
        if restrictions.any:
            stopped = self._restricted(request, restrictions)
            if stopped is not None:
                return stopped
        member = self.authenticator.at_once(request, now_s) or await self.authenticator.member(request)
        if isinstance(member, WireError):
            return self.unauthenticated(member)
        stopped = self._excessive(member, key_scope, now_s)
        if stopped is not None:
            return stopped
        policy = self._policy.fresh(_TABLE, now_s) or await self._policy.find(_TABLE)
        verdict = policy.decide(member.role, request.method, request.path)
        return member if verdict.allowed else await self._denied(member, request)

    async def at_the_door(self, request: Presented) -> Answer | None:
        """Why nobody from this address is heard, or None."""
        stopped = self._flooding(request, monotonic())
        if stopped is not None or request.path.startswith(HEALTH_PATH):
            return stopped
        restrictions = self._restrictions.fresh(_TABLE) or await self._restrictions.find(_TABLE)
        return self._restricted(request, restrictions) if restrictions.any else None

    async def admit(self, request: Presented, *, key_scope: str | None, csrf: bool = True) -> Admitted | Answer:
        """Who asks, if they may call this; `key_scope` is what an API key needs, None where no key will do."""
        member = await self.authenticator.member(request, csrf=csrf)
        if isinstance(member, WireError):
            return self.unauthenticated(member)
        stopped = self._excessive(member, key_scope, monotonic())
        if stopped is not None:
            return stopped
        verdict = await self.decide(member.role, request.method, request.path)
        return Admitted(member, verdict.topic) if verdict.allowed else await self._denied(member, request)

    def _flooding(self, request: Presented, now_s: float) -> Answer | None:
        wait_s = self._addresses.wait_s(self.clients.sender_of(request.peer, request.headers), now_s)
        return _later(wait_s) if wait_s else None

    def _restricted(self, request: Presented, restrictions: Restrictions) -> Answer | None:
        path = request.path
        if path == WHITELINK_PATH:
            return None
        client = self.clients.client_of(request.peer, request.headers)
        refusal = restrictions.decide(client, login=path.startswith(LOGIN_PATH) and request.method == "POST")
        return None if refusal is None else answer_of(WireError(refusal.status, refusal.code))

    def _excessive(self, member: Member, key_scope: str | None, now_s: float) -> Answer | None:
        """More than its rate, or more than its key's scope."""
        wait_s = self._members.wait_s(member.uid, now_s)
        if wait_s:
            return _later(wait_s)
        if key_scope not in member.scopes and member.by_key:
            return answer_of(SCOPE_NOT_ALLOWED)
        return None

    async def _denied(self, member: Member, request: Presented) -> Answer:
        # A task of its own, because an order that asks may have none (see `market/order_request.py`).
        await asyncio.create_task(self._trace(member, request, Result.DENIED, "general"))
        return answer_of(INVALID_PERMISSION)

    async def first_time(self, request: Presented) -> bool:
        """Whether this signed request has not had its effect before, in any process; it counts as used from now on."""
        return await use_signature(self._identity, request, self._window_ms)

    async def decide(self, role: str, method: str, path: str) -> Verdict:
        """What the permissions say, without anything else."""
        policy = self._policy.fresh(_TABLE) or await self._policy.find(_TABLE)
        return policy.decide(role, method, path)

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
        staff = self._staff if "/admin/" in request.path else None
        activity = Activity(
            user_id=member.user_id,
            topic=topic,
            action=_VERBS.get(request.method, "system"),
            result=result,
            client=self.clients.client_of(request.peer, request.headers),
            category=Category.USER if staff is None else Category.ADMIN,
            data={"method": request.method, "path": request.path, "via": member.via.value},
        )
        async with (staff or self._identity).database.begin() as connection:
            await record_activity(connection, activity)


def _later(wait_s: float) -> Answer:
    return answer_of(TOO_MANY_REQUESTS, ("Retry-After", str(math.ceil(wait_s))))
