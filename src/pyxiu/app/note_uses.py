"""Write down now and then when API keys were used last.

Limit: what was used since is lost with the process; a database that is away is tried again with the next round.
"""

import asyncio
import datetime
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError

from pyxiu.api.auth import Authenticator
from pyxiu.identity.api_keys.note_key_uses import note_key_uses
from pyxiu.identity.services import IdentityServices
from pyxiu.kit.errors import TransientError
from pyxiu.storage.database import UNAVAILABLE

EVERY_S: Final = 30.0

_log = structlog.stdlib.get_logger("pyxiu.credentials")


async def note_uses(authenticator: Authenticator, identity: IdentityServices) -> None:
    """Until canceled."""
    while True:
        await asyncio.sleep(EVERY_S)
        used = authenticator.take_uses()
        moments = {kid: datetime.datetime.fromtimestamp(used_ns / 1e9, datetime.UTC) for kid, used_ns in used.items()}
        try:
            await note_key_uses(identity, moments)
        except (*UNAVAILABLE, DBAPIError, TransientError) as error:
            _log.warning("uses of keys are not noted", keys=len(moments), error=repr(error))
