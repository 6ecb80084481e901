"""Where a payout's money is and which key moves it: a wallet's own address, or deposit addresses of it.

Invariant: a source has a key that the signer can be asked for by name; a watch-only wallet is no source. Limit: paths
are those of `wallets`: a wallet's own address is 0/0 of its key, a deposit address 0/idx.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.payouts.ports import Key
from pyxiu.kit.errors import PermanentError


class NoSourceError(PermanentError):
    """The wallet is not there, is not active, or has no key here."""


class Place(msgspec.Struct, frozen=True):
    """An address that can pay, with its canonical form and its key."""

    address: str
    destination: str
    key: Key


class PayingWallet(msgspec.Struct, frozen=True):
    """`home` is the wallet's own address; deposit wallets have none."""

    id: int
    name: str
    network: str
    key_id: str
    home: Place | None


async def paying_wallet(connection: AsyncConnection, wallet_id: int) -> PayingWallet:
    """Raises NoSourceError."""
    row = (
        await connection.execute(
            text("SELECT id, name, network, status, key_id, address FROM wallets WHERE id = :id"), {"id": wallet_id}
        )
    ).one_or_none()
    if row is None or row.status == "disabled":
        raise NoSourceError(f"wallet {wallet_id} is not there or disabled")
    if row.key_id is None:
        raise NoSourceError(f"wallet {row.name} is watch-only: nothing here can sign for it")
    home = None
    if row.address is not None:
        destination = await destination_of(connection, row.network, row.address)
        if destination is None:
            raise NoSourceError(f"the address of wallet {row.name} is not watched")
        home = Place(row.address, destination, Key(row.key_id, 0, 0))
    return PayingWallet(row.id, row.name, row.network, row.key_id, home)


async def hot_wallet(connection: AsyncConnection, network: str, currency: str) -> PayingWallet | None:
    """The active hot wallet that pays a currency on a network."""
    found = (
        await connection.execute(
            text(
                """
                SELECT w.id FROM wallets w JOIN wallet_currencies c ON c.wallet_id = w.id
                WHERE w.network = :network AND c.currency_id = :currency AND w.kind = 'hot'
                    AND w.status = 'active' AND w.key_id IS NOT NULL
                ORDER BY w.id LIMIT 1
                """
            ),
            {"network": network, "currency": currency},
        )
    ).scalar_one_or_none()
    return None if found is None else await paying_wallet(connection, found)


async def places_of(connection: AsyncConnection, wallet: PayingWallet, address_ids: Sequence[int]) -> list[Place]:
    """The wallet's own address, or those of its deposit addresses. Raises NoSourceError."""
    if not address_ids:
        if wallet.home is None:
            raise NoSourceError(f"wallet {wallet.name} has no address of its own: name its deposit addresses")
        return [wallet.home]
    rows = (
        await connection.execute(
            text(
                """
                SELECT address, destination, idx FROM deposit_addresses
                WHERE wallet_id = :wallet AND id = ANY(:ids) ORDER BY id
                """
            ),
            {"wallet": wallet.id, "ids": list(address_ids)},
        )
    ).all()
    if len(rows) != len(set(address_ids)):
        raise NoSourceError(f"wallet {wallet.name} does not have all of these deposit addresses")
    return [Place(row.address, row.destination, Key(wallet.key_id, 0, row.idx)) for row in rows]


async def destination_of(connection: AsyncConnection, network: str, address: str) -> str | None:
    """The canonical form of an address of ours; None for one that is not ours."""
    query = text("SELECT destination FROM chain_destinations WHERE network = :network AND address = :address")
    found = (await connection.execute(query, {"network": network, "address": address})).scalars().first()
    return None if found is None else str(found)


async def own_key(connection: AsyncConnection, network: str, destination: str) -> Key | None:
    """The key of a destination of ours, for the signer to derive it; None for others, and for watch-only wallets."""
    row = (
        await connection.execute(
            text(
                """
                SELECT w.key_id, a.idx FROM deposit_addresses a JOIN wallets w ON w.id = a.wallet_id
                WHERE a.network = :network AND a.destination = :destination AND w.key_id IS NOT NULL
                UNION ALL
                SELECT w.key_id, 0 FROM wallets w
                    JOIN chain_destinations d ON d.network = w.network AND d.address = w.address
                WHERE d.network = :network AND d.destination = :destination AND w.key_id IS NOT NULL
                LIMIT 1
                """
            ),
            {"network": network, "destination": destination},
        )
    ).one_or_none()
    return None if row is None else Key(row.key_id, 0, row.idx)
