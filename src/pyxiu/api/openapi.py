"""The OpenAPI 3.1 document, made from the table of endpoints.

Invariant: parameters, bodies, answers, headers and error codes come from the declarations that the handlers run with.
Limit: built once at the start; it says nothing that depends on the catalog.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from pyxiu.api import errors
from pyxiu.api.auth import SAFE_METHODS
from pyxiu.api.endpoint import Endpoint, NoQuery
from pyxiu.api.examples import EXAMPLES
from pyxiu.api.freshness import LAG_HEADER
from pyxiu.api.params import Declared, Search, declared

REF: Final = "#/components/schemas/{name}"
NO_CONTENT: Final = 204
JSON: Final = "application/json"
MULTIPART: Final = "multipart/form-data"
FORM: Final = "application/x-www-form-urlencoded"
#: The header that says how much a read did not see yet.
LAG_MEANING: Final = "Only if your latest change may be missing: the read had waited for it as long as it may."
TAGS: Final = {
    "Public": "For everyone, without a key.",
    "Account": "Your money.",
    "Market": "Your orders and trades.",
    "Identity": "Accounts and sessions.",
    "Account settings": "What belongs to your account.",
    "Second factors": "One-time codes, recovery codes and passkeys.",
    "API keys": "Keys for programs, and the service accounts that may have them.",
    "KYC": "Who you are: profile, phone, addresses, documents.",
    "Access": "Who is let in: restrictions, and other services behind the same identity.",
    "Admin": "For staff, as far as their role allows.",
    "CoinMarketCap": "Market data as CoinMarketCap collects it.",
    "CoinGecko": "Market data as CoinGecko collects it.",
}
DESCRIPTION: Final = """\
Decimals are strings in plain notation ("0.002"); public trades and candles have JSON numbers with exact digits. Times \
are ISO 8601 in UTC. Errors are `{"errors": ["code"]}`, all findings of a request at once; codes do not change.

