"""The SQL of the treasury's wallets and what they hold, on a connection that the caller's transaction owns.

Invariant: a balance is stored with the block it was read at. Limit: outputs are counted here; an account's balance is
the node's to tell and is only stored here.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.treasury.model import TIERS, WalletBalance
from pyxiu.custody.wallets.model import Wallet, WalletKind, WalletStatus
from pyxiu.custody.wallets.store import all_wallets, find_wallet

_HELD = text(
    """
    SELECT w.id, coalesce(sum(p.amount), 0) AS amount
    FROM wallets w
        LEFT JOIN chain_destinations d ON d.network = w.network AND d.owner = '@wallet/' || w.name
        LEFT JOIN chain_payments p ON p.network = d.network AND p.destination_id = d.id AND p.kind = 'output'
            AND p.block_height IS NOT NULL AND NOT p.spent
    WHERE w.network = :network AND w.kind <> 'deposit'
    GROUP BY w.id
    """
)
_PUT_BALANCE = text(
    """
    INSERT INTO wallet_balances (wallet_id, currency, chain_amount, height, block_hash)
    VALUES (:wallet_id, :currency, :chain_amount, :height, :block_hash)
    ON CONFLICT (wallet_id, currency) DO UPDATE
    SET chain_amount = excluded.chain_amount, height = excluded.height, block_hash = excluded.block_hash,
        read_at = now()
    """
)


async def tier_wallets(connection: AsyncConnection, network: str, currency: str) -> list[Wallet]:
    """Active hot, warm and cold wallets of an asset, in the order in which they are filled."""
    mine = [
        wallet
        for wallet in await all_wallets(connection, network)
        if wallet.kind in TIERS and wallet.status is WalletStatus.ACTIVE and currency in wallet.currencies
    ]
    return sorted(mine, key=lambda wallet: (TIERS.index(wallet.kind), wallet.id))


async def fee_wallet(connection: AsyncConnection, network: str) -> Wallet | None:
    """Whom gas comes from; the oldest active one that our signer has the key of."""
    wallet = await find_wallet(connection, network, WalletKind.FEE)
    return wallet if wallet is not None and wallet.key_id is not None else None


async def outputs_held(connection: AsyncConnection, network: str) -> dict[int, int]:
    """What each wallet holds in outputs, up to the last block that was scanned."""
    rows = await connection.execute(_HELD, {"network": network})
    return {row.id: int(row.amount) for row in rows}


async def put_balances(connection: AsyncConnection, balances: Sequence[WalletBalance]) -> None:
    for balance in balances:
        fields = ("wallet_id", "currency", "chain_amount", "height", "block_hash")
        await connection.execute(_PUT_BALANCE, {name: getattr(balance, name) for name in fields})


async def stored_balances(connection: AsyncConnection) -> list[Row[Any]]:
    """Each with its wallet: name, network, kind, status, max_balance, currency, chain_amount, height, read_at."""
    query = text(
        """
        SELECT w.id, w.name, w.network, w.kind, w.status, w.address, w.max_balance, b.currency, b.chain_amount,
            b.height, b.read_at
        FROM wallet_balances b JOIN wallets w ON w.id = b.wallet_id
        ORDER BY w.network, array_position(ARRAY['fee', 'hot', 'warm', 'cold'], w.kind), w.id, b.currency
        """
    )
    return list(await connection.execute(query))


async def wanted(connection: AsyncConnection, network: str) -> dict[str, int]:
    """By currency, what approved withdrawals that are not being paid yet will take, in the engine's units."""
    query = text(
        """
        SELECT currency, sum(amount) AS amount FROM withdrawals
        WHERE network = :network AND state = 'approved' GROUP BY currency
        """
    )
    rows = await connection.execute(query, {"network": network})
    return {row.currency: int(row.amount) for row in rows}
