"""Scan a network block by block: record what pays us, notice when the chain has changed, and never skip a block.

One step takes a few blocks in one database transaction: they must link to the last one that is stored, their payments
to our destinations are recorded, and only with them the height moves. When the stored end is on the node's best chain
no more, the step goes back to where the chains part and orphans what was above. Invariant (W-1): the stored blocks form
one hash-linked chain without gaps. Limit: what was orphaned deeper than UNDO_MAX is for a person to decide.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from pyxiu.custody import store
from pyxiu.custody.chain import Block, BlockRef, NodeFaultError
from pyxiu.custody.ports import ChainReader
from pyxiu.kit.errors import PermanentError, TransientError
from pyxiu.kit.failpoints import failpoint

#: Blocks of one step, so of one transaction.
STEP_BLOCKS: Final = 20
#: Deeper than this no chain reorganises by itself.
UNDO_MAX: Final = 1_000

_log = structlog.stdlib.get_logger("pyxiu.scan")


class NodeBehindError(TransientError):
    """The node has fewer blocks than we have seen: it resynchronises, or it is another one."""


class ForkTooDeepError(PermanentError):
    """The node's chain parts from ours further back than any reorganisation goes."""


class Progress(msgspec.Struct, frozen=True):
    """Where a step has come. `blocks` were taken and `payments` found in them; `undone` blocks were taken back."""

    height: int
    tip: int
    payments: int = 0
    undone: int = 0
    blocks: int = 0

    @property
    def left(self) -> int:
        return max(0, self.tip - self.height)


class Scanner:
    """One network and one reader. `first` is the height to begin at on a database without blocks of the network."""

    def __init__(
        self,
        network: str,
        reader: ChainReader,
        database: AsyncEngine,
        *,
        first: int,
        step_blocks: int = STEP_BLOCKS,
        undo_max: int = UNDO_MAX,
    ) -> None:
        self._network = network
        self._reader = reader
        self._database = database
        self._first = first
        self._step_blocks = step_blocks
        self._undo_max = undo_max

    async def step(self) -> Progress:
        """Take the next blocks, or take back those that are no longer on the chain.

        Raises NodeUnavailableError, NodeFaultError or NodeBehindError when nothing was done, ForkTooDeepError.
        """
        tip = await self._reader.tip()
        async with self._database.connect() as connection:
            last = await store.last_block(connection, self._network)
        if last is not None and not await self._on_chain(last, tip):
            return await self._go_back(last, tip)
        first = self._first if last is None else last.height + 1
        if tip.height < first:
            return Progress(first - 1, tip.height)
        blocks = await self._reader.blocks(first, min(tip.height, first + self._step_blocks - 1))
        if last is not None and blocks[0].parent != last.hash:
            raise NodeFaultError(f"block {first} does not follow {last.hash}: the chain has changed meanwhile")
        found = await self._take(last, blocks)
        return Progress(blocks[-1].height, max(tip.height, blocks[-1].height), found, blocks=len(blocks))

    async def _on_chain(self, last: BlockRef, tip: BlockRef) -> bool:
        """Whether our last block is on the node's best chain, which is as long as ours; or NodeBehindError."""
        if tip.height >= last.height:
            return await self._reader.hash_at(last.height) == last.hash
        async with self._database.connect() as connection:
            stored = await store.block_at(connection, self._network, tip.height)
        told = f"{self._network}: the node ends at {tip.height} and we have seen {last.height}"
        if stored is not None and stored.hash != tip.hash:
            # A chain takes the place of another by having more work; one that is shorter has no such claim yet.
            raise NodeBehindError(f"{told} of another branch; the node's is followed once it is as long")
        raise NodeBehindError(f"{told} of the same chain")

    async def _take(self, last: BlockRef | None, blocks: Sequence[Block]) -> int:
        found = 0
        async with self._database.begin() as connection:
            await store.lock_network(connection, self._network)
            if await store.last_block(connection, self._network) != last:
                raise NodeFaultError(f"{self._network}: another scanner was here first")
            await store.append_blocks(connection, self._network, blocks)
            for block in blocks:
                found += await record_block(connection, self._network, block)
            failpoint("scan_before_commit")
        failpoint("scan_after_commit")
        return found

    async def _go_back(self, last: BlockRef, tip: BlockRef) -> Progress:
        fork = await self._fork_below(last, tip)
        async with self._database.begin() as connection:
            await store.lock_network(connection, self._network)
            if await store.last_block(connection, self._network) != last:
                raise NodeFaultError(f"{self._network}: another scanner was here first")
            orphaned = await store.remove_blocks_above(connection, self._network, fork)
            failpoint("undo_before_commit")
        _log.warning(
            "chain reorganised", network=self._network, fork=fork, undone=last.height - fork, orphaned=orphaned
        )
        return Progress(fork, tip.height, undone=last.height - fork)

    async def _fork_below(self, last: BlockRef, tip: BlockRef) -> int:
        """The highest block that we and the node have in common; below our first block if there is none."""
        async with self._database.connect() as connection:
            height = min(last.height, tip.height)
            while True:
                if last.height - height > self._undo_max:
                    raise ForkTooDeepError(
                        f"{self._network}: the node's chain parts from ours below {height}, more than {self._undo_max} "
                        "blocks back: is it the right node? `pyxiu chain rescan --forget` begins again from a height"
                    )
                stored = await store.block_at(connection, self._network, height)
                if stored is None:
                    return height
                if await self._reader.hash_at(height) == stored.hash:
                    return height
                height -= 1


async def record_block(connection: AsyncConnection, network: str, block: Block) -> int:
    """Note what a block pays to us and what of ours it spends; how many payments. Again changes nothing."""
    destinations = {payment.destination for payment in block.payments}
    ours = await store.ours_among(connection, network, sorted(destinations)) if destinations else {}
    payments = [
        (payment, ours[payment.destination])
        for payment in block.payments
        if payment.amount > 0 and payment.destination in ours
    ]
    if payments:
        await store.put_payments(connection, network, block, payments)
    if block.spends:
        await store.put_spends(connection, network, block, block.spends)
    return len(payments)
