"""Keep a member's JSON under a title that the operator allows.

Invariant: titles are those of the settings and never the name of something we keep ourselves; the private label of the
title says `recorded`. Limit: once; staff can remove it.
"""

from typing import Final

from pyxiu.identity.kyc.data_storage_store import DataStorageStore
from pyxiu.identity.kyc.label import set_kyc_label
from pyxiu.identity.kyc.model import DataStorage, InvalidFields, Refusal
from pyxiu.identity.kyc.read_fields import is_json_object
from pyxiu.identity.kyc.settings import RESERVED_TITLES
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices

DATA_BYTES_MAX: Final = 5120


async def store_data(
    services: IdentityServices, user: User, *, title: str, data: str
) -> DataStorage | InvalidFields | Refusal:
    """`data` is JSON of an object."""
    if title not in services.settings.kyc.data_storage_titles or title in RESERVED_TITLES:
        return Refusal.TITLE_UNKNOWN
    if len(data.encode(errors="replace")) > DATA_BYTES_MAX:
        return InvalidFields((("data", "too_long"),))
    if not is_json_object(data):
        return InvalidFields((("data", "invalid"),))
    async with services.database.begin() as connection:
        stored = await DataStorageStore(connection).add(user.id, title, data)
        if stored is None:
            return Refusal.TITLE_TAKEN
        await set_kyc_label(connection, services, user, title, "recorded")
    return stored
