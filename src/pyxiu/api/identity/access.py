"""POST /identity/users/access: a whitelink lets its holder's address in.

Invariant: the one route that a restricted address can call. Limit: it lifts restrictions; who somebody is, it does not
ask.
"""

from typing import Any, Final

import msgspec

from pyxiu.api.body import text_of
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.errors import TOO_MANY_REQUESTS, ApiError, WireError, refuse
from pyxiu.identity.access.whitelinks import use_whitelink
from pyxiu.identity.throttle import take
from pyxiu.kit.clock import now_of

MISSING_TOKEN: Final = WireError(422, "identity.user.access.missing_whitelink_token")
EMPTY_TOKEN: Final = WireError(422, "identity.user.access.empty_whitelink_token")
INVALID_TOKEN: Final = WireError(422, "identity.user.access.invalid_token")
TRIES: Final = 20
TRIES_WINDOW_S: Final = 600


class AccessBody(msgspec.Struct):
    whitelink_token: Any = None


@endpoint(
    "POST",
    "/identity/users/access",
    group="barong",
    tag="Access",
    body=AccessBody,
    body_schema={
        "type": "object",
        "required": ["whitelink_token"],
        "properties": {"whitelink_token": {"type": "string", "description": "What staff gave you."}},
    },
    returns=None,
    status=201,
    errors={
        422: (MISSING_TOKEN.code, EMPTY_TOKEN.code, INVALID_TOKEN.code),
        429: (TOO_MANY_REQUESTS.code,),
    },
)
async def use_access_token(call: Call[NoQuery]) -> Reply:
    """Be let in although restrictions keep your address out.

    With the token of a whitelink; it may be used again until it expires.
    """
    body: AccessBody = call.body
    token = text_of(body.whitelink_token)
    if token is None:
        raise refuse(MISSING_TOKEN)
    if not token:
        raise refuse(EMPTY_TOKEN)
    services = call.identity
    throttled = await take(services, "whitelink", call.client.ip, limit=TRIES, window_s=TRIES_WINDOW_S)
    if throttled is not None:
        wait = ("Retry-After", str(throttled.retry_after_s))
        raise ApiError(TOO_MANY_REQUESTS.status, (TOO_MANY_REQUESTS.code,), (wait,))
    async with services.database.begin() as connection:
        if not await use_whitelink(connection, token, call.client.ip, now_of(services.clock)):
            raise refuse(INVALID_TOKEN)
    return Reply(None, status=201)


ENDPOINTS: Final = (use_access_token,)
