"""The core in plain Python: the executable specification of `interface.Core`.

Invariant: a command either is rejected and leaves no trace, or becomes exactly one record whose events have been
applied in order; `replay` of those records gives the same state. Limit: one thread; a batch is as long as its caller
makes it.
"""

from collections.abc import Callable
from itertools import islice
from typing import Any, Final

import msgspec

from pyxiu.core import codec, decide_cancels, decide_catalog, decide_funds, decide_orders, invariants
from pyxiu.core import snapshot as snapshots
from pyxiu.core.apply import APPLY, finish_record
from pyxiu.core.commands import (
    CancelOrder,
    CancelOrders,
    Command,
    CreditDeposit,
    DebitDeposit,
    ForgetKeys,
    PlaceHold,
    PlaceOrder,
    PostEntry,
    PutAsset,
    PutFeeSchedule,
    PutMarket,
    PutMember,
    ReleaseHold,
    SetMarketState,
    SettleHold,
    Transfer,
)
from pyxiu.core.decision import Decision, rejected
from pyxiu.core.interface import AccountView, Depth, HoldView, MarketView, Submitted
from pyxiu.core.outcomes import OrderState, Outcome, Record
from pyxiu.core.rejections import Rejection
from pyxiu.core.state import Market, State
from pyxiu.core.types import MAX_INT64, AssetId, MarketId, MemberId

_DECIDE: Final[dict[type[Command], Callable[[Decision, Any], Outcome]]] = {
    PutAsset: decide_catalog.put_asset,
    PutMarket: decide_catalog.put_market,
    SetMarketState: decide_catalog.set_market_state,
    PutFeeSchedule: decide_catalog.put_fee_schedule,
    PutMember: decide_catalog.put_member,
    CreditDeposit: decide_funds.credit_deposit,
    DebitDeposit: decide_funds.debit_deposit,
    PlaceHold: decide_funds.place_hold,
    SettleHold: decide_funds.settle_hold,
    ReleaseHold: decide_funds.release_hold,
    Transfer: decide_funds.transfer,
    PostEntry: decide_funds.post_entry,
    ForgetKeys: decide_funds.forget_keys,
    PlaceOrder: decide_orders.place_order,
    CancelOrder: decide_cancels.cancel_order,
    CancelOrders: decide_cancels.cancel_orders,
}
_MALFORMED: Final = rejected(Rejection.MALFORMED)
#: What msgspec raises on bytes that are not a command; a deeply nested one ends in RecursionError.
_UNDECODABLE: Final = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


class PythonCore:
    """See `interface.Core` for what each method promises."""

    def __init__(self) -> None:
        self._state = State()

    @property
    def seq(self) -> int:
        return self._state.seq

    @property
    def forgotten_seq(self) -> int:
        return self._state.forgotten_seq

    @property
    def money_keys(self) -> int:
        return len(self._state.money_keys)

    def submit(self, commands: bytes, now_ns: int) -> Submitted:
        state = self._state
        state.clock_ns = at_ns = max(now_ns, state.now_ns)
        seq_first = state.seq + 1
        records: list[Record] = []
        outcomes: list[Outcome] = []
        decision = Decision(state, at_ns)
        decode, decide = codec.decode_command, _DECIDE  # looked up once for the whole batch
        for raw in codec.decode_batch(commands):
            try:
                command = decode(raw)
            except _UNDECODABLE:
                outcomes.append(_MALFORMED)
                continue
            outcomes.append(decide[type(command)](decision, command))
            events = decision.events
            if events:
                decision.events = []
                seq = state.seq + 1
                records.append(Record(seq, at_ns, raw, events))
                finish_record(state, seq, at_ns)
        return Submitted(codec.encode_records(records), codec.encode_outcomes(outcomes), seq_first, state.seq)

    def replay(self, records: bytes) -> int:
        state = self._state
        for record in codec.decode_records(records):
            if record.seq != state.seq + 1:
                raise ValueError(f"expected record {state.seq + 1}, found {record.seq}")
            if record.at_ns < state.now_ns:
                raise ValueError(f"record {record.seq} is older than the one before it")
            state.clock_ns = record.at_ns
            for event in record.events:
                APPLY[type(event)](state, event)
            finish_record(state, record.seq, record.at_ns)
        return state.seq

    def snapshot(self) -> bytes:
        return snapshots.snapshot(self._state)

    def restore(self, snapshot: bytes) -> None:
        self._state = snapshots.restore(snapshot)

    def state_hash(self) -> bytes:
        return snapshots.state_hash(self._state)

    def check_invariants(self) -> None:
        invariants.check(self._state)

    def accounts(self, owner: MemberId | None = None) -> list[AccountView]:
        if owner is not None:
            found = ((asset, accounts.get(owner)) for asset, accounts in sorted(self._state.accounts.items()))
            return [AccountView(owner, asset, a.available, a.held) for asset, a in found if a is not None]
        return [
            AccountView(name, asset, accounts[name].available, accounts[name].held)
            for asset, accounts in sorted(self._state.accounts.items())
            for name in sorted(accounts)
        ]

    def holds(self, member: MemberId | None = None) -> list[HoldView]:
        return [
            HoldView(hold_id, hold.member, hold.asset, hold.created, hold.spent, hold.released, hold.remaining)
            for hold_id, hold in sorted(self._state.holds.items(), key=lambda item: item[0])
            if member is None or hold.member == member
        ]

    def open_orders(self, member: MemberId | None = None, market: MarketId | None = None) -> list[OrderState]:
        members = self._state.members
        chosen = list(members.values()) if member is None else [members[member]] if member in members else []
        orders = [order for owner in chosen for order in owner.orders.values()]
        orders.sort(key=lambda order: order.id)
        return [order.state(order.created_ns) for order in orders if market is None or order.market.id == market]

    def depth(self, market: MarketId, limit: int = 300) -> Depth:
        book = self._state.markets[market].book
        bids = [(level.price, level.quantity) for level in islice(book.bids, limit)]
        asks = [(level.price, level.quantity) for level in islice(book.asks, limit)]
        return Depth(bids, asks)

    def markets(self) -> list[MarketView]:
        return [_market_view(market) for _, market in sorted(self._state.markets.items())]

    def assets(self) -> dict[AssetId, int]:
        return dict(sorted(self._state.assets.items()))


def _market_view(market: Market) -> MarketView:
    return MarketView(
        market.id,
        market.base,
        market.quote,
        market.price_precision,
        market.amount_precision,
        market.min_price,
        market.max_price if market.max_price != MAX_INT64 else 0,
        market.min_quantity,
        market.min_notional,
        market.base_lot,
        market.quote_lot,
        market.state,
    )
