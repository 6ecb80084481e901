"""What custody needs of a chain's node, to read and to send.

Invariant: whatever a reader returns was consistent when it was asked: blocks link to each other, or NodeFaultError is
raised. Limit: a node can still lie as a whole; that is what depth, a second node and balance checks are for.
"""

from typing import Protocol

from pyxiu.custody.chain import Block, BlockRef, Inclusion


class ChainReader(Protocol):
    """One node of one network; holds no keys."""

    async def check(self) -> None:
        """Raises WrongChainError if the node is not on the network that it was configured for."""

    async def tip(self) -> BlockRef:
        """The end of the node's best chain."""

    async def hash_at(self, height: int) -> str | None:
        """The hash of the best chain's block at a height; None beyond the tip."""

    async def blocks(self, first: int, last: int) -> list[Block]:
        """The blocks from `first` to `last`, all of them and linked, or NodeFaultError."""

    async def inclusion(self, txid: str) -> Inclusion:
        """Where a transaction is on the node's best chain or in its pool."""

    async def close(self) -> None: ...


class Broadcaster(Protocol):
    async def broadcast(self, signed: bytes) -> str:
        """Send signed bytes; the transaction's id. Sending the same bytes twice is no error.

        Raises BroadcastRefusedError with the node's reason, NodeUnavailableError when nobody knows.
        """
