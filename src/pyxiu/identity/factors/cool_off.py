"""The time that withdrawals wait after a change that lowers an account's security (S-5).

    await start_cool_off(connection, services, user.id)     # in the transaction of the change

Invariant: it commits with the change, and never shortens one that runs. Limit: it is a time in the user's row;
withdrawals are refused by whoever takes them.
"""

import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.factors import store
from pyxiu.identity.services import IdentityServices
from pyxiu.kit.clock import now_of


async def start_cool_off(connection: AsyncConnection, services: IdentityServices, user_id: int) -> None:
    until = now_of(services.clock) + datetime.timedelta(seconds=services.settings.withdraw_cool_off_s)
    await store.hold_withdrawals(connection, user_id, until)
