"""Give a member a new deposit address; the old ones stay theirs and stay watched (T-37).

Invariant: nothing about an old address changes. Limit: as many for a member and wallet as MAX_ADDRESSES, because every
one of them is looked for in every block.
"""

from typing import Final

from pyxiu.custody.activities import note_activity
from pyxiu.custody.addresses import store
from pyxiu.custody.addresses.give_address import asset_on, new_address
from pyxiu.custody.addresses.model import AddressRefusal, ShownAddress
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.wallets import store as wallets
from pyxiu.custody.wallets.model import WalletKind

MAX_ADDRESSES: Final = 100


async def rotate_address(
    services: CustodyServices, uid: str, currency: str, network: str, *, actor: str, reason: str
) -> ShownAddress | AddressRefusal:
    """From now on the new address is shown."""
    found = await asset_on(services, currency, network)
    if isinstance(found, AddressRefusal):
        return found
    async with services.database.begin() as connection:
        wallet = await wallets.find_wallet(connection, network, WalletKind.DEPOSIT, currency)
        if wallet is None:
            return AddressRefusal.NO_WALLET
        await wallets.lock_addresses(connection, wallet.id)
        if await store.count_addresses(connection, wallet.id, uid) >= MAX_ADDRESSES:
            return AddressRefusal.TOO_MANY
        row = await new_address(connection, services, found[0], wallet, uid)
        await note_activity(
            connection, actor=actor, action="address.rotate", about=f"deposit_address:{row.id}", reason=reason, uid=uid
        )
    return ShownAddress(row, wallet)