Private endpoints know who asks by one of these. A browser has a session: the cookie that `POST /identity/sessions` \
sets, and for whatever changes something the `csrf_token` of its answer in `X-CSRF-Token`. A program has an API key in \
three headers: `X-Auth-Apikey`, its id; `X-Auth-Nonce`, the time in milliseconds, at most some seconds off; \
`X-Auth-Signature`, `v2=` and the hex signature of the whole request, or, where the key allows it, the hex \
HMAC-SHA256 of nonce and key id. A refused nonce is answered with the server's time in `X-Server-Time`. A service has \
a token of ours in `Authorization: Bearer`.
"""
_SECURITY_SCHEMES: Final = {
    "api_key": {"type": "apiKey", "in": "header", "name": "X-Auth-Apikey", "description": "The key's id."},
    "nonce": {"type": "apiKey", "in": "header", "name": "X-Auth-Nonce", "description": "Unix time in milliseconds."},
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Auth-Signature",
        "description": "`v2=` and the signature of the whole request, or the hex HMAC-SHA256 of nonce and key id.",
    },
    "session": {"type": "apiKey", "in": "cookie", "name": "_barong_session", "description": "A browser's session."},
    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token", "description": "The session's csrf_token."},
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "A token of ours."},
}


class Errors(msgspec.Struct, frozen=True):
    """What went wrong, as codes; `message` where a code alone would not help."""

    errors: list[str]
    message: str | msgspec.UnsetType = msgspec.UNSET
    #: With `server.outcome_unknown`: what to retry with.
    client_order_id: str | msgspec.UnsetType = msgspec.UNSET
    client_order_ids: list[str] | msgspec.UnsetType = msgspec.UNSET


_COMMON: Final[dict[int, tuple[str, ...]]] = {
    400: (errors.INVALID_QUERY.code,),
    422: (),
    429: (errors.TOO_MANY_REQUESTS.code,),
    503: (errors.UNAVAILABLE.code,),
}
_PRIVATE: Final[dict[int, tuple[str, ...]]] = {
    401: (
        errors.NO_SESSION.code,
        errors.UNKNOWN_KEY.code,
        errors.INVALID_SIGNATURE.code,
        errors.NONCE_EXPIRED.code,
        errors.NONCE_NOT_A_TIMESTAMP.code,
        errors.KEY_NOT_ACTIVE.code,
        errors.KEY_EXPIRED.code,
        errors.ADDRESS_NOT_ALLOWED.code,
        errors.SCHEME_NOT_ALLOWED.code,
        errors.DISABLED_2FA.code,
        errors.SESSION_MISMATCH.code,
        errors.USER_NOT_ACTIVE.code,
        errors.INVALID_TOKEN.code,
        errors.INVALID_PERMISSION.code,
    ),
    403: (errors.SCOPE_NOT_ALLOWED.code,),
    422: (errors.INVALID_KEY_HEADERS.code,),
}
_PRIVATE_UNSAFE: Final[dict[int, tuple[str, ...]]] = {
    401: (errors.MISSING_CSRF.code, errors.CSRF_MISMATCH.code, errors.REQUEST_REPLAYED.code),
}
_UNSAFE: Final[dict[int, tuple[str, ...]]] = {403: (errors.CROSS_SITE.code,)}
_WITH_PATH: Final[dict[int, tuple[str, ...]]] = {404: (errors.NOT_FOUND.code,)}
_WITH_BODY: Final[dict[int, tuple[str, ...]]] = {
    400: (errors.INVALID_BODY.code,),
    413: (errors.BODY_TOO_LARGE.code,),
}
_FAILURE_HEADERS: Final = {
    401: {"X-Server-Time": "With a refused nonce: the server's time in milliseconds."},
    429: {"Retry-After": "When to ask again, in seconds."},
    503: {"Retry-After": "When to ask again, in seconds."},
    504: {"Retry-After": "When to ask again, in seconds."},
}
_MEANINGS: Final = {
    400: "The request cannot be read.",
    401: "Who asks is not known, or not for certain.",
    403: "This is not permitted to who asks.",
    404: "There is no such thing, or it is somebody else's.",
    413: "The body is larger than any valid one.",
    422: "The request can be read but not be done.",
    429: "Too many requests, or too many tries; see Retry-After.",
    503: "Not at the moment; nothing was done. See Retry-After.",
    504: "Nobody knows whether it was done. Send the same client order id again: the effect happens once.",
}


def build_document(endpoints: Iterable[Endpoint], version: str) -> dict[str, Any]:
    endpoints = tuple(endpoints)
    types = [endpoint.returns for endpoint in endpoints if endpoint.returns is not None]
    types += [kind for endpoint in endpoints for kind in endpoint.failures.values()]
    schemas, components = msgspec.json.schema_components([*types, Errors], ref_template=REF)
    for name in EXAMPLES.keys() & components.keys():
        components[name]["examples"] = [EXAMPLES[name]]
    by_type = {repr(kind): schema for kind, schema in zip([*types, Errors], schemas, strict=True)}
    used = {endpoint.tag for endpoint in endpoints}
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.full_path, {})[endpoint.method.lower()] = _operation(endpoint, by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pyxiu", "version": version, "description": DESCRIPTION, "license": {"name": "MIT"}},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items() if name in used],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SECURITY_SCHEMES},
    }


def _operation(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "tags": [endpoint.tag],
        "operationId": operation_id(endpoint),
        "summary": endpoint.summary,
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint)],
        "responses": _responses(endpoint, schemas),
    }
    if endpoint.description:
        operation["description"] = endpoint.description
    if endpoint.private:
        operation["security"] = _security(endpoint)
    if endpoint.body_schema is not None:
        operation["requestBody"] = _request_body(endpoint)
    return operation


def _security(endpoint: Endpoint) -> list[dict[str, list[str]]]:
    session: dict[str, list[str]] = {"session": []}
    if endpoint.csrf and endpoint.method not in SAFE_METHODS:
        session["csrf"] = []
    key: dict[str, list[str]] = {"api_key": [], "nonce": [], "signature": []}
    return [*([] if endpoint.scope is None else [key]), session, {"token": []}]


def operation_id(endpoint: Endpoint) -> str:
    if endpoint.group != "peatio":
        return f"{endpoint.method.lower()}_{endpoint.group}_{_words(endpoint)}"
    return f"{endpoint.method.lower()}_{_words(endpoint)}"


def _words(endpoint: Endpoint) -> str:
    return re.sub(r"[^a-z0-9_]", "_", re.sub(r"[{}]", "", endpoint.path.strip("/")))


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": text,
            "schema": {"type": "string", "minLength": 1},
        }
        for name, text in endpoint.path_parameters.items()
    ]


def _query_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    if endpoint.query is NoQuery:
        return []
    parameters = []
    for item in declared(endpoint.query):
        parameters.append(_query_parameter(item))
        if isinstance(item.parameter, Search):
            parameters += [_search_field(item.parameter, field) for field in item.parameter.fields]
    return parameters


def _query_parameter(item: Declared) -> dict[str, Any]:
    schema = item.parameter.schema()
    if item.default is not None:
        schema = {**schema, "default": item.default}
    parameter = {
        "name": item.name,
        "in": "query",
        "required": item.required,
        "description": item.parameter.description,
        "schema": schema,
    }
    if schema["type"] == "array":
        parameter |= {"style": "form", "explode": True}
    return parameter


def _search_field(search: Search, field: str) -> dict[str, Any]:
    return {
        "name": f"{search.name}[{field}]",
        "in": "query",
        "required": False,
        "description": f"`{field}` of {search.name}, on its own.",
        "schema": {"type": "string", "maxLength": 255},
    }


def _request_body(endpoint: Endpoint) -> dict[str, Any]:
    schema = endpoint.body_schema or {}
    content: dict[str, Any] = {} if endpoint.multipart else {JSON: {"schema": schema}}
    if endpoint.multipart:
        return {"content": {MULTIPART: {"schema": schema}}, "required": bool(schema.get("required"))}
    if "items" not in schema.get("properties", {}):
        content[FORM] = {"schema": schema}
    return {"content": content, "required": bool(schema.get("required"))}


def _responses(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    codes = {status: list(codes) for status, codes in endpoint.errors.items()}
    extra = [_COMMON]
    unsafe = endpoint.method not in SAFE_METHODS
    if endpoint.private:
        extra += [_PRIVATE, _PRIVATE_UNSAFE] if unsafe else [_PRIVATE]
    if unsafe:
        extra.append(_UNSAFE)
    if endpoint.path_parameters:
        extra.append(_WITH_PATH)
    if endpoint.body_schema is not None or unsafe:
        extra.append(_WITH_BODY)
    for table in extra:
        for status, found in table.items():
            codes.setdefault(status, []).extend(code for code in found if code not in codes[status])
    responses: dict[str, Any] = {}
    if endpoint.silent or endpoint.status == NO_CONTENT:
        responses[str(endpoint.status)] = {"description": "Done."}
    elif endpoint.returns is not None:
        responses[str(endpoint.status)] = _success(endpoint, schemas)
    elif endpoint.group == "barong":
        responses[str(endpoint.status)] = {"description": "Done.", "content": {JSON: {"schema": {"type": "null"}}}}
    for status in sorted(codes):
        schema = schemas[repr(endpoint.failures.get(status, Errors))]
        responses[str(status)] = _failure(status, codes[status], schema)
    return responses


def _success(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    media: dict[str, Any] = {"schema": schemas[repr(endpoint.returns)]}
    if endpoint.example is not None:
        media["example"] = endpoint.example
    response: dict[str, Any] = {
        "description": "Done." if endpoint.status == 201 else "Found.",
        "content": {JSON: media},
    }
    headers = dict(endpoint.headers)
    if endpoint.private and endpoint.method == "GET":
        headers[LAG_HEADER] = LAG_MEANING
    if headers:
        response["headers"] = _headers(headers)
    return response


def _headers(meanings: dict[str, str]) -> dict[str, Any]:
    return {name: {"description": text, "schema": {"type": "integer"}} for name, text in meanings.items()}


def _failure(status: int, codes: list[str], schema: dict[str, Any]) -> dict[str, Any]:
    description = _MEANINGS[status]
    media: dict[str, Any] = {"schema": schema}
    if codes and "errors" in str(schema.get("$ref", "")).lower():
        description += "\n\n" + "\n".join(f"- `{code}`" for code in codes)
        media["example"] = {"errors": [codes[0]]}
    failure = {"description": description, "content": {JSON: media}}
    if status in _FAILURE_HEADERS:
        failure["headers"] = _headers(_FAILURE_HEADERS[status])
    return failure
