"""The handshake: which path, who, from where, and whether there is room; and who is in.

Invariant: who is in is counted once, by address and by member, and comes out of the counts when the connection ends; a
cookie counts only for pages of this site. How many orders a member may send outlives its connections. Limit: whoever is
refused gets an HTTP answer, not a WebSocket.
"""

import asyncio
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

from pyxiu.stream.client import CLOSE_CHANGED, Client, House, Socket
from pyxiu.stream.limits import Bucket, Counts, Rates
from pyxiu.stream.metrics import StreamMetrics
from pyxiu.stream.ports import Caller, Doorkeeper, Refusal, Via
from pyxiu.stream.settings import StreamSettings

PREFIX: Final = "/api/v2/ranger"
#: True where only members may come in.
_PATHS: Final = {"": False, "/public": False, "/private": True}
PARAMETERS_MAX: Final = 100

_NOT_FOUND: Final = Refusal(404, "record.not_found")
_NO_SESSION: Final = Refusal(401, "authz.invalid_session")
_ORIGIN: Final = Refusal(403, "authz.origin_not_allowed")
_FULL: Final = Refusal(503, "stream.too_many_connections")
_TOO_MANY: Final = Refusal(429, "stream.too_many_connections")
_BAD_QUERY: Final = Refusal(400, "server.method.invalid_query")


class Entered(msgspec.Struct, frozen=True):
    """Somebody who may come in, and what the address asks for."""

    caller: Caller | None
    address: str
    streams: list[str]
    nested: bool


class Wish(msgspec.Struct, frozen=True):
    """What a handshake's address says."""

    members_only: bool
    streams: list[str]
    nested: bool


class Door:
    """One per process."""

    def __init__(self, house: House, doorkeeper: Doorkeeper) -> None:
        self.settings: StreamSettings = house.settings
        self.metrics: StreamMetrics = house.metrics
        self._house = house
        self._doorkeeper = doorkeeper
        self._inside: dict[Any, Entered] = {}
        self._addresses = Counts(self.settings.connections_per_address)
        self._members = Counts(self.settings.connections_per_member)
        self._order_rates = Rates(self.settings.orders_per_s, self.settings.orders_burst)

    @property
    def inside(self) -> tuple[Any, ...]:
        """The sockets that are in, or about to be."""
        return tuple(self._inside)

    async def enter(self, socket: Any, scope: dict[str, Any]) -> Entered | Refusal:
        """Who comes in; `leave` has to follow."""
        wish = wish_of(scope)
        if isinstance(wish, Refusal):
            return wish
        if len(self._inside) >= self.settings.connections:
            return _FULL
        caller = await self._doorkeeper.caller(scope)
        if isinstance(caller, Caller) and caller.via is Via.SESSION and not self._may_use_cookies(scope):
            return _ORIGIN
        if isinstance(caller, Refusal):
            return caller
        if caller is None and wish.members_only:
            return _NO_SESSION
        entered = Entered(caller, self._doorkeeper.address(scope), wish.streams, wish.nested)
        return self._count(socket, entered)

    def leave(self, socket: Any, entered: Entered) -> None:
        """Somebody is out."""
        del self._inside[socket]
        self._addresses.leave(entered.address)
        if entered.caller is not None and self._members.leave(entered.caller.uid):
            self._order_rates.leave(entered.caller.uid, asyncio.get_running_loop().time())
        self.metrics.connections[_kind(entered)] -= 1

    def client(self, socket: Socket, entered: Entered) -> Client:
        """What handles the messages of somebody who is in. A member's connections share one rate of orders."""
        settings, now_s = self.settings, asyncio.get_running_loop().time()
        if entered.caller is None:
            rate = Bucket(settings.orders_per_s, settings.orders_burst, now_s)
        else:
            rate = self._order_rates.of(entered.caller.uid, now_s)
        return Client(socket, self._house, entered.caller, rate, nested=entered.nested)

    def changed(self, kind: str, subject: str) -> None:
        """Identity says that something is not what it was: whoever came in by it has to come again."""
        for socket, entered in tuple(self._inside.items()):
            if entered.caller is not None and (kind, subject) in entered.caller.changes:
                socket.close(CLOSE_CHANGED)

    def _count(self, socket: Any, entered: Entered) -> Entered | Refusal:
        if not self._addresses.enter(entered.address):
            return _TOO_MANY
        if entered.caller is not None and not self._members.enter(entered.caller.uid):
            self._addresses.leave(entered.address)
            return _TOO_MANY
        self._inside[socket] = entered
        self.metrics.connections[_kind(entered)] += 1
        return entered

    def _may_use_cookies(self, scope: dict[str, Any]) -> bool:
        """Browsers always say where a page comes from; whoever says nothing is none, and sends no foreign cookie."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        if not origin or origin in self.settings.origins:
            return True
        return urlsplit(origin).netloc.lower() == headers.get(b"host", b"").decode("latin-1").lower()


def wish_of(scope: dict[str, Any]) -> Wish | Refusal:
    """What the address asks for."""
    path: str = scope["path"].rstrip("/")
    members_only = _PATHS.get(path[len(PREFIX) :]) if path.startswith(PREFIX) else None
    if members_only is None:
        return _NOT_FOUND
    try:
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), max_num_fields=PARAMETERS_MAX)
    except ValueError:
        return _BAD_QUERY
    streams = [name for key, value in pairs if key == "stream" for name in value.split(",") if name]
    return Wish(members_only, streams, nested=("book", "nested") in pairs)


def _kind(entered: Entered) -> str:
    return "visitor" if entered.caller is None else entered.caller.via.value
