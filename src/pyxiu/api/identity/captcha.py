"""GET /identity/captcha: something to solve, for front-ends that know proof of work (docs/api/captcha.md).

Limit: a captcha of somebody else's is solved by its own script; of ours there is nothing to register.
"""

from typing import Annotated, Final

import msgspec
from msgspec import UNSET, UnsetType

from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.errors import NOT_FOUND, refuse
from pyxiu.api.params import Choice, Query
from pyxiu.identity.captcha.settings import FLOWS
from pyxiu.identity.ports import CaptchaRegistration

INVALID_FLOW: Final = "identity.captcha.invalid_flow"


class CaptchaQuery(Query, frozen=True):
    flow: Annotated[str, Choice(tuple(FLOWS), INVALID_FLOW, "What it is for.")]


class CaptchaChallenge(msgspec.Struct, frozen=True):
    """A challenge, or only `type` `none` where there is nothing to solve."""

    type: Annotated[str, msgspec.Meta(description="`pow` or `none`.")]
    algorithm: Annotated[str | UnsetType, msgspec.Meta(description="`sha-256`.")] = UNSET
    challenge: Annotated[str | UnsetType, msgspec.Meta(description="To be hashed with `:` and a number.")] = UNSET
    difficulty: Annotated[int | UnsetType, msgspec.Meta(description="Leading zero bits that the hash needs.")] = UNSET
    expires_at: Annotated[int | UnsetType, msgspec.Meta(description="Unix seconds.")] = UNSET


@endpoint(
    "GET",
    "/identity/captcha",
    group="barong",
    tag="Identity",
    query=CaptchaQuery,
    returns=CaptchaChallenge,
    missing="identity.captcha.missing_{name}",
    errors={422: (INVALID_FLOW, "identity.captcha.missing_flow")},
)
async def show_captcha(call: Call[CaptchaQuery]) -> Reply:
    """A challenge for one request of this kind.

    Send `challenge:number` as its `captcha_response`, with a number for which the SHA-256 of that text begins with
    `difficulty` zero bits.
    """
    challenge = await call.identity.captcha.challenge(call.client, call.query.flow)
    if challenge is None:
        return Reply(CaptchaChallenge("none"))
    return Reply(CaptchaChallenge("pow", "sha-256", challenge.challenge, challenge.difficulty, challenge.expires_at))


@endpoint(
    "GET",
    "/identity/users/register_geetest",
    group="barong",
    tag="Identity",
    returns=CaptchaRegistration,
    errors={404: (NOT_FOUND.code,)},
)
async def register_geetest(call: Call[NoQuery]) -> Reply:
    """What a widget of Geetest starts with, where an operator has plugged that captcha in.

    404 where the captcha is another one, as the built-in ones are: `captcha_type` of `configs` says which.
    """
    registration = await call.identity.captcha.register(call.client)
    if registration is None:
        raise refuse(NOT_FOUND)
    return Reply(registration)


ENDPOINTS: Final = (show_captcha, register_geetest)
