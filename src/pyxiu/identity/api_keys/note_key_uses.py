"""When keys were used last, for their owners to see which ones nobody needs.

Invariant: the time only moves forward. Limit: written now and then, for many keys at once; a use of the last minutes
may not show, and one before a crash never does.
"""

import datetime
from collections.abc import Mapping

from pyxiu.identity.api_keys import store
from pyxiu.identity.services import IdentityServices


async def note_key_uses(services: IdentityServices, uses: Mapping[str, datetime.datetime]) -> None:
    """`uses`: when each key id was used last."""
    if uses:
        async with services.database.begin() as connection:
            await store.note_uses(connection, uses)
