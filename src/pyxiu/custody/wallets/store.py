"""The SQL of wallets, on a connection that the caller's transaction owns.

Invariant: a wallet's key, address and network never change once written. Limit: what a wallet holds is not here.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import RowMapping, Select, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.wallets.model import NewWallet, Wallet, WalletKind, WalletStatus
from pyxiu.custody.wallets.tables import wallet_currencies, wallet_indexes, wallets

_currencies = (
    select(func.array_agg(wallet_currencies.c.currency_id))
    .where(wallet_currencies.c.wallet_id == wallets.c.id)
    .scalar_subquery()
    .label("currencies")
)
_COLUMNS = (*wallets.c, _currencies)


async def all_wallets(connection: AsyncConnection, network: str | None = None) -> list[Wallet]:
    """In the order in which they were added."""
    query = select(*_COLUMNS).order_by(wallets.c.id)
    if network is not None:
        query = query.where(wallets.c.network == network)
    return [_wallet(row) for row in (await connection.execute(query)).mappings()]


async def wallet_by_name(connection: AsyncConnection, name: str) -> Wallet | None:
    return await _one(connection, select(*_COLUMNS).where(wallets.c.name == name))


async def wallet_by_id(connection: AsyncConnection, wallet_id: int) -> Wallet | None:
    return await _one(connection, select(*_COLUMNS).where(wallets.c.id == wallet_id))


async def find_wallet(
    connection: AsyncConnection, network: str, kind: WalletKind, currency: str | None = None
) -> Wallet | None:
    """The oldest active wallet of a kind, one that carries the currency if it is named."""
    active = (wallets.c.network == network, wallets.c.kind == kind, wallets.c.status == WalletStatus.ACTIVE)
    query = select(*_COLUMNS).where(*active).order_by(wallets.c.id).limit(1)
    if currency is not None:
        carried = select(wallet_currencies.c.wallet_id).where(wallet_currencies.c.currency_id == currency)
        query = query.where(wallets.c.id.in_(carried))
    return await _one(connection, query)


async def insert_wallet(connection: AsyncConnection, new: NewWallet) -> Wallet:
    """With the currencies that it carries."""
    values = {
        name: getattr(new, name) for name in ("name", "network", "kind", "key_id", "xpub", "address", "max_balance")
    }
    wallet_id = (await connection.execute(insert(wallets).values(values).returning(wallets.c.id))).scalar_one()
    await connection.execute(insert(wallet_indexes).values(wallet_id=wallet_id))
    await carry(connection, wallet_id, new.currencies)
    wallet = await wallet_by_id(connection, wallet_id)
    assert wallet is not None, wallet_id
    return wallet


async def carry(connection: AsyncConnection, wallet_id: int, currencies: Iterable[str]) -> None:
    """From now on these currencies too."""
    rows = [{"wallet_id": wallet_id, "currency_id": currency} for currency in currencies]
    if rows:
        await connection.execute(upsert(wallet_currencies).on_conflict_do_nothing(), rows)


async def set_status(connection: AsyncConnection, wallet_id: int, status: WalletStatus) -> None:
    await connection.execute(update(wallets).where(wallets.c.id == wallet_id).values(status=status))


async def lock_addresses(connection: AsyncConnection, wallet_id: int) -> None:
    """Until the transaction ends nobody else takes an address of this wallet."""
    query = select(wallet_indexes.c.wallet_id).where(wallet_indexes.c.wallet_id == wallet_id)
    await connection.execute(query.with_for_update())


async def take_index(connection: AsyncConnection, wallet_id: int) -> int:
    """The next receiving index, which nobody else gets."""
    statement = (
        update(wallet_indexes)
        .where(wallet_indexes.c.wallet_id == wallet_id)
        .values(next_index=wallet_indexes.c.next_index + 1)
        .returning(wallet_indexes.c.next_index - 1)
    )
    index: int = (await connection.execute(statement)).scalar_one()
    return index


async def _one(connection: AsyncConnection, query: Select[Any]) -> Wallet | None:
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else _wallet(row)


def _wallet(row: RowMapping) -> Wallet:
    values = {str(name): value for name, value in row.items()}
    return Wallet(
        **{
            **values,
            "kind": WalletKind(values["kind"]),
            "status": WalletStatus(values["status"]),
            "currencies": tuple(sorted(values["currencies"] or ())),
        }
    )
