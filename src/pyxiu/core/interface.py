"""The core as everyone else sees it: bytes in, bytes out, and read views.

Invariant: two implementations fed the same bytes and times return the same bytes. The contract suite in
`tests/contract` holds every implementation to this page. Limit: not thread-safe; one caller at a time.
"""

from typing import NamedTuple, Protocol

from pyxiu.core.outcomes import OrderState
from pyxiu.core.types import AssetId, HoldId, MarketId, MarketState, MemberId


class Submitted(NamedTuple):
    """`records`: msgpack array of Record, accepted commands only.

    `outcomes`: array of Outcome, one per command, in order.
    """

    records: bytes
    outcomes: bytes
    seq_first: int
    seq_last: int


class AccountView(NamedTuple):
    owner: MemberId
    asset: AssetId
    available: int
    held: int


class HoldView(NamedTuple):
    """created == spent + released + remaining."""

    hold_id: HoldId
    member: MemberId
    asset: AssetId
    created: int
    spent: int
    released: int
    remaining: int


class MarketView(NamedTuple):
    market: MarketId
    base: AssetId
    quote: AssetId
    price_precision: int
    amount_precision: int
    min_price: int
    max_price: int
    min_quantity: int
    min_notional: int
    base_lot: int
    quote_lot: int
    state: MarketState


class Depth(NamedTuple):
    """Price levels best first: (price in ticks, quantity in lots)."""

    bids: list[tuple[int, int]]
    asks: list[tuple[int, int]]


class Core(Protocol):
    """One exchange's funds, orders and rules."""

    @property
    def seq(self) -> int:
        """The number of the last accepted command; 0 when empty."""

    @property
    def forgotten_seq(self) -> int:
        """Money keys of records up to here are no longer remembered; look them up elsewhere before submitting."""

    @property
    def money_keys(self) -> int:
        """How many keys of money moves are in memory."""

    def submit(self, commands: bytes, now_ns: int) -> Submitted:
        """Decide and apply a batch (`codec.encode_batch`). Never raises on bad commands: each gets its own outcome."""

    def replay(self, records: bytes) -> int:
        """Apply committed records (msgpack array of Record) that follow `seq` without deciding; returns the new seq.

        Raises ValueError when a record does not follow.
        """

    def snapshot(self) -> bytes:
        """The whole state in a canonical form: equal states give equal bytes."""

    def restore(self, snapshot: bytes) -> None:
        """Replace the state by a snapshot's. Raises ValueError on one that is not ours."""

    def state_hash(self) -> bytes:
        """32 bytes over the canonical form; equal iff the states are equal."""

    def check_invariants(self) -> None:
        """Assert every invariant over the whole state; raises AssertionError naming what broke."""

    # Views are sorted: by asset and owner, by id, by arrival; equal states give equal views.

    def accounts(self, owner: MemberId | None = None) -> list[AccountView]: ...

    def holds(self, member: MemberId | None = None) -> list[HoldView]: ...

    def open_orders(self, member: MemberId | None = None, market: MarketId | None = None) -> list[OrderState]: ...

    def depth(self, market: MarketId, limit: int = 300) -> Depth: ...

    def markets(self) -> list[MarketView]: ...

    def assets(self) -> dict[AssetId, int]: ...
