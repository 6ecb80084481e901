"""Who calls, as the use cases of factors and keys want to know it, and their refusals as answers.

Invariant: a service account's token never speaks for its owner. Limit: reads the user once per request.
"""

from collections.abc import Mapping
from typing import Any

from pyxiu.api import errors
from pyxiu.api.endpoint import Call
from pyxiu.api.errors import ApiError, WireError, refuse
from pyxiu.identity.accounts.store import user_by_id
from pyxiu.identity.factors.model import Caller, Refusal, Refused


async def caller_of(call: Call[Any]) -> Caller:
    member = call.known_member
    async with call.identity.database.connect() as connection:
        user = await user_by_id(connection, member.user_id)
    if user is None or user.uid != member.uid:
        raise refuse(errors.INVALID_PERMISSION)
    return Caller(user, call.client, member.session_id)


async def own_user_id(call: Call[Any]) -> int:
    """The id of the user who calls; refused for a service account, which has no account settings of its own.

    `known_member.user_id` is not that: of a service account it is its owner's.
    """
    return (await caller_of(call)).user.id


def refusal_of(refused: Refused, codes: Mapping[Refusal, WireError]) -> ApiError:
    """The answer to a refusal; `codes` are the group's own, 404 and 429 are everybody's."""
    if refused.refusal is Refusal.FACTOR_LOCKED:
        return refuse(errors.TOO_MANY_REQUESTS, ("Retry-After", str(refused.retry_after_s)))
    if refused.refusal is Refusal.UNKNOWN:
        return refuse(errors.NOT_FOUND)
    return refuse(codes[refused.refusal])
