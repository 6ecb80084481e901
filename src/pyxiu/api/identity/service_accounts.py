"""/resource/service_accounts: the caller's service accounts and their keys."""

from typing import Annotated, Any, Final

import msgspec

from pyxiu.api.body import text_of
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint, paginated
from pyxiu.api.errors import NOT_FOUND, WireError, refuse
from pyxiu.api.identity.api_keys import (
    CREATE_PROPERTIES,
    PROOF_CODES,
    PROOF_ERRORS,
    PROOF_FIELDS,
    STATE_PROPERTY,
    ApiKeyEntity,
    DeleteQuery,
    KeysQuery,
    created_reply,
    deleted_reply,
    is_id,
    keys_reply,
    updated_reply,
)
from pyxiu.api.identity.caller import caller_of
from pyxiu.api.identity.key_fields import CHANGE_CODES, KEY_PROPERTIES, SPEC_CODES, KeyBody
from pyxiu.api.params import Text
from pyxiu.api.wire.texts import Time, iso8601_of
from pyxiu.identity.api_keys.store import find_service_account, service_accounts_of

MISSING_UID: Final = WireError(422, "resource.service_accounts.missing_service_account_uid")
NO_ACCOUNT: Final = WireError(404, "resource.service_account.doesnt_exist")
_UID_PROPERTY: Final = {"service_account_uid": {"type": "string", "description": "Which service account."}}
_UID: Final = Text(NO_ACCOUNT.code, "Which service account.")
_MISSING: Final = "resource.service_accounts.missing_{name}"
_NOT_FOUND: Final = (NOT_FOUND.code, NO_ACCOUNT.code)


class ServiceAccountEntity(msgspec.Struct, frozen=True):
    """An account of a program of yours. It logs in nowhere; its keys act for it."""

    id: int
    uid: str
    owner_id: int
    email: str
    role: str
    level: int
    state: str
    created_at: Time
    updated_at: Time


class AccountKeysQuery(KeysQuery, frozen=True, kw_only=True):
    service_account_uid: Annotated[str, _UID]


class DeleteAccountKeyQuery(DeleteQuery, frozen=True, kw_only=True):
    service_account_uid: Annotated[str, _UID]


@endpoint(
    "GET",
    "/resource/service_accounts",
    group="barong",
    tag="API keys",
    private=True,
    returns=list[ServiceAccountEntity],
)
async def list_accounts(call: Call[NoQuery]) -> Reply:
    """Your service accounts."""
    caller = await caller_of(call)
    async with call.identity.database.connect() as connection:
        accounts = await service_accounts_of(connection, caller.user.id)
    return Reply(
        [
            ServiceAccountEntity(
                id=account.id,
                uid=account.uid,
                owner_id=account.owner_id,
                email=account.email,
                role=account.role,
                level=account.level,
                state=account.state,
                created_at=iso8601_of(account.created_at),
                updated_at=iso8601_of(account.updated_at),
            )
            for account in accounts
        ]
    )


@endpoint(
    "GET",
    "/resource/service_accounts/api_keys",
    group="barong",
    tag="API keys",
    private=True,
    query=AccountKeysQuery,
    missing=_MISSING,
    returns=list[ApiKeyEntity],
    headers=paginated(),
    errors={404: (NO_ACCOUNT.code,), 422: (MISSING_UID.code, "resource.api_key.invalid_order_by")},
)
async def list_keys(call: Call[AccountKeysQuery]) -> Reply:
    """The API keys of one of your service accounts."""
    return await keys_reply(call, call.query, await _own(call, call.query.service_account_uid))


@endpoint(
    "POST",
    "/resource/service_accounts/api_keys",
    group="barong",
    tag="API keys",
    private=True,
    status=201,
    body=KeyBody,
    body_schema={
        "type": "object",
        "properties": {**_UID_PROPERTY, **CREATE_PROPERTIES},
        "required": ["service_account_uid", "algorithm"],
    },
    returns=ApiKeyEntity,
    errors={
        **PROOF_ERRORS,
        404: (NO_ACCOUNT.code,),
        422: (
            MISSING_UID.code,
            *SPEC_CODES,
            *PROOF_CODES,
            "resource.api_key.limit_reached",
            "resource.api_key.holder_not_active",
        ),
    },
)
async def create_key(call: Call[NoQuery]) -> Reply:
    """Make an API key for one of your service accounts, with your own second factor."""
    return await created_reply(call, await _own(call, _uid_of(call)))


@endpoint(
    "PUT",
    "/resource/service_accounts/api_keys/{kid}",
    group="barong",
    tag="API keys",
    private=True,
    body=KeyBody,
    body_schema={
        "type": "object",
        "properties": {**_UID_PROPERTY, **STATE_PROPERTY, **KEY_PROPERTIES, **PROOF_FIELDS},
        "required": ["service_account_uid"],
    },
    path_parameters={"kid": "The id of the key."},
    returns=ApiKeyEntity,
    errors={
        **PROOF_ERRORS,
        404: _NOT_FOUND,
        422: (MISSING_UID.code, *CHANGE_CODES, *PROOF_CODES, "resource.api_key.holder_not_active"),
    },
)
async def update_key(call: Call[NoQuery]) -> Reply:
    """Change a key of one of your service accounts. What you do not send stays as it is."""
    return await updated_reply(call, await _own(call, _uid_of(call)))


@endpoint(
    "DELETE",
    "/resource/service_accounts/api_keys/{kid}",
    group="barong",
    tag="API keys",
    private=True,
    status=204,
    query=DeleteAccountKeyQuery,
    missing=_MISSING,
    body=KeyBody,
    body_schema={"type": "object", "properties": PROOF_FIELDS},
    path_parameters={"kid": "The id of the key."},
    returns=None,
    errors={**PROOF_ERRORS, 404: _NOT_FOUND, 422: (MISSING_UID.code, *PROOF_CODES)},
)
async def delete_key(call: Call[DeleteAccountKeyQuery]) -> Reply:
    """Delete a key of one of your service accounts."""
    return await deleted_reply(call, await _own(call, call.query.service_account_uid))


def _uid_of(call: Call[NoQuery]) -> str:
    uid = text_of(call.body.service_account_uid)
    if not uid:
        raise refuse(MISSING_UID)
    return uid


async def _own(call: Call[Any], uid: str) -> str:
    """The uid, if it is that of a service account of the caller's."""
    if not is_id(uid):
        raise refuse(NO_ACCOUNT)
    caller = await caller_of(call)
    async with call.identity.database.connect() as connection:
        account = await find_service_account(connection, caller.user.id, uid)
    if account is None:
        raise refuse(NO_ACCOUNT)
    return account.uid


ENDPOINTS: Final = (list_accounts, list_keys, create_key, update_key, delete_key)
