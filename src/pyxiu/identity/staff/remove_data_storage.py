"""Remove what a user keeps under a title, so that it can be kept anew.

Invariant: the private label of the title goes with it. Limit: what was kept is not in the trail, only its title; it may
be personal.
"""

from pyxiu.identity.kyc.data_storage_store import DataStorageStore
from pyxiu.identity.labels.change_labels import remove_label
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.staff.may_change import user_to_change
from pyxiu.identity.staff.model import Act, Refusal
from pyxiu.identity.staff.note import DELETE, note


async def remove_data_storage(services: IdentityServices, act: Act, uid: str, title: str) -> User | Refusal:
    async with services.database.begin() as connection:
        user = await user_to_change(connection, act.by, uid)
        if isinstance(user, Refusal):
            return user
        if await DataStorageStore(connection).remove(user.id, title) is None:
            return Refusal.STORAGE_UNKNOWN
        user = await remove_label(connection, services, user.id, title) or user
        await note(connection, act, topic="data_storage", action=DELETE, target_uid=uid, before={"title": title})
    return user
