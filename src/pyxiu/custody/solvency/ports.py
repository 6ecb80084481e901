"""What the solvency check asks of nodes of chains with accounts."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from pyxiu.custody.chain import Inclusion


@runtime_checkable
class AccountNode(Protocol):
    """A node that tells balances as of a block."""

    async def balances(self, places: Sequence[tuple[str, str]], block_hash: str) -> list[int]:
        """What accounts held after a block: places are (address, contract), contract empty for the coin.

        Raises NodeFaultError where the block is not on the node's best chain, or its state is gone.
        """

    async def inclusion(self, txid: str) -> Inclusion: ...

    async def fee_paid(self, txid: str) -> int:
        """What a mined transaction has cost."""
