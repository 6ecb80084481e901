"""A whitelink as staff makes it.

Invariant: the token is shown once; the trail knows only how long it works. Limit: whoever has it is let in.
"""

import datetime

from pyxiu.identity.access.restrictions import RESTRICTIONS
from pyxiu.identity.access.whitelinks import make_whitelink
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.staff.model import Act
from pyxiu.identity.staff.note import note
from pyxiu.kit.clock import now_of


async def add_whitelink(services: IdentityServices, act: Act, lifetime: datetime.timedelta) -> str:
    """The token."""
    now = now_of(services.clock)
    async with services.database.begin() as connection:
        token = await make_whitelink(connection, lifetime, now)
        after = {"expires_at": (now + lifetime).isoformat()}
        await note(connection, act, topic=RESTRICTIONS.topic, action="whitelink", after=after)
    return token
