"""All but the order routes, on Litestar: from an endpoint's declaration to a handler, and from failures to answers.

Invariant: who asks is known before anything else is looked at, parameters are parsed before the handler runs, and a
private read waits for what its member was told. Limit: bodies up to what their endpoint takes.
"""

import re
from typing import Any, Final, NamedTuple, cast

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse

from pyxiu.api import errors
from pyxiu.api.asgi import Answer, ASGIApp, Receive, Scope, header_pairs, read_body
from pyxiu.api.audience import Audience
from pyxiu.api.auth import SAFE_METHODS, Via
from pyxiu.api.auth_model import PresentedRequest, presented
from pyxiu.api.browser import is_cross_site
from pyxiu.api.client_address import peer_of
from pyxiu.api.cookies import set_cookie
from pyxiu.api.dev_mail import dev_mail_pages
from pyxiu.api.edge import Edge
from pyxiu.api.endpoint import Call, Endpoint, NoQuery, Reply
from pyxiu.api.errors import ApiError, WireError, error_body
from pyxiu.api.failures import answer_of, answer_of_failure
from pyxiu.api.freshness import LAG_HEADER
from pyxiu.api.gate import Admitted
from pyxiu.api.openapi import build_document
from pyxiu.api.pages import pages
from pyxiu.api.params import parse_query, query_values
from pyxiu.api.routes import allowed_methods, endpoints_for
from pyxiu.api.services import ApiServices
from pyxiu.api.uploads import Upload, read_form
from pyxiu.api.wire.texts import to_json

JSON: Final = "application/json"
NO_CONTENT: Final = 204

AnyRequest = Request[Any, Any, Any]


def build_router(edge: Edge) -> ASGIApp:
    """The Litestar application."""
    services = edge.services
    audience = services.settings.audience
    endpoints = endpoints_for(audience)
    document = build_document(endpoints, services.settings.build.version)
    handlers = [_route(endpoint, edge) for endpoint in endpoints if endpoint.handler is not None]

    def on_http_error(request: AnyRequest, error: HTTPException) -> Response[bytes]:
        return _on_http_error(request, error, audience)

    app: Any = Litestar(
        route_handlers=[*handlers, *pages(document, services.documents, services.registry), *_dev_pages(services)],
        openapi_config=None,
        logging_config=None,
        exception_handlers={ApiError: _on_api_error, HTTPException: on_http_error, Exception: _on_failure},
    )
    application: ASGIApp = app
    return application


def _dev_pages(services: ApiServices) -> list[HTTPRouteHandler]:
    return [] if services.mailbox is None else dev_mail_pages(services.mailbox)


def _route(endpoint: Endpoint, edge: Edge) -> HTTPRouteHandler:
    async def handle(request: AnyRequest) -> ASGIResponse:
        answer = await _answer(endpoint, edge, request)
        # Pairs and not a mapping: several cookies are several headers of one name.
        return ASGIResponse(body=answer.body, status_code=answer.status, headers=_pairs(answer), media_type=JSON)

    path = re.sub(r"\{([a-z_]+)\}", r"{\1:str}", endpoint.full_path)
    route = HTTPRouteHandler(
        path,
        http_method=endpoint.method,
        status_code=200,  # every answer says its own; Litestar only wants to know that there is a body
        request_max_body_size=endpoint.body_bytes_max,
        name=None,
    )
    decorated: HTTPRouteHandler = route(handle)
    return decorated


async def _answer(endpoint: Endpoint, edge: Edge, request: AnyRequest) -> Answer:
    scope: Scope = cast("Scope", request.scope)
    # A multipart body is not read for somebody who is not known; no signature covers one.
    raw = b"" if _is_multipart(endpoint, request) else await _raw_body(endpoint, request)
    if raw is None:
        return answer_of(errors.BODY_TOO_LARGE)
    asked = presented(scope, raw)
    admitted: Admitted | None = None
    if endpoint.private:
        found = await edge.gate.admit(asked, key_scope=endpoint.scope, csrf=endpoint.csrf)
        if isinstance(found, Answer):
            return found
        admitted = found
    refusal = await refusal_of(edge, asked, admitted)
    if refusal is not None:
        return answer_of(refusal)
    answer = await _handled(endpoint, edge, request, admitted, raw)
    if admitted is not None and admitted.topic is not None:
        await edge.gate.audit(admitted, asked, answer.status)
    return answer


async def refusal_of(edge: Edge, asked: PresentedRequest, admitted: Admitted | None) -> WireError | None:
    """What must not have an effect: what another site makes a browser send, and what was signed once but came twice."""
    if asked.method in SAFE_METHODS:
        return None
    if admitted is None or admitted.member.via is Via.SESSION:
        allowed = edge.services.settings.cors_origins
        return errors.CROSS_SITE if is_cross_site(asked.headers, allowed) else None
    if admitted.member.via is Via.API_KEY:
        return None if await edge.gate.first_time(asked) else errors.REQUEST_REPLAYED
    return None


