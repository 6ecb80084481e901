"""Logging in by an outside identity provider, and the links of one's account to identities there.

Invariant: the log-in answers as that by password does. Limit: without a provider every token is refused, and the
configuration is empty.
"""

from typing import Annotated, Any, Final

import msgspec

from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.errors import NOT_FOUND, WireError, refuse
from pyxiu.api.identity.body_fields import Approval, Assertion, OtpCode, Password, RecoveryCode, schema_of
from pyxiu.api.identity.caller import caller_of, own_user_id
from pyxiu.api.identity.fields import codes_of, optional, refusal, required
from pyxiu.api.identity.proofs import proof_of
from pyxiu.api.identity.session_cookie import logged_in, session_token
from pyxiu.api.identity.user_entities import FullUser
from pyxiu.api.ids import row_id
from pyxiu.api.wire.texts import Time, iso8601_of
from pyxiu.identity.accounts import refusals
from pyxiu.identity.accounts.refusals import Refused
from pyxiu.identity.external.link_identity import ALL_REFUSALS, LinkRequest, link_identity, unlink_identity
from pyxiu.identity.external.log_in_with_token import (
    EMAIL_NOT_VERIFIED,
    INVALID_TOKEN,
    NOT_LINKED,
    TokenLogIn,
    log_in_with_token,
)
from pyxiu.identity.external.store import ExternalIdentity, identities_of

LINK: Final = "resource.external_identity"
MISSING_TOKEN: Final = WireError(422, "identity.session.auth0.invalid_params")
_IdToken = Annotated[Any, {"type": "string", "description": "The `id_token` that the provider gave the browser."}]


class TokenLogInBody(msgspec.Struct):
    id_token: _IdToken = None
    otp_code: OtpCode = None
    recovery_code: RecoveryCode = None
    assertion: Assertion = None
    #: Nobody has one before the log-in.
    approval: Any = None


class LinkBody(msgspec.Struct):
    id_token: _IdToken = None
    password: Password = None
    otp_code: OtpCode = None
    recovery_code: RecoveryCode = None
    assertion: Assertion = None
    approval: Approval = None


class Auth0Configs(msgspec.Struct, frozen=True):
    """What the provider's own library is started with; both empty where there is no provider."""

    auth0_domain: str
    auth0_client_id: str


class ExternalIdentityEntity(msgspec.Struct, frozen=True):
    """An identity at a provider that may log in to the account."""

    id: int
    issuer: str
    subject: Annotated[str, msgspec.Meta(description="What the provider calls its owner.")]
    created_at: Time


@endpoint("GET", "/public/configs/auth0", group="barong", tag="Identity", returns=Auth0Configs)
async def show_auth0_configs(call: Call[NoQuery]) -> Reply:
    """Which outside provider people may log in by."""
    tokens = call.identity.identity_tokens
    return Reply(Auth0Configs(tokens.domain, tokens.client_id))


@endpoint(
    "POST",
    "/identity/sessions/auth0",
    group="barong",
    tag="Identity",
    status=201,
    body=TokenLogInBody,
    body_schema=schema_of(TokenLogInBody, "id_token"),
    returns=FullUser,
    errors={
        401: (
            *INVALID_TOKEN.codes,
            *EMAIL_NOT_VERIFIED.codes,
            *NOT_LINKED.codes,
            "identity.session.banned",
            "identity.session.deleted",
            "identity.session.not_active",
            "identity.session.missing_otp",
        ),
        403: ("identity.session.invalid_otp",),
        422: (MISSING_TOKEN.code,),
        429: (refusals.TOO_MANY_REQUESTS,),
    },
)
async def post_auth0_session(call: Call[NoQuery]) -> Reply:
    """Log in by an outside identity provider.

    Whoever comes for the first time, with an address that the provider has verified and that has no account here, gets
    one. An account that is there is opened only to an identity that was linked to it. Each token opens one session,
    within ten minutes of its making; it is sent again with the second factor where `identity.session.missing_otp` asks.
    """
    id_token = optional(call.body.id_token)
    if id_token is None:
        raise refuse(MISSING_TOKEN)
    request = TokenLogIn(id_token=id_token, proof=proof_of(call.body, code="otp_code"))
    done = await log_in_with_token(call.identity, request, call.client, previous_token=session_token(call))
    if isinstance(done, Refused):
        raise refusal(done)
    return await logged_in(call, done.user, done.session, status=201)


@endpoint(
    "GET",
    "/resource/external_identities",
    group="barong",
    tag="Account settings",
    private=True,
    returns=list[ExternalIdentityEntity],
)
async def list_external_identities(call: Call[NoQuery]) -> Reply:
    """Which outside identities may log in to your account."""
    user_id = await own_user_id(call)
    async with call.identity.database.connect() as connection:
        links = await identities_of(connection, user_id)
    return Reply([_entity(link) for link in links])


@endpoint(
    "POST",
    "/resource/external_identities",
    group="barong",
    tag="Account settings",
    private=True,
    status=201,
    body=LinkBody,
    body_schema=schema_of(LinkBody, "id_token", "password"),
    returns=ExternalIdentityEntity,
    errors={
        422: (*codes_of(LINK, "id_token", "password"), *(code for each in ALL_REFUSALS for code in each.codes)),
        429: (refusals.TOO_MANY_REQUESTS,),
    },
)
async def post_external_identity(call: Call[NoQuery]) -> Reply:
    """Let an outside identity log in to your account.

    The provider must have verified the very address that your account has. Withdrawals wait for a day afterwards.
    """
    id_token, password = required(call.body, LINK, "id_token", "password")
    request = LinkRequest(id_token=id_token, password=password, proof=proof_of(call.body, code="otp_code"))
    link = await link_identity(call.identity, await caller_of(call), request)
    if isinstance(link, Refused):
        raise refusal(link)
    return Reply(_entity(link), status=201)


@endpoint(
    "DELETE",
    "/resource/external_identities/{id}",
    group="barong",
    tag="Account settings",
    private=True,
    status=204,
    returns=None,
    errors={404: (NOT_FOUND.code,)},
    path_parameters={"id": "Of the link."},
)
async def delete_external_identity(call: Call[NoQuery]) -> Reply:
    """Take the way in from an outside identity. Sessions that it opened go on until they end."""
    link_id = row_id(call.path["id"])
    if link_id is None or not await unlink_identity(call.identity, await caller_of(call), link_id):
        raise refuse(NOT_FOUND)
    return Reply(None, status=204)


def _entity(link: ExternalIdentity) -> ExternalIdentityEntity:
    return ExternalIdentityEntity(link.id, link.issuer, link.subject, iso8601_of(link.created_at))


ENDPOINTS: Final = (
    show_auth0_configs,
    post_auth0_session,
    list_external_identities,
    post_external_identity,
    delete_external_identity,
)
