"""The addresses that a member has at the moment, without making any.

Invariant: of each wallet the newest one. Limit: retired wallets' too, since what is sent there still arrives; active
ones come first.
"""

from pyxiu.custody.addresses import store
from pyxiu.custody.addresses.model import ShownAddress
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.wallets import store as wallets
from pyxiu.custody.wallets.model import WalletStatus


async def shown_addresses(services: CustodyServices, uid: str) -> list[ShownAddress]:
    async with services.database.connect() as connection:
        rows = await store.newest_addresses(connection, uid)
        known = {wallet.id: wallet for wallet in await wallets.all_wallets(connection)} if rows else {}
    shown = [ShownAddress(row, known[row.wallet_id]) for row in rows]
    return sorted(shown, key=lambda one: one.wallet.status is not WalletStatus.ACTIVE)
