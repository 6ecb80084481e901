"""Who custody's members are and what rules of the catalog count for them: its ports over identity and catalog.

Invariant: read for each question, so a level, a lock or a cool-off counts at once. Limit: the catalog is as old as its
reader's picture.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.app.custody_assets import units_rounded_up
from pyxiu.catalog.model import CurrencyType, NetworkStatus
from pyxiu.catalog.reads import CatalogReader
from pyxiu.custody.withdrawals.ports import CurrencyFacts, LimitRow, MemberFacts
from pyxiu.identity.accounts.store import user_by_uid, user_by_username, usernames_of, withdraw_from
from pyxiu.identity.events import user_record
from pyxiu.identity.factors.cool_off import start_cool_off
from pyxiu.identity.model import User, UserState
from pyxiu.identity.services import IdentityServices


class IdentityMembers:
    """Implements the port `Members`."""

    def __init__(self, identity: IdentityServices) -> None:
        self._identity = identity

    async def find(self, uid: str) -> MemberFacts | None:
        async with self._identity.database.connect() as connection:
            return await _facts(connection, await user_by_uid(connection, uid))

    async def find_by_name(self, uid_or_username: str) -> MemberFacts | None:
        async with self._identity.database.connect() as connection:
            user = await user_by_uid(connection, uid_or_username)
            return await _facts(connection, user or await user_by_username(connection, uid_or_username))

    async def usernames(self, uids: Sequence[str]) -> dict[str, str | None]:
        async with self._identity.database.connect() as connection:
            return await usernames_of(connection, uids)

    async def start_cool_off(self, uid: str) -> None:
        async with self._identity.database.begin() as connection:
            user = await user_by_uid(connection, uid)
            assert user is not None, uid
            await start_cool_off(connection, self._identity, user.id)


async def _facts(connection: AsyncConnection, user: User | None) -> MemberFacts | None:
    if user is None:
        return None
    return MemberFacts(
        uid=user.uid,
        username=user.username,
        level=user.level,
        group=user.fee_group,
        active=user.state is UserState.ACTIVE,
        withdraw_from=await withdraw_from(connection, user.id),
        mail=user_record(user),
    )


class CatalogRules:
    """Implements the port `Rules`."""

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog

    async def currency(self, code: str) -> CurrencyFacts | None:
        row = (await self._catalog.currencies()).get(code)
        if row is None:
            return None
        enabled = [network for network in row.networks if network.status is not NetworkStatus.DISABLED]
        first = row.first_network
        return CurrencyFacts(
            code=row.id,
            fiat=row.type is CurrencyType.FIAT,
            visible=row.visible,
            withdrawal_enabled=any(network.withdrawal_enabled for network in enabled),
            decimals=row.decimals,
            precision=row.precision,
            price=row.price,
            withdraw_fee=units_rounded_up(first.withdraw_fee, row.decimals),
            min_withdrawal=units_rounded_up(first.min_withdraw_amount, row.decimals),
        )

    async def limits(self) -> list[LimitRow]:
        rows = await self._catalog.withdraw_limits()
        return [LimitRow(row.group, row.kyc_level, row.limit_24_hour, row.limit_1_month) for row in rows]
