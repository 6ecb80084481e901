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
from pyxiu.api.edge import Edge
from pyxiu.api.params import Query

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
PREFIX: Final = "/api/v2/peatio"


class NoQuery(Query, frozen=True):
    """Takes no parameters."""


Q = TypeVar("Q", bound=Query)


@dataclass(frozen=True)
class Call(Generic[Q]):
    """A request whose parameters are valid. `member` is who asks, on private endpoints."""

    edge: Edge
    query: Q
    path: dict[str, str]
    scope: Scope
    member: Member | None = None
    body: Any = None
    raw_body: bytes = b""

    @property
    def known_member(self) -> Member:
        assert self.member is not None, "only private endpoints ask who calls"
        return self.member

    @property
    def uid(self) -> str:
        return self.known_member.uid


@dataclass(frozen=True)
class Reply:
    """`body` is encoded as JSON."""

    body: Any
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


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

    @property
    def full_path(self) -> str:
        return f"{PREFIX}{self.path}" if self.path.startswith(GROUPS) else self.path

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
            **declaration,
        )

    return declare


def _unindented(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def paginated(extra: dict[str, str] | None = None, *, total: bool = True) -> dict[str, str]:
    """The headers of a paged list."""
    headers = {"Page": "The number of this page.", "Per-Page": "Rows on a full page."}
    if total:
        headers = {"Total": "Rows on all pages together.", **headers}
    return {**headers, **(extra or {})}
