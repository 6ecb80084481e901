"""Take a wallet out of use, or back into it.

Invariant: whatever its status, what comes in at its addresses is still seen. Limit: what waits to be paid from it waits
on, or is taken over by another wallet of its kind.
"""

from pyxiu.custody.activities import note_activity
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.wallets import store
from pyxiu.custody.wallets.model import Wallet, WalletStatus


async def set_status(
    services: CustodyServices, wallet: Wallet, status: WalletStatus, *, actor: str, reason: str
) -> None:
    async with services.database.begin() as connection:
        await store.set_status(connection, wallet.id, status)
        await note_activity(
            connection, actor=actor, action="wallet.status", about=f"wallet:{wallet.name}", reason=reason,
            before=wallet.status.value, after=status.value,
        )  # fmt: skip
