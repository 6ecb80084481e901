"""POST /resource/data_storage: JSON that the exchange's operator lets members keep."""

from typing import Any, Final

import msgspec

from pyxiu.api.body import text_of
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.errors import ApiError
from pyxiu.api.identity.caller import caller_of
from pyxiu.api.identity.kyc_entities import DataStorageEntity, data_storage_entity
from pyxiu.api.identity.kyc_refusals import REFUSALS, field_codes, refused
from pyxiu.identity.kyc.model import DataStorage, Refusal
from pyxiu.identity.kyc.store_data import store_data

PREFIX: Final = "resource.data_storage"


class DataStorageBody(msgspec.Struct):
    """Optional and untyped: a refused value has its own code."""

    title: Any = None
    data: Any = None


SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["title", "data"],
    "properties": {
        "title": {"type": "string", "maxLength": 64, "description": "One of those that the exchange allows."},
        "data": {"type": "string", "description": "JSON of an object, at most 5120 bytes."},
    },
}


@endpoint(
    "POST",
    "/resource/data_storage",
    group="barong",
    tag="KYC",
    private=True,
    status=201,
    body=DataStorageBody,
    body_schema=SCHEMA,
    returns=DataStorageEntity,
    errors={
        422: (
            *field_codes(PREFIX, ("title", "data"), ("data",)),
            f"{PREFIX}.empty_title",
            f"{PREFIX}.empty_data",
            REFUSALS[Refusal.TITLE_UNKNOWN].code,
            REFUSALS[Refusal.TITLE_TAKEN].code,
        )
    },
)
async def post_data_storage(call: Call[NoQuery]) -> Reply:
    """Keep something under a title, once."""
    texts = {name: text_of(getattr(call.body, name)) for name in ("title", "data")}
    codes = [f"{PREFIX}.missing_{name}" for name, text in texts.items() if text is None]
    codes += [f"{PREFIX}.empty_{name}" for name, text in texts.items() if text is not None and not text.strip()]
    if codes:
        raise ApiError(422, codes)
    user = (await caller_of(call)).user
    stored = await store_data(call.identity, user, title=texts["title"] or "", data=texts["data"] or "")
    if not isinstance(stored, DataStorage):
        raise refused(stored, prefix=PREFIX)
    return Reply(data_storage_entity(stored), 201)


ENDPOINTS: Final = (post_data_storage,)
