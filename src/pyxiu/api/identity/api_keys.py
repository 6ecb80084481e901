"""/resource/api_keys: the caller's own API keys."""

from typing import Annotated, Any, Final

import msgspec

from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint, paginated
from pyxiu.api.errors import NOT_FOUND, WireError, refuse
from pyxiu.api.identity.caller import caller_of, refusal_of
from pyxiu.api.identity.key_fields import CHANGE_CODES, KEY_PROPERTIES, SPEC_CODES, KeyBody, change_of, spec_of
from pyxiu.api.identity.proofs import PROOF_PROPERTIES, proof_of
from pyxiu.api.pagination import Ordering, Paged, page_headers
from pyxiu.api.params import Choice, Query, Text
from pyxiu.api.wire.texts import Time, iso8601_of
from pyxiu.identity.api_keys.create_api_key import create_api_key
from pyxiu.identity.api_keys.delete_api_key import delete_api_key
from pyxiu.identity.api_keys.list_api_keys import KeyPage, list_api_keys
from pyxiu.identity.api_keys.model import ApiKey, KeyState
from pyxiu.identity.api_keys.store import ORDERS
from pyxiu.identity.api_keys.update_api_key import update_api_key
from pyxiu.identity.factors.model import Refusal, Refused
from pyxiu.kit.clock import now_of

LIMIT_MAX: Final = 100
ID_LENGTH_MAX: Final = 64
CODES: Final = {
    Refusal.NO_FACTOR: WireError(400, "resource.api_key.2fa_disabled"),
    Refusal.LIMIT_REACHED: WireError(422, "resource.api_key.limit_reached"),
    Refusal.HOLDER_NOT_ACTIVE: WireError(422, "resource.api_key.holder_not_active"),
    Refusal.FACTOR_MISSING: WireError(422, "resource.api_key.missing_totp"),
    Refusal.FACTOR_INVALID: WireError(422, "resource.api_key.invalid_totp"),
    Refusal.CREDENTIAL_INVALID: WireError(422, "resource.api_key.invalid_legacy_signature"),
}
PROOF_ERRORS: Final[dict[int, tuple[str, ...]]] = {
    400: ("resource.api_key.2fa_disabled",),
    429: ("server.too_many_requests",),
}
PROOF_CODES: Final = ("resource.api_key.missing_totp", "resource.api_key.invalid_totp")
PROOF_FIELDS: Final[dict[str, Any]] = {
    "totp_code": {"type": "string", "description": "A code that the authenticator app shows."},
    **PROOF_PROPERTIES,
}
STATE_PROPERTY: Final = {
    "state": {"enum": [state.value for state in KeyState], "description": "Whether the key works."}
}
CREATE_PROPERTIES: Final[dict[str, Any]] = {
    "algorithm": {"enum": ["HS256", "Ed25519"], "description": "Of an Ed25519 key you keep the private half."},
    "public_key": {"type": "string", "description": "Of an Ed25519 key: PEM, hex or base64 of the 32 bytes."},
    **KEY_PROPERTIES,
    **PROOF_FIELDS,
}


class ApiKeyEntity(msgspec.Struct, frozen=True, omit_defaults=False):
    """`secret` is there in the answer that makes an HS256 key, and never again."""

    kid: str
    algorithm: str
    scope: list[str]
    state: str
    label: str
    ip_allow_list: list[str]
    legacy_signature: bool
    expires_at: Time | None
    last_used_at: Time | None
    created_at: Time
    updated_at: Time
    public_key: str | msgspec.UnsetType = msgspec.UNSET
    secret: str | msgspec.UnsetType = msgspec.UNSET


class KeysQuery(Paged, frozen=True):
    ordering: Ordering = "asc"
    order_by: Annotated[str, Choice(ORDERS, "resource.api_key.invalid_order_by", "What the list is ordered by.")] = "id"


class DeleteQuery(Query, frozen=True):
    totp_code: Annotated[
        str | None, Text("resource.api_key.invalid_totp", "A code that the authenticator app shows.")
    ] = None
    approval: Annotated[
        str | None, Text("resource.api_key.invalid_totp", "A token of `POST /resource/factors/approvals`.")
    ] = None


@endpoint(
    "GET",
    "/resource/api_keys",
    group="barong",
    tag="API keys",
    private=True,
    query=KeysQuery,
    returns=list[ApiKeyEntity],
    headers=paginated(),
    errors={422: ("resource.api_key.invalid_order_by",)},
)
async def list_keys(call: Call[KeysQuery]) -> Reply:
    """Your API keys."""
    return await keys_reply(call, call.query)


@endpoint(
    "POST",
    "/resource/api_keys",
    group="barong",
    tag="API keys",
    private=True,
    status=201,
    body=KeyBody,
    body_schema={
        "type": "object",
        "properties": CREATE_PROPERTIES,
        "required": ["algorithm"],
        "examples": [{"algorithm": "HS256", "scopes": ["read", "trade"], "label": "bot", "totp_code": "123456"}],
    },
    returns=ApiKeyEntity,
    errors={
        **PROOF_ERRORS,
        422: (
            *SPEC_CODES,
            *PROOF_CODES,
            "resource.api_key.limit_reached",
            "resource.api_key.holder_not_active",
        ),
    },
)
async def create_key(call: Call[NoQuery]) -> Reply:
    """Make an API key.

    The secret of an HS256 key is in this answer and never shown again; of an Ed25519 key you send the public half.
    Withdrawals wait for a day afterwards.
    """
    return await created_reply(call)


