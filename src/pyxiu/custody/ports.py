"""What custody needs of others: a chain's node, to read and to send; the catalog's rules; the engine.

Invariant: whatever a reader returns was consistent when it was asked: blocks link to each other, or NodeFaultError is
raised. Limit: a node can still lie as a whole; that is what depth, a second node and balance checks are for.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from pyxiu.core.outcomes import Outcome
from pyxiu.custody.chain import Block, BlockRef, Inclusion, PoolTransaction
from pyxiu.custody.model import NetworkAsset, NetworkInfo


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


@runtime_checkable
class TokenReader(Protocol):
    """A node of a network that carries tokens."""

    async def token_delta(self, contract: str, address: str, height: int) -> int:
        """By how much a block has changed a token's balance of an address, as the contract itself tells.

        Raises NodeFaultError where the node or the contract cannot say.
        """


@runtime_checkable
class PoolReader(Protocol):
    """A node that tells which transactions wait for a block."""

    async def pool_ids(self) -> list[str]:
        """The ids of all of them."""

    async def pool_transactions(self, txids: Sequence[str]) -> list[PoolTransaction]:
        """Those of the transactions that are in the pool still."""


@runtime_checkable
class Broadcaster(Protocol):
    async def broadcast(self, signed: bytes) -> str:
        """Send signed bytes; the transaction's id. Sending the same bytes twice is no error.

        Raises BroadcastRefusedError with the node's reason, NodeUnavailableError when nobody knows.
        """


class Assets(Protocol):
    """The catalog's rules of networks and assets, as they are now (cached for moments, not minutes)."""

    async def networks(self) -> Sequence[NetworkInfo]:
        """All networks, disabled ones too."""

    async def assets(self, network: str) -> Sequence[NetworkAsset]:
        """The assets that move on a network and are not disabled."""


class Balances(Protocol):
    async def available(self, uid: str, asset: str) -> int:
        """What a member can use of an asset, as of a moment ago."""


class CommandSender(Protocol):
    """The part of the engine's client that moves funds."""

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]: ...


class KeyStore(Protocol):
    """Where account keys lie, each under a name. Only the signer may hold one, and the operator who makes keys."""

    def create(self, key_id: str, chain: str) -> str:
        """A new account key for a chain; its extended public key. Raises PermanentError for a name that is taken."""

    def account_key(self, key_id: str) -> str:
        """The account's extended private key: keep it no longer than its use takes. Raises PermanentError."""

    def public_keys(self) -> dict[str, str]:
        """The extended public keys by the names of all keys."""
