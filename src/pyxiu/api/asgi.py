"""The little of ASGI that the order routes need: read a bounded body, send bytes.

Invariant: at most `limit` bytes of a body are kept. Limit: HTTP only; a client that goes away while it sends raises
ClientGoneError, because there is nobody left to answer.
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final, NamedTuple

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

JSON: Final[Header] = (b"content-type", b"application/json")
NO_SNIFF: Final[Header] = (b"x-content-type-options", b"nosniff")


class Answer(NamedTuple):
    """A status, a JSON body and headers beyond the usual ones."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = ()


class ClientGoneError(Exception):
    """The connection was closed before the request was complete."""


async def read_body(receive: Receive, limit: int) -> bytes | None:
    """The whole body, or None if it is longer than `limit`."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        if len(body) > limit:
            return None
        message = await receive()
        body += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    return body if len(body) <= limit else None


async def send_answer(send: Send, answer: Answer) -> None:
    status, body, extra = answer
    headers = (JSON, (b"content-length", b"%d" % len(body)), NO_SNIFF, *extra)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def header_pairs(pairs: Iterable[tuple[str, str]]) -> tuple[Header, ...]:
    return tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs)
