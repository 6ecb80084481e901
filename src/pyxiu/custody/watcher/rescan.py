"""Read blocks again, for what was not watched when they were scanned; or forget them, to begin again on another branch.

Reading again can go below the first block, downwards, so that the chain stays without a gap; then it compares each
block with the one that is stored, upwards from the lowest, because a payment has to be known before what spends it
means anything. Invariant: nothing that was credited is credited twice, because payments keep their identity; what
spends a payment that was found is found too. Limit: a block that differs is for the watcher to take back first;
forgetting freezes the members whose deposits are in those blocks until the watcher has found them again.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody import store
from pyxiu.custody.activities import note_activity
from pyxiu.custody.chain import Block, NodeFaultError
from pyxiu.custody.ports import ChainReader
from pyxiu.custody.scan_blocks import STEP_BLOCKS, record_block
from pyxiu.custody.services import CustodyServices

NOTHING: Final = "no block of this network has been scanned"


class Rescanned(msgspec.Struct, frozen=True):
    """How far reading has come: the blocks from `first` to `last` were read, `payments` to us are in them."""

    first: int
    last: int
    payments: int


async def read_again(
    services: CustodyServices, network: str, reader: ChainReader, first: int, *, actor: str, reason: str
) -> AsyncIterator[Rescanned]:
    """Read from `first` up to the last block that was scanned, in steps: those below the first one twice.

    Raises the faults of the node.
    """
    assert first >= 0, first
    async with services.database.begin() as connection:
        about = f"network:{network}"
        await note_activity(connection, actor=actor, action="chain.rescan", about=about, reason=reason, first=first)
        lowest = await store.first_block(connection, network)
    if lowest is None:
        raise NodeFaultError(NOTHING)
    for high in range(lowest.height - 1, first - 1, -STEP_BLOCKS):
        yield await _step_below(services, network, await reader.blocks(max(first, high - STEP_BLOCKS + 1), high))
    low = first
    # Also what the watcher has scanned meanwhile: it may spend what was not found yet.
    while low <= (end := await _last_height(services, network)):
        step = await _step(services, network, await reader.blocks(low, min(low + STEP_BLOCKS - 1, end)))
        yield step
        low = step.last + 1


async def forget_blocks(services: CustodyServices, network: str, first: int, *, actor: str, reason: str) -> int:
    """Forget the blocks from `first` on; the watcher scans them anew. How many payments have no block now."""
    assert first >= 0, first
    async with services.database.begin() as connection:
        await store.lock_network(connection, network)
        payments = await store.remove_blocks_above(connection, network, first - 1)
        await note_activity(
            connection, actor=actor, action="chain.forget", about=f"network:{network}", reason=reason, first=first
        )
    return payments


async def _last_height(services: CustodyServices, network: str) -> int:
    async with services.database.connect() as connection:
        last = await store.last_block(connection, network)
    return -1 if last is None else last.height


async def _step(services: CustodyServices, network: str, blocks: Sequence[Block]) -> Rescanned:
    async with services.database.begin() as connection:
        await store.lock_network(connection, network)
        for block in blocks:
            stored = await store.block_at(connection, network, block.height)
            if stored is None or stored.hash != block.hash:
                raise NodeFaultError(f"block {block.height} has changed since it was scanned: the watcher goes first")
        return await _recorded(connection, network, blocks)


async def _step_below(services: CustodyServices, network: str, blocks: Sequence[Block]) -> Rescanned:
    """Blocks that end where the stored chain begins."""
    async with services.database.begin() as connection:
        await store.lock_network(connection, network)
        lowest = await store.first_block(connection, network)
        if lowest is None or await store.parent_of(connection, network, lowest.height) != blocks[-1].hash:
            raise NodeFaultError(f"block {blocks[-1].height} is not the one before the first that was scanned")
        await store.append_blocks(connection, network, blocks)
        return await _recorded(connection, network, blocks)


async def _recorded(connection: AsyncConnection, network: str, blocks: Sequence[Block]) -> Rescanned:
    payments = sum([await record_block(connection, network, block) for block in blocks])
    return Rescanned(blocks[0].height, blocks[-1].height, payments)
