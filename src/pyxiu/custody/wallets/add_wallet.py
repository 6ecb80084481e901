"""Make a wallet known: its public key or its address, what it is for, and what it carries.

Invariant: a wallet's own address is watched from the moment it exists; a private key is refused. Limit: whether the
signer really holds the key that `key_id` names is seen when it signs.
"""

from typing import Final

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.core.types import is_id
from pyxiu.custody.activities import note_activity
from pyxiu.custody.model import NetworkInfo, wallet_owner
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.store import add_destination
from pyxiu.custody.wallets import store
from pyxiu.custody.wallets.model import NewWallet, Wallet, WalletKind, WalletRefusedError
from pyxiu.custody.wallets.ports import AddressBook

#: Kinds that somebody must be able to sign for here, or they are of no use.
_NEED_KEY: Final = frozenset({WalletKind.FEE})
#: PostgreSQL's code of a value that another row has.
_TAKEN: Final = "23505"
#: A wallet's own address is the first of its key.
OWN_INDEX: Final = 0


async def add_wallet(services: CustodyServices, new: NewWallet, *, actor: str, reason: str) -> Wallet:
    """Raises WalletRefusedError, and InvalidAddressError for a key or an address that is none of its network."""
    network = await _network(services, new.network)
    new = _checked(services.address_book, network, new)
    if not new.currencies:
        carried = tuple(asset.asset for asset in await services.assets.assets(new.network))
        new = msgspec.structs.replace(new, currencies=carried)
    await _must_move_there(services, new)
    try:
        async with services.database.begin() as connection:
            wallet = await store.insert_wallet(connection, new)
            if wallet.address is not None:
                await _watch(connection, services.address_book, network, wallet)
            await note_activity(
                connection, actor=actor, action="wallet.add", about=f"wallet:{wallet.name}", reason=reason,
                network=wallet.network, kind=wallet.kind.value, key_id=wallet.key_id, address=wallet.address,
            )  # fmt: skip
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != _TAKEN:
            raise
        raise WalletRefusedError(
            f"{new.name}: there is a wallet of this name on the exchange, or of this key or address on {new.network}"
        ) from error
    return wallet


async def carry_currencies(
    services: CustodyServices, wallet: Wallet, currencies: tuple[str, ...], *, actor: str, reason: str
) -> None:
    """From now on the wallet is for these currencies too. Raises WalletRefusedError."""
    await _must_move_there(
        services,
        NewWallet(name=wallet.name, network=wallet.network, kind=wallet.kind, currencies=currencies),
    )
    async with services.database.begin() as connection:
        await store.carry(connection, wallet.id, currencies)
        await note_activity(
            connection, actor=actor, action="wallet.carry", about=f"wallet:{wallet.name}", reason=reason,
            currencies=list(currencies),
        )  # fmt: skip


async def _network(services: CustodyServices, key: str) -> NetworkInfo:
    known = {network.key: network for network in await services.assets.networks()}
    if key not in known:
        raise WalletRefusedError(f"no network {key!r} in the catalog; there are {', '.join(sorted(known)) or 'none'}")
    return known[key]


def _checked(book: AddressBook, network: NetworkInfo, new: NewWallet) -> NewWallet:
    if not is_id(new.name):
        raise WalletRefusedError(f"name: expected letters, digits and ._:-, found {new.name!r}")
    if (new.xpub is None) == (new.address is None):
        raise WalletRefusedError(f"{new.name}: expected an extended public key or an address, and not both")
    if new.address is not None:
        if new.key_id is not None or new.kind is WalletKind.DEPOSIT or new.kind in _NEED_KEY:
            raise WalletRefusedError(f"{new.name}: a {new.kind} wallet needs a key, not only an address")
        return msgspec.structs.replace(new, address=book.check(network.chain, new.address).text)
    assert new.xpub is not None
    if new.key_id is None and new.kind in _NEED_KEY:
        raise WalletRefusedError(f"{new.name}: a {new.kind} wallet needs a key that the signer has")
    xpub = book.account(network.chain, new.xpub)
    own = None if new.kind is WalletKind.DEPOSIT else book.derive(network.chain, xpub, OWN_INDEX).text
    return msgspec.structs.replace(new, xpub=xpub, address=own)


async def _must_move_there(services: CustodyServices, new: NewWallet) -> None:
    there = {asset.asset for asset in await services.assets.assets(new.network)}
    missing = [currency for currency in new.currencies if currency not in there]
    if missing:
        raise WalletRefusedError(f"{new.name}: {', '.join(missing)} does not move on {new.network}")


async def _watch(connection: AsyncConnection, book: AddressBook, network: NetworkInfo, wallet: Wallet) -> None:
    assert wallet.address is not None, wallet.name
    checked = book.check(network.chain, wallet.address)
    await add_destination(connection, network.key, checked.destination, checked.text, owner=wallet_owner(wallet.name))
