"""Give a member the address to pay an asset to, at once and without asking anybody.

Derived from the wallet's public key, so neither a node nor the signer is needed. Invariant: an address is watched in
the transaction that gives it, belongs to one member for ever, and two requests at once get the same one; tokens share
the address of their network. Limit: who may deposit at all is decided before.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.addresses import store
from pyxiu.custody.addresses.model import AddressRefusal, DepositAddress, ShownAddress
from pyxiu.custody.model import NetworkAsset, NetworkInfo
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.store import add_destination
from pyxiu.custody.wallets import store as wallets
from pyxiu.custody.wallets.model import Wallet, WalletKind
from pyxiu.storage.outbox import emit

CREATED = "model.deposit_address.created"


async def give_address(
    services: CustodyServices, uid: str, currency: str, network: str
) -> ShownAddress | AddressRefusal:
    """The member's newest address of the wallet that receives `currency` on `network`; a new one if there is none."""
    found = await asset_on(services, currency, network)
    if isinstance(found, AddressRefusal):
        return found
    async with services.database.connect() as connection:
        wallet = await wallets.find_wallet(connection, network, WalletKind.DEPOSIT, currency)
        if wallet is None:
            return AddressRefusal.NO_WALLET
        known = await store.newest_address(connection, wallet.id, uid)
    if known is not None:
        return ShownAddress(known, wallet)
    async with services.database.begin() as connection:
        await wallets.lock_addresses(connection, wallet.id)
        row = await store.newest_address(connection, wallet.id, uid)
        if row is None:
            row = await new_address(connection, services, found[0], wallet, uid)
    return ShownAddress(row, wallet)


async def asset_on(
    services: CustodyServices, currency: str, network: str
) -> tuple[NetworkInfo, NetworkAsset] | AddressRefusal:
    """What is to be received, if it can be at the moment."""
    info = next((row for row in await services.assets.networks() if row.key == network), None)
    if info is None:
        return AddressRefusal.NETWORK
    asset = next((row for row in await services.assets.assets(network) if row.asset == currency), None)
    if asset is None:
        return AddressRefusal.NETWORK
    if not info.enabled or not asset.deposit_enabled:
        return AddressRefusal.DISABLED
    return info, asset


async def new_address(
    connection: AsyncConnection, services: CustodyServices, network: NetworkInfo, wallet: Wallet, uid: str
) -> DepositAddress:
    """The next address of the wallet, watched and announced. The addresses must be locked."""
    assert wallet.xpub is not None, wallet.name
    idx = await wallets.take_index(connection, wallet.id)
    given = services.address_book.derive(network.chain, wallet.xpub, idx)
    row = await store.insert_address(
        connection, wallet_id=wallet.id, network=network.key, uid=uid, idx=idx, given=given
    )
    await add_destination(connection, network.key, given.destination, given.text, owner=uid)
    record = {
        "uid": uid,
        "currencies": list(wallet.currencies),
        "address": row.address,
        "state": wallet.status.value,
        "blockchain_key": network.key,
        "created_at": row.created_at.isoformat(),
    }
    await emit(connection, CREATED, record, aggregate=f"deposit_address:{row.id}")
    return row
