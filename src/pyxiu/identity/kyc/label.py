"""The private labels that say how far a member's KYC is; level and state follow from them.

Invariant: in the transaction of what they tell about. Limit: staff may set the same labels by hand; what was decided
about single documents stays as it was then.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.events import aggregate_of, user_record
from pyxiu.identity.labels.change_labels import set_label
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from pyxiu.storage.outbox import emit

DECIDED: Final = frozenset({"verified", "rejected"})


async def set_kyc_label(
    connection: AsyncConnection, services: IdentityServices, user: User, key: str, value: str
) -> None:
    changed = await set_label(connection, services, user.id, key, value)
    if key == "document" and value in DECIDED:
        record = {"key": key, "value": value, "scope": "private", "user": user_record(changed)}
        await emit(connection, f"system.document.{value}", record, aggregate=aggregate_of(changed))
