"""Give a passkey another name.

Limit: a name proves nothing, so a session is enough.
"""

from pyxiu.identity.factors import passkey_store
from pyxiu.identity.factors.model import Caller, Passkey, Refusal, Refused
from pyxiu.identity.services import IdentityServices


async def rename_passkey(services: IdentityServices, caller: Caller, passkey_id: int, label: str) -> Passkey | Refused:
    async with services.database.begin() as connection:
        renamed = await passkey_store.rename_passkey(connection, caller.user.id, passkey_id, label)
    return renamed or Refused(Refusal.UNKNOWN)
