"""/resource/labels: what is known about the caller, and the caller's own notes.

Invariant: a member writes public labels only; private ones, which drive level and state, are shown. Limit: as many as
`labels_max`.
"""

from typing import Any, Final

import msgspec

from pyxiu.api import errors
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.errors import refuse
from pyxiu.api.identity.caller import own_user_id
from pyxiu.api.identity.fields import codes_of, object_schema, refusal, required
from pyxiu.api.identity.user_entities import LabelEntity, label_entity
from pyxiu.identity.accounts.refusals import Refused
from pyxiu.identity.labels.own_labels import (
    EXISTS,
    INVALID_KEY,
    INVALID_VALUE,
    PRIVATE,
    TOO_MANY,
    UNKNOWN,
    add_own_label,
    change_own_label,
    own_label,
    own_labels,
    remove_own_label,
)

OWN: Final = "resource.labels"
_WORD: Final = {"type": "string", "minLength": 3, "maxLength": 255, "pattern": "^[A-Za-z0-9_-]+$"}
_KEY: Final = {"key": "Of the label."}


class LabelBody(msgspec.Struct):
    """Optional and untyped: a refused value has its own code."""

    key: Any = None
    value: Any = None


@endpoint("GET", "/resource/labels", group="barong", tag="Account settings", private=True, returns=list[LabelEntity])
async def list_labels(call: Call[NoQuery]) -> Reply:
    """Your labels: private ones, which we set, and public ones, which are yours."""
    found = await own_labels(call.identity, await own_user_id(call))
    return Reply([label_entity(label) for label in found])


@endpoint(
    "POST",
    "/resource/labels",
    group="barong",
    tag="Account settings",
    private=True,
    status=201,
    body=LabelBody,
    body_schema=object_schema("key", "value", key=_WORD, value=_WORD),
    returns=LabelEntity,
    errors={
        422: (*codes_of(OWN, "key", "value"), *INVALID_KEY.codes, *INVALID_VALUE.codes, *EXISTS.codes, *TOO_MANY.codes)
    },
)
async def post_label(call: Call[NoQuery]) -> Reply:
    """Add a public label."""
    key, value = required(call.body, OWN, "key", "value")
    made = await add_own_label(call.identity, await own_user_id(call), key, value)
    if isinstance(made, Refused):
        raise refusal(made)
    return Reply(label_entity(made), 201)


@endpoint(
    "GET",
    "/resource/labels/{key}",
    group="barong",
    tag="Account settings",
    private=True,
    returns=LabelEntity,
    errors={404: (errors.NOT_FOUND.code,)},
    path_parameters=_KEY,
)
async def show_label(call: Call[NoQuery]) -> Reply:
    """One label; the private one where there are two of a key."""
    found = await own_label(call.identity, await own_user_id(call), call.path["key"])
    if found is None:
        raise refuse(errors.NOT_FOUND)
    return Reply(label_entity(found))


@endpoint(
    "PATCH",
    "/resource/labels/{key}",
    group="barong",
    tag="Account settings",
    private=True,
    body=LabelBody,
    body_schema=object_schema("value", value=_WORD),
    returns=LabelEntity,
    errors={400: PRIVATE.codes, 404: UNKNOWN.codes, 422: (*codes_of(OWN, "value"), *INVALID_VALUE.codes)},
    path_parameters=_KEY,
)
async def patch_label(call: Call[NoQuery]) -> Reply:
    """Change the value of a public label."""
    (value,) = required(call.body, OWN, "value")
    changed = await change_own_label(call.identity, await own_user_id(call), call.path["key"], value)
    if isinstance(changed, Refused):
        raise refusal(changed)
    return Reply(label_entity(changed))


@endpoint(
    "DELETE",
    "/resource/labels/{key}",
    group="barong",
    tag="Account settings",
    private=True,
    status=204,
    returns=None,
    errors={400: PRIVATE.codes, 404: UNKNOWN.codes},
    path_parameters=_KEY,
)
async def delete_label(call: Call[NoQuery]) -> Reply:
    """Remove a public label."""
    refused = await remove_own_label(call.identity, await own_user_id(call), call.path["key"])
    if refused is not None:
        raise refusal(refused)
    return Reply(None, 204)


ENDPOINTS: Final = (list_labels, post_label, show_label, patch_label, delete_label)
