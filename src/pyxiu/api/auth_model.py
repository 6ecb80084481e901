"""Who asks, and what authentication looks at of a request."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from pyxiu.api.asgi import Header, Scope


class Via(StrEnum):
    """What a request was signed with."""

    SESSION = "session"
    API_KEY = "api_key"
    TOKEN = "token"  # noqa: S105 - a kind of proof, not one


#: What an API key can be allowed; sessions have all, tokens what they were made for has.
ALL_SCOPES: Final = frozenset({"read", "trade", "withdraw", "transfer"})


class Member(NamedTuple):
    """Whom a request comes from, and what lets it in.

    `session_id` (of the row in `sessions`) and `kid`: the session or API key that asks, by itself or by a token that
    was made for it.
    """

    uid: str
    level: int
    role: str
    state: str = "active"
    user_id: int = 0
    via: Via = Via.API_KEY
    scopes: frozenset[str] = ALL_SCOPES
    session_id: int | None = None
    kid: str = ""

    @property
    def by_key(self) -> bool:
        """Whether an API key is behind it, so that scopes count and the account itself is closed."""
        return self.via is Via.API_KEY or self.kid != ""


class Presented(Protocol):
    """A request as it came: what signatures are made over, and where it came from."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def raw_path(self) -> bytes: ...
    @property
    def query_string(self) -> bytes: ...
    @property
    def headers(self) -> Sequence[Header]: ...
    @property
    def given(self) -> Mapping[bytes, bytes]:
        """The headers by lower-case name, the last of each."""

    @property
    def body(self) -> bytes | None: ...
    @property
    def peer(self) -> str: ...


class PresentedRequest(NamedTuple):
    """A request of ASGI's. `body` None: it was not read, so no signature can cover it."""

    method: str
    path: str
    raw_path: bytes
    query_string: bytes
    headers: Sequence[Header]
    body: bytes | None
    peer: str

    @property
    def given(self) -> Mapping[bytes, bytes]:
        return dict(self.headers)


def presented(scope: Scope, body: bytes | None) -> PresentedRequest:
    """A request that came by ASGI; a websocket's handshake counts as GET."""
    client = scope.get("client")
    path: str = scope["path"]
    return PresentedRequest(
        scope.get("method", "GET"),
        path,
        scope.get("raw_path") or path.encode(),
        scope.get("query_string", b""),
        scope["headers"],
        body,
        client[0] if client else "",
    )
