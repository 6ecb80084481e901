"""What a chain tells, the same for all chains: blocks that link to each other, payments in them, and what is spent.

Invariant: a payment's identity does not depend on the block that it is in, so the same payment keeps it through a
reorganisation. Limit: amounts are in the asset's smallest unit on this chain; who owns a destination, and
whether a payment is credited, is decided elsewhere.
"""

from enum import StrEnum

import msgspec

from pyxiu.kit.errors import PermanentError, TransientError


class NodeUnavailableError(TransientError):
    """The node does not answer, or not yet."""


class HistoryMissingError(NodeUnavailableError):
    """The node does not keep what would answer any more; one that keeps all of it can."""


class NodeFaultError(TransientError):
    """The node contradicts itself or leaves something out; nothing of this answer is used."""


class WrongChainError(PermanentError):
    """The node follows another network than the one that is configured."""


class BroadcastRefusedError(PermanentError):
    """The node will not relay these bytes as things are; it says why."""


class InvalidAddressError(PermanentError):
    """Not an address of this network; the text says why, for the person who typed it."""


class PaymentKind(StrEnum):
    #: An output of a transaction (UTXO chains).
    OUTPUT = "output"
    #: The chain's own coin, moved by a transaction or by a contract.
    NATIVE = "native"
    #: A token, by its contract's log.
    TOKEN = "token"  # noqa: S105 - a coin, not a secret


class Payment(msgspec.Struct, frozen=True):
    """Something that pays a destination.

    `destination` is the chain's canonical form to look up (a script in hex, an address in lower case). `contract` is
    empty for the chain's own coin. `ordinal` counts the transaction's outputs or logs; it is 0 for a native payment.
    `min_depth` is how deep the payment must be before it can be spent at all. `source` is the address that has sent it,
    where a chain tells that as it tells the payment, else empty.
    """

    txid: str
    ordinal: int
    kind: PaymentKind
    destination: str
    amount: int
    contract: str = ""
    min_depth: int = 0
    source: str = ""

    @property
    def id(self) -> str:
        """The identity on this chain, whatever block the payment is in.

        Of a token's as long as the same log is there: `store.put_payments` tells others at its place apart.
        """
        if self.kind is PaymentKind.OUTPUT:
            return f"{self.txid}:{self.ordinal}"
        if self.kind is PaymentKind.TOKEN:
            return f"{self.txid}:log{self.ordinal}"
        return f"{self.txid}:{self.destination}"


class Spend(msgspec.Struct, frozen=True):
    """An output that a transaction of this block spends."""

    txid: str
    spent_txid: str
    spent_ordinal: int


class Block(msgspec.Struct, frozen=True):
    """One block with everything in it that can matter to anybody."""

    height: int
    hash: str
    parent: str
    time_s: int
    payments: list[Payment]
    spends: list[Spend]


class PoolTransaction(msgspec.Struct, frozen=True):
    """A transaction that waits for a block. `spends` are the payments that it spends, by their ids."""

    txid: str
    payments: list[Payment]
    spends: list[str]


class BlockRef(msgspec.Struct, frozen=True):
    height: int
    hash: str


class Inclusion(msgspec.Struct, frozen=True):
    """Where a transaction of ours is. `block` None: in the node's pool, or unknown to it if not `pooled`."""

    pooled: bool
    block: BlockRef | None = None
    #: It is in a block and did nothing (EVM status 0).
    failed: bool = False
