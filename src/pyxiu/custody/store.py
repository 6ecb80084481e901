"""The only SQL of custody, on a connection that the caller's transaction owns.

Invariant: blocks of a network are appended at an end and removed from the top, never in between.
"""

import datetime
from collections.abc import Sequence

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.chain import Block, BlockRef, Payment, PaymentKind, Spend
from pyxiu.custody.model import WALLET_OWNER
from pyxiu.custody.tables import chain_alarms, chain_blocks, chain_destinations, chain_payments, chain_spends

#: "pyxiu" + 8: one scanner a network.
SCAN_LOCK = 0x7079_7808


async def lock_network(connection: AsyncConnection, network: str) -> None:
    """Hold the network until the transaction ends: blocks are appended by one scanner at a time."""
    await connection.execute(
        text("SELECT pg_advisory_xact_lock(:lock, hashtext(:network))"), {"lock": SCAN_LOCK, "network": network}
    )


async def last_block(connection: AsyncConnection, network: str) -> BlockRef | None:
    query = (
        select(chain_blocks.c.height, chain_blocks.c.hash)
        .where(chain_blocks.c.network == network)
        .order_by(chain_blocks.c.height.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else BlockRef(row.height, row.hash)


async def first_block(connection: AsyncConnection, network: str) -> BlockRef | None:
    query = (
        select(chain_blocks.c.height, chain_blocks.c.hash)
        .where(chain_blocks.c.network == network)
        .order_by(chain_blocks.c.height)
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else BlockRef(row.height, row.hash)


async def parent_of(connection: AsyncConnection, network: str, height: int) -> str | None:
    """The hash that the block at a height names as its parent."""
    query = select(chain_blocks.c.parent).where(chain_blocks.c.network == network, chain_blocks.c.height == height)
    parent: str | None = (await connection.execute(query)).scalar_one_or_none()
    return parent


async def block_at(connection: AsyncConnection, network: str, height: int) -> BlockRef | None:
    query = select(chain_blocks.c.hash).where(chain_blocks.c.network == network, chain_blocks.c.height == height)
    found = (await connection.execute(query)).scalar_one_or_none()
    return None if found is None else BlockRef(height, found)


async def append_blocks(connection: AsyncConnection, network: str, blocks: Sequence[Block]) -> None:
    rows = [
        {
            "network": network,
            "height": block.height,
            "hash": block.hash,
            "parent": block.parent,
            "mined_at": datetime.datetime.fromtimestamp(block.time_s, datetime.UTC),
        }
        for block in blocks
    ]
    await connection.execute(upsert(chain_blocks).values(rows))


async def remove_blocks_above(connection: AsyncConnection, network: str, height: int) -> int:
    """Forget blocks that are on the best chain no more; their payments are orphaned. How many payments there were."""
    await connection.execute(
        delete(chain_spends).where(chain_spends.c.network == network, chain_spends.c.block_height > height)
    )
    orphaned = await connection.execute(
        update(chain_payments)
        .where(chain_payments.c.network == network, chain_payments.c.block_height > height)
        .values(block_height=None, block_hash=None, orphaned_at=func.now(), unread=True)
    )
    await connection.execute(
        delete(chain_blocks).where(chain_blocks.c.network == network, chain_blocks.c.height > height)
    )
    return orphaned.rowcount


async def ours_among(connection: AsyncConnection, network: str, destinations: Sequence[str]) -> dict[str, int]:
    """Those of the destinations that are ours, with their ids."""
    found: dict[str, int] = {}
    query = text(
        "SELECT destination, id FROM chain_destinations WHERE network = :network AND destination = ANY(:destinations)"
    )
    rows = await connection.execute(query, {"network": network, "destinations": list(destinations)})
    for row in rows:
        found[row.destination] = row.id
    return found


async def members_among(
    connection: AsyncConnection, network: str, destinations: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """Those of the destinations that are members', with their addresses and owners."""
    table = chain_destinations
    query = select(table.c.destination, table.c.address, table.c.owner).where(
        table.c.network == network,
        table.c.destination == func.any(list(destinations)),
        ~table.c.owner.startswith(WALLET_OWNER, autoescape=True),
    )
    return {row.destination: (row.address, row.owner) for row in await connection.execute(query)}


async def known_payments(connection: AsyncConnection, network: str, ids: Sequence[str]) -> set[str]:
    """Those of the payments that are, or were, in a block that was scanned."""
    table = chain_payments
    query = select(table.c.payment_id).where(table.c.network == network, table.c.payment_id == func.any(list(ids)))
    return set((await connection.execute(query)).scalars())


async def put_payments(
    connection: AsyncConnection, network: str, block: Block, payments: Sequence[tuple[Payment, int]]
) -> None:
    """Payments of a block with the ids of their destinations; one that was orphaned is back.

    One that was there, the same in the same block, is not looked at again: there is nothing new about it, and a node
    may not know the state of old blocks any more.
    """
    ids = await _ids_of(connection, network, payments)
    rows = [
        {
            "network": network,
            "payment_id": payment_id,
            "destination_id": destination_id,
            "txid": payment.txid,
            "kind": payment.kind.value,
            "contract": payment.contract,
            "amount": payment.amount,
            "min_depth": payment.min_depth,
            "block_height": block.height,
            "block_hash": block.hash,
            "source": payment.source,
        }
        for payment_id, (payment, destination_id) in zip(ids, payments, strict=True)
    ]
    insert = upsert(chain_payments)
    table = chain_payments
    changed = table.c.block_hash.is_distinct_from(insert.excluded.block_hash) | (
        table.c.amount != insert.excluded.amount
    )
    again = {name: insert.excluded[name] for name in ("amount", "block_height", "block_hash", "source")}
    put = insert.on_conflict_do_update(
        index_elements=["network", "payment_id"],
        set_={**again, "orphaned_at": None, "unread": table.c.unread | changed},
    )
    await connection.execute(put, rows)


async def _ids_of(connection: AsyncConnection, network: str, payments: Sequence[tuple[Payment, int]]) -> list[str]:
    """The payments' identities. In another block a contract may write another log at the same place of a transaction:
    that one is another payment, with an identity of its own, and not the first one come again.
    """
    logs = [payment.id for payment, _ in payments if payment.kind is PaymentKind.TOKEN]
    if not logs:
        return [payment.id for payment, _ in payments]
    table = chain_payments
    query = select(table.c.payment_id, table.c.destination_id, table.c.contract).where(
        table.c.network == network, table.c.payment_id == func.any(logs)
    )
    known = {row.payment_id: (row.destination_id, row.contract) for row in await connection.execute(query)}
    return [
        payment.id
        if known.get(payment.id, (destination_id, payment.contract)) == (destination_id, payment.contract)
        else f"{payment.id}:{payment.contract}:{payment.destination}"
        for payment, destination_id in payments
    ]


async def put_spends(connection: AsyncConnection, network: str, block: Block, spends: Sequence[Spend]) -> None:
    """Note which of our outputs a block spends; others are passed over."""
    ids = [f"{spend.spent_txid}:{spend.spent_ordinal}" for spend in spends]
    spenders = [spend.txid for spend in spends]
    await connection.execute(
        text(
            """
            INSERT INTO chain_spends (network, payment_id, spender, block_height)
            SELECT p.network, p.payment_id, s.spender, :height
            FROM unnest(CAST(:ids AS text[]), CAST(:spenders AS text[])) AS s(payment_id, spender)
                JOIN chain_payments p ON p.network = :network AND p.payment_id = s.payment_id
            ON CONFLICT DO NOTHING
            """
        ),
        {"network": network, "ids": ids, "spenders": spenders, "height": block.height},
    )


async def add_destination(connection: AsyncConnection, network: str, destination: str, address: str, owner: str) -> int:
    """A destination to watch for from now on; its id. Adding it again gives the same one."""
    insert = upsert(chain_destinations).values(network=network, destination=destination, address=address, owner=owner)
    await connection.execute(insert.on_conflict_do_nothing())
    query = select(chain_destinations.c.id, chain_destinations.c.owner).where(
        chain_destinations.c.network == network, chain_destinations.c.destination == destination
    )
    row = (await connection.execute(query)).one()
    assert row.owner == owner, f"{address} on {network} belongs to {row.owner}"
    return int(row.id)


async def raise_alarm(connection: AsyncConnection, network: str, kind: str, told: str) -> None:
    """Open an alarm, or show that one goes on."""
    insert = upsert(chain_alarms).values(network=network, kind=kind, text=told)
    await connection.execute(
        insert.on_conflict_do_update(
            index_elements=["network", "kind"],
            index_where=chain_alarms.c.cleared_at.is_(None),
            set_={"text": told, "seen_at": func.now()},
        )
    )


async def open_alarms(connection: AsyncConnection, kind: str) -> list[str]:
    """The networks for which an alarm of a kind is open."""
    table = chain_alarms
    query = select(table.c.network).where(table.c.kind == kind, table.c.cleared_at.is_(None))
    return list((await connection.execute(query)).scalars())


async def clear_alarm(connection: AsyncConnection, network: str, kind: str) -> None:
    open_one = (chain_alarms.c.network == network, chain_alarms.c.kind == kind, chain_alarms.c.cleared_at.is_(None))
    await connection.execute(update(chain_alarms).where(*open_one).values(cleared_at=func.now()))
