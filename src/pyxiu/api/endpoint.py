"""One endpoint of the API: what it takes, what it gives, and the function that answers.

    @endpoint("GET", "/public/markets/{market}/depth", tag="Public", query=DepthQuery, returns=Depth)
    async def show_depth(call: Call[DepthQuery]) -> Reply: ...

Invariant: the same declaration parses the request and describes it in the OpenAPI document, so the two cannot differ.
Limit: the order routes are declared with `bare`, for the document and for 405; their requests never get here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Generic, Literal, TypeVar

import msgspec

from pyxiu.api.asgi import Answer, Scope
from pyxiu.api.auth import Member
from pyxiu.api.body import BodyDecoder
from pyxiu.api.cookies import Cookie
from pyxiu.api.edge import Edge
from pyxiu.api.params import Query
from pyxiu.api.uploads import Upload
from pyxiu.custody.services import CustodyServices
from pyxiu.identity.model import Client
from pyxiu.identity.services import IdentityServices

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
PREFIX: Final = "/api/v2/peatio"
PREFIXES: Final = {"peatio": PREFIX, "barong": "/api/v2/barong"}
BODY_BYTES_MAX: Final = 64 * 1024


class NoQuery(Query, frozen=True):
    """Takes no parameters."""


Q = TypeVar("Q", bound=Query)


@dataclass(frozen=True)
class Call(Generic[Q]):
    """A request whose parameters are valid. `member` is who asks, on private endpoints; `files` come by multipart."""

    edge: Edge
    query: Q
    path: dict[str, str]
    scope: Scope
    client: Client
    member: Member | None = None
    body: Any = None
    raw_body: bytes = b""
    files: dict[str, list[Upload]] = field(default_factory=dict)

    @property
    def known_member(self) -> Member:
        assert self.member is not None, "only private endpoints ask who calls"
        return self.member

    @property
    def uid(self) -> str:
        return self.known_member.uid

    @property
    def identity(self) -> IdentityServices:
        return self.edge.services.identity

    @property
    def staff(self) -> IdentityServices:
        """Identity with the rights of staff."""
        staff = self.edge.services.staff
        assert staff is not None, "whoever serves these endpoints is given the rights of staff"
        return staff

    @property
    def custody(self) -> CustodyServices:
        custody = self.edge.services.custody
        assert custody is not None, "whoever serves these endpoints is given custody"
        return custody


@dataclass(frozen=True)
class Reply:
    """`body` is encoded as JSON."""

    body: Any
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[Cookie, ...] = ()


Handler = Callable[[Call[Any]], Awaitable[Reply | Answer]]


@dataclass(frozen=True)
class Endpoint:
    """A row of the API."""

    method: Method
    path: str
    tag: str
    summary: str
    returns: Any
    handler: Handler | None = None
    query: type[Query] = NoQuery
    status: int = 200
    private: bool = False
    body: type[msgspec.Struct] | None = None
    #: JSON schema of the body, where the struct that decodes it is looser than what is meant.
    body_schema: dict[str, Any] | None = None
    #: Wire codes that this endpoint can answer, by status; the common ones are added to all.
    errors: dict[int, tuple[str, ...]] = field(default_factory=dict)
    description: str = ""
    example: Any = None
    path_parameters: dict[str, str] = field(default_factory=dict)
    #: Headers of the successful answer: name and what it means.
    headers: dict[str, str] = field(default_factory=dict)
    #: Bodies other than the usual errors, by status.
    failures: dict[int, Any] = field(default_factory=dict)
    #: The code of a required parameter that is not there.
    missing: str = "server.method.missing_{name}"
    #: Which part of the API it belongs to: `/api/v2/<group>` stands before its path.
    group: Literal["peatio", "barong"] = "peatio"
    #: What an API key must be allowed: one of its scopes, or None where no key will do. `default_scope` fills it in.
    scope: str | None = None
    #: Whether a session must prove by X-CSRF-Token that its own front-end asks.
    csrf: bool = True
    multipart: bool = False
    #: The handler parses the query itself, once it knows that the caller may ask at all.
    late_query: bool = False
    #: Success has no body at all.
    silent: bool = False
    body_bytes_max: int = BODY_BYTES_MAX

    @property
    def full_path(self) -> str:
        inside = self.group != "peatio" or self.path.startswith(GROUPS)
        return f"{PREFIXES[self.group]}{self.path}" if inside else self.path

    @cached_property
    def decoder(self) -> BodyDecoder | None:
        return None if self.body is None else BodyDecoder(self.body)


#: What lives under the prefix; the rest (`/metrics`, `/docs`) stands beside it.
GROUPS: Final = ("/public/", "/account/", "/market/", "/coinmarketcap/", "/coingecko/")


def endpoint(method: Method, path: str, **declaration: Any) -> Callable[[Handler], Endpoint]:
    """Declare the function below as the handler of an endpoint; its docstring becomes summary and description."""

    def declare(handler: Handler) -> Endpoint:
        summary, _, description = (handler.__doc__ or "").strip().partition("\n\n")
        return Endpoint(
            method,
            path,
            summary=" ".join(summary.split()),
            description=_unindented(description),
            handler=handler,
            **{"scope": default_scope(method, declaration.get("group", "peatio")), **declaration},
        )

    return declare


def default_scope(method: Method, group: str) -> str | None:
    """Keys may read what is traded with; all else an endpoint must open to them."""
    return "read" if method == "GET" and group == "peatio" else None


def _unindented(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def paginated(extra: dict[str, str] | None = None, *, total: bool = True) -> dict[str, str]:
    """The headers of a paged list."""
    headers = {"Page": "The number of this page.", "Per-Page": "Rows on a full page."}
    if total:
        headers = {"Total": "Rows on all pages together.", **headers}
    return {**headers, **(extra or {})}