@endpoint(
    "PATCH",
    "/resource/api_keys/{kid}",
    group="barong",
    tag="API keys",
    private=True,
    body=KeyBody,
    body_schema={
        "type": "object",
        "properties": {**STATE_PROPERTY, **KEY_PROPERTIES, **PROOF_FIELDS},
        "examples": [{"state": "inactive", "totp_code": "123456"}],
    },
    path_parameters={"kid": "The id of the key."},
    returns=ApiKeyEntity,
    errors={
        **PROOF_ERRORS,
        404: (NOT_FOUND.code,),
        422: (*CHANGE_CODES, *PROOF_CODES, "resource.api_key.holder_not_active"),
    },
)
async def update_key(call: Call[NoQuery]) -> Reply:
    """Change a key. What you do not send stays as it is."""
    return await updated_reply(call)


@endpoint(
    "DELETE",
    "/resource/api_keys/{kid}",
    group="barong",
    tag="API keys",
    private=True,
    status=204,
    query=DeleteQuery,
    body=KeyBody,
    body_schema={"type": "object", "properties": PROOF_FIELDS},
    path_parameters={"kid": "The id of the key."},
    returns=None,
    errors={**PROOF_ERRORS, 404: (NOT_FOUND.code,), 422: PROOF_CODES},
)
async def delete_key(call: Call[DeleteQuery]) -> Reply:
    """Delete a key. It stops working within a second."""
    return await deleted_reply(call)


async def keys_reply(call: Call[Any], query: KeysQuery, service_account_uid: str | None = None) -> Reply:
    """A page of the keys of the caller or of a service account of the caller's."""
    limit = min(query.limit, LIMIT_MAX)
    page = KeyPage(query.order_by, query.ordering == "desc", limit, query.page)
    found = await list_api_keys(call.identity, await caller_of(call), page, service_account_uid=service_account_uid)
    if isinstance(found, Refused):
        raise refusal_of(found, CODES)
    keys, total = found
    return Reply([key_entity(key) for key in keys], headers=page_headers(limit=limit, page=query.page, total=total))


async def created_reply(call: Call[Any], service_account_uid: str | None = None) -> Reply:
    spec = spec_of(msgspec.structs.asdict(call.body), now_of(call.identity.clock))
    proof = proof_of(call.body, code="totp_code")
    issued = await create_api_key(
        call.identity, await caller_of(call), spec, proof, service_account_uid=service_account_uid
    )
    if isinstance(issued, Refused):
        raise refusal_of(issued, CODES)
    entity = key_entity(issued.key)
    if issued.secret is not None:
        entity = msgspec.structs.replace(entity, secret=issued.secret)
    return Reply(entity, status=201)


async def updated_reply(call: Call[Any], service_account_uid: str | None = None) -> Reply:
    change = change_of(msgspec.structs.asdict(call.body), now_of(call.identity.clock))
    proof = proof_of(call.body, code="totp_code")
    updated = await update_api_key(
        call.identity, await caller_of(call), _kid_of(call), change, proof, service_account_uid=service_account_uid
    )
    if isinstance(updated, Refused):
        raise refusal_of(updated, CODES)
    return Reply(key_entity(updated))


async def deleted_reply(call: Call[Any], service_account_uid: str | None = None) -> Reply:
    proof = proof_of(call.body, code="totp_code")
    refused = await delete_api_key(
        call.identity, await caller_of(call), _kid_of(call), proof, service_account_uid=service_account_uid
    )
    if refused is not None:
        raise refusal_of(refused, CODES)
    return Reply(None, status=204)


def is_id(text: str) -> bool:
    """Whether this can be the id of a key or an account at all."""
    return text.isascii() and text.isalnum() and len(text) <= ID_LENGTH_MAX


def _kid_of(call: Call[Any]) -> str:
    kid = call.path["kid"]
    if not is_id(kid):
        raise refuse(NOT_FOUND)
    return str(kid)


def key_entity(key: ApiKey) -> ApiKeyEntity:
    return ApiKeyEntity(
        kid=key.kid,
        algorithm=key.algorithm.value,
        scope=[scope.value for scope in key.scopes],
        state=key.state.value,
        label=key.label,
        ip_allow_list=list(key.networks),
        legacy_signature=key.legacy_signature,
        expires_at=None if key.expires_at is None else iso8601_of(key.expires_at),
        last_used_at=None if key.last_used_at is None else iso8601_of(key.last_used_at),
        created_at=iso8601_of(key.created_at),
        updated_at=iso8601_of(key.updated_at),
        public_key=msgspec.UNSET if key.public_key is None else key.public_key.hex(),
    )


ENDPOINTS: Final = (list_keys, create_key, update_key, delete_key)