async def _handled(
    endpoint: Endpoint, edge: Edge, request: AnyRequest, admitted: Admitted | None, raw: bytes
) -> Answer:
    scope: Scope = cast("Scope", request.scope)
    try:
        declared = NoQuery if endpoint.late_query else endpoint.query
        query = parse_query(declared, query_values(scope["query_string"]), missing=endpoint.missing)
        sent = await _read(endpoint, request, raw)
        if isinstance(sent, WireError):
            return answer_of(sent)
        member = None if admitted is None else admitted.member
        lag_headers: tuple[tuple[str, str], ...] = ()
        if member is not None and endpoint.method == "GET" and not await edge.freshness.caught_up(member.uid):
            lag_headers = ((LAG_HEADER, str(edge.freshness.lag(member.uid))),)
        assert endpoint.handler is not None, f"{endpoint.path} is answered elsewhere"
        client = edge.clients.client_of(peer_of(scope), scope["headers"])
        call = Call(edge, query, request.path_params, scope, client, member, sent.body, raw, sent.files)
        reply = await endpoint.handler(call)
    except ApiError as error:
        return Answer(error.status, error_body(error.codes), header_pairs(error.headers))
    return _spelled(reply, edge, scope, lag_headers) if isinstance(reply, Reply) else reply


def _spelled(reply: Reply, edge: Edge, scope: Scope, extra: tuple[tuple[str, str], ...]) -> Answer:
    secure = edge.services.identity.settings.cookie_secure or edge.clients.is_secure(scope)
    cookies = tuple(set_cookie(cookie, secure=secure) for cookie in reply.cookies)
    body = b"" if reply.status == NO_CONTENT else to_json(reply.body)
    return Answer(reply.status, body, (*header_pairs((*reply.headers, *extra)), *cookies))


class _Sent(NamedTuple):
    """What came with a request beside its path and query."""

    body: Any = None
    files: dict[str, list[Upload]] = {}  # noqa: RUF012 - never written to


def _is_multipart(endpoint: Endpoint, request: AnyRequest) -> bool:
    return endpoint.multipart and request.content_type[0] == "multipart/form-data"


async def _raw_body(endpoint: Endpoint, request: AnyRequest) -> bytes | None:
    if endpoint.method == "GET":
        return b""
    return await read_body(cast("Receive", request.receive), endpoint.body_bytes_max)


async def _read(endpoint: Endpoint, request: AnyRequest, raw: bytes) -> _Sent | WireError:
    decoder = endpoint.decoder
    if endpoint.method == "GET" or decoder is None:
        return _Sent()
    if _is_multipart(endpoint, request):
        form = await read_form(request)
        return errors.INVALID_BODY if form is None else _Sent(decoder.from_fields(form.fields), form.files)
    body = decoder.decode(raw, request.scope["query_string"])
    return errors.INVALID_BODY if body is None else _Sent(body)


def _pairs(answer: Answer) -> list[tuple[str, str]]:
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers]
    if not any(name == "cache-control" for name, _ in pairs):
        pairs.append(("cache-control", "no-store"))
    return pairs


def _response(answer: Answer) -> Response[bytes]:
    """For exception handlers, which must not answer in Litestar's own lower form."""
    return Response(answer.body, status_code=answer.status, headers=dict(_pairs(answer)), media_type=JSON)


def _on_api_error(_: AnyRequest, error: ApiError) -> Response[bytes]:
    return _response(Answer(error.status, error_body(error.codes), header_pairs(error.headers)))


def _on_http_error(request: AnyRequest, error: HTTPException, audience: Audience) -> Response[bytes]:
    """What the router itself refuses: no such path, another method, a path parameter that cannot be read."""
    path, method = request.scope["path"], request.scope["method"]
    allowed = allowed_methods(path, audience)
    if error.status_code == 405 or (error.status_code == 404 and allowed and method not in allowed):
        allow = ", ".join(allowed) or "GET, OPTIONS"
        return _response(answer_of(errors.METHOD_NOT_ALLOWED, ("Allow", allow)))
    wire_error = _HTTP_ERRORS.get(error.status_code)
    if wire_error is None:
        wire_error = errors.INTERNAL if error.status_code >= 500 else errors.INVALID_QUERY
    return _response(answer_of(wire_error))


_HTTP_ERRORS: Final[dict[int, WireError]] = {404: errors.NOT_FOUND, 413: errors.BODY_TOO_LARGE}


def _on_failure(_: AnyRequest, failure: Exception) -> Response[bytes]:
    return _response(answer_of_failure(failure))
