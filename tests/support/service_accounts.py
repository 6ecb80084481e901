"""Programs of users: service accounts with an API key, as the operator's own systems make them.

    bot = await a_service_account(services, owner)
    KeyAuth(bot.kid, bot.secret)                     # signs as the service account

The key is the operator's, so it works without a second factor of the owner.
"""

import secrets
from typing import NamedTuple

from pyxiu.app.known_keys import KnownKey, put_key
from pyxiu.identity.api_keys.create_service_account import create_service_account
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.tables.factors import api_keys
from tests.support.identity import as_staff


class Bot(NamedTuple):
    uid: str
    kid: str
    secret: str


async def a_service_account(services: IdentityServices, owner: User, *, role: str = "sa_maker") -> Bot:
    kid, secret = secrets.token_hex(8), secrets.token_hex(16)
    async with services.database.begin() as connection:
        await as_staff(connection)
        account = await create_service_account(connection, owner, role=role)
        await put_key(connection, services.sealer, owner.id, KnownKey(kid=kid, secret=secret))
        row = api_keys.update().where(api_keys.c.kid == kid)
        await connection.execute(row.values(service_account_id=account.id))
    return Bot(account.uid, kid, secret)
