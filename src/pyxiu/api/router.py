"""All but the order routes, on Litestar: from an endpoint's declaration to a handler, and from failures to answers.

Invariant: who asks is known before anything else is looked at, parameters are parsed before the handler runs, and a
private read waits for what its member was told. Limit: bodies up to BODY_BYTES_MAX.
"""

import re
from typing import Any, Final, cast

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from pyxiu.api import errors
from pyxiu.api.asgi import Answer, ASGIApp, Receive, Scope, header_pairs, read_body
from pyxiu.api.auth import Member
from pyxiu.api.edge import Edge
from pyxiu.api.endpoint import Call, Endpoint, Reply
from pyxiu.api.errors import ApiError, WireError, error_body
from pyxiu.api.failures import answer_of_failure
from pyxiu.api.freshness import LAG_HEADER
from pyxiu.api.market.trading import answer_of
from pyxiu.api.openapi import build_document
from pyxiu.api.pages import pages
from pyxiu.api.params import parse_query, query_values
from pyxiu.api.routes import ENDPOINTS, allowed_methods
from pyxiu.api.wire.texts import to_json

BODY_BYTES_MAX: Final = 64 * 1024

AnyRequest = Request[Any, Any, Any]


def build_router(edge: Edge) -> ASGIApp:
    """The Litestar application."""
    services = edge.services
    document = build_document(ENDPOINTS, services.settings.build.version)
    handlers = [_route(endpoint, edge) for endpoint in ENDPOINTS if endpoint.handler is not None]
    app: Any = Litestar(
        route_handlers=[*handlers, *pages(document, services.registry)],
        openapi_config=None,
        logging_config=None,
        exception_handlers={ApiError: _on_api_error, HTTPException: _on_http_error, Exception: _on_failure},
    )
    application: ASGIApp = app
    return application


def _route(endpoint: Endpoint, edge: Edge) -> HTTPRouteHandler:
    async def handle(request: AnyRequest) -> Response[bytes]:
        answer = await _answer(endpoint, edge, request)
        return _response(answer, "application/json")

    path = re.sub(r"\{([a-z_]+)\}", r"{\1:str}", endpoint.full_path)
    route = HTTPRouteHandler(path, http_method=endpoint.method, status_code=endpoint.status, name=None)
    decorated: HTTPRouteHandler = route(handle)
    return decorated


async def _answer(endpoint: Endpoint, edge: Edge, request: AnyRequest) -> Answer:
    scope: Scope = cast("Scope", request.scope)
    member: Member | None = None
    if endpoint.private:
        found = await edge.authenticator.member(scope["headers"])
        if isinstance(found, WireError):
            return edge.trading.unauthenticated(found)
        member = found
    query = parse_query(endpoint.query, query_values(scope["query_string"]), missing=endpoint.missing)
    raw_body = b"" if endpoint.method == "GET" else await read_body(cast("Receive", request.receive), BODY_BYTES_MAX)
    if raw_body is None:
        return answer_of(errors.BODY_TOO_LARGE)
    body = None
    if endpoint.decoder is not None:
        body = endpoint.decoder.decode(raw_body, scope["query_string"])
        if body is None:
            return answer_of(errors.INVALID_BODY)
    lag_headers: tuple[tuple[str, str], ...] = ()
    if member is not None and endpoint.method == "GET" and not await edge.freshness.caught_up(member.uid):
        lag_headers = ((LAG_HEADER, str(edge.freshness.lag(member.uid))),)
    assert endpoint.handler is not None, f"{endpoint.path} is answered elsewhere"
    reply = await endpoint.handler(Call(edge, query, request.path_params, scope, member, body, raw_body))
    if isinstance(reply, Reply):
        return Answer(reply.status, to_json(reply.body), header_pairs((*reply.headers, *lag_headers)))
    return reply


def _response(answer: Answer, media_type: str) -> Response[bytes]:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers}
    headers.setdefault("cache-control", "no-store")
    return Response(answer.body, status_code=answer.status, headers=headers, media_type=media_type)


def _on_api_error(_: AnyRequest, error: ApiError) -> Response[bytes]:
    return _response(Answer(error.status, error_body(error.codes), header_pairs(error.headers)), "application/json")


def _on_http_error(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """What the router itself refuses: no such path, another method, a path parameter that cannot be read."""
    path, method = request.scope["path"], request.scope["method"]
    allowed = allowed_methods(path)
    if error.status_code == 405 or (error.status_code == 404 and allowed and method not in allowed):
        allow = ", ".join(allowed) or "GET, OPTIONS"
        return _response(answer_of(errors.METHOD_NOT_ALLOWED, ("Allow", allow)), "application/json")
    wire_error = _HTTP_ERRORS.get(error.status_code)
    if wire_error is None:
        wire_error = errors.INTERNAL if error.status_code >= 500 else errors.INVALID_QUERY
    return _response(answer_of(wire_error), "application/json")


_HTTP_ERRORS: Final[dict[int, WireError]] = {404: errors.NOT_FOUND, 413: errors.BODY_TOO_LARGE}


def _on_failure(_: AnyRequest, failure: Exception) -> Response[bytes]:
    return _response(answer_of_failure(failure), "application/json")
