"""Who connects to the stream: asked of the API's gate, as for a request.

Invariant: what lets somebody in here is what would let the same handshake in as a GET, and what fails on the way is
answered as there. Limit: a cookie that does not hold makes a visitor; a key or a token that does not hold is refused,
because whoever sends one means it.
"""

from typing import Any, Final

import msgspec

from pyxiu.api.asgi import Answer
from pyxiu.api.auth import Member, Via
from pyxiu.api.auth_model import presented
from pyxiu.api.client_address import peer_of
from pyxiu.api.errors import INVALID_PERMISSION, REQUEST_REPLAYED, WireError
from pyxiu.api.failures import answer_of_failure
from pyxiu.api.gate import Gate
from pyxiu.identity.changes import Change
from pyxiu.stream import ports
from pyxiu.stream.ports import Caller, Refusal

_NS_PER_S: Final = 10**9
_EXPLICIT: Final = frozenset({b"x-auth-apikey", b"x-auth-signature", b"x-auth-nonce", b"authorization"})


class GateDoorkeeper:
    """`stream.ports.Doorkeeper`."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def caller(self, scope: dict[str, Any]) -> Caller | Refusal | None:
        try:
            return await self._caller(scope)
        except Exception as failure:  # noqa: BLE001 - the last net, as requests have one
            return _refusal(answer_of_failure(failure))

    async def _caller(self, scope: dict[str, Any]) -> Caller | Refusal | None:
        handshake = presented(scope, b"")
        stopped = await self._gate.at_the_door(handshake)
        if stopped is not None:
            return _refusal(stopped)
        found = await self._gate.authenticator.member(handshake, csrf=False)
        given = dict(scope["headers"])
        if isinstance(found, WireError):
            return Refusal(found.status, found.code) if _EXPLICIT & given.keys() else None
        if not (await self._gate.decide(found.role, "GET", scope["path"])).allowed:
            return Refusal(INVALID_PERMISSION.status, INVALID_PERMISSION.code)
        if found.via is Via.API_KEY and not await self._gate.first_time(handshake):
            # A connection can place orders, so a handshake that was overheard must not open a second one.
            return Refusal(REQUEST_REPLAYED.status, REQUEST_REPLAYED.code)
        expires_ns = self._gate.authenticator.expires_ns(handshake, found)
        return Caller(
            uid=found.uid,
            via=ports.Via(found.via.value),
            scopes=found.scopes,
            changes=_changes(found),
            member=found,
            expires_s=None if expires_ns is None else expires_ns / _NS_PER_S,
        )

    def address(self, scope: dict[str, Any]) -> str:
        """What the rate of requests counts by: whoever has IPv6 has at least a /64, which is one address here."""
        return self._gate.clients.sender_of(peer_of(scope), scope["headers"])


def _changes(member: Member) -> frozenset[tuple[str, str]]:
    """What ends this caller's connection: a change of the member, of the session or of the key; a token has either."""
    changes = {(Change.USER.value, member.uid)}
    if member.session_id is not None:
        changes.add((Change.SESSION.value, str(member.session_id)))
    if member.kid:
        changes.add((Change.API_KEY.value, member.kid))
    return frozenset(changes)


def _refusal(answer: Answer) -> Refusal:
    codes = msgspec.json.decode(answer.body).get("errors", ["server.internal_error"])
    return Refusal(answer.status, codes[0])
