"""A state as canonical bytes and back.

Invariant: equal states give equal bytes, whatever way they were reached, so the hash of the bytes is the state's hash;
`restore(snapshot(state))` behaves in every way like the state. Limit: the whole state is written at once; at a million
orders that takes seconds, which is why a follower makes snapshots and not the live engine.
"""

from hashlib import sha256
from typing import Final

import msgspec

from pyxiu.core.commands import FeeRule
from pyxiu.core.fees import FeeSchedule
from pyxiu.core.keys import MoneyKey, OrderKey
from pyxiu.core.money import pack, unpack
from pyxiu.core.orders import Order
from pyxiu.core.outcomes import OrderState
from pyxiu.core.state import NO_ORDERS, Account, Accounts, Hold, Market, Member, State
from pyxiu.core.types import BUY, MAX_INT64, AssetId, HoldId, MarketId, MarketState, MemberId, OrderId

FORMAT: Final = "pyxiu-state-1"


class _MarketRow(msgspec.Struct, array_like=True, gc=False):
    market: MarketId
    base: AssetId
    quote: AssetId
    price_precision: int
    amount_precision: int
    min_price: int
    max_price: int
    min_quantity: int
    min_notional: bytes
    base_lot: bytes
    quote_lot: bytes
    state: MarketState


class _Snapshot(msgspec.Struct, array_like=True):
    """Orders are in order of arrival, which is their priority; keys in order of their age."""

    format: str
    seq: int
    now_ns: int
    last_order_id: int
    last_trade_id: int
    forgotten_seq: int
    assets: list[tuple[AssetId, int]]
    markets: list[_MarketRow]
    fees: tuple[FeeRule, ...]
    members: list[tuple[MemberId, str, bool]]
    accounts: list[tuple[AssetId, MemberId, bytes, bytes]]
    holds: list[tuple[HoldId, MemberId, AssetId, bytes, bytes, bytes]]
    orders: list[OrderState]
    money_keys: list[tuple[str, bytes, int]]
    order_keys: list[tuple[MemberId, str, bytes, OrderId, int, bytes, int]]
    ended_order_keys: list[tuple[MemberId, str, int]]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Snapshot)


def snapshot(state: State) -> bytes:
    return _encoder.encode(
        _Snapshot(
            FORMAT,
            state.seq,
            state.now_ns,
            state.last_order_id,
            state.last_trade_id,
            state.forgotten_seq,
            sorted(state.assets.items()),
            [_market_row(state.markets[market]) for market in sorted(state.markets)],
            state.fees.rules,
            [(member.id, member.group, member.enabled) for _, member in sorted(state.members.items())],
            [
                (asset, owner, pack(account.available), pack(account.held))
                for asset, accounts in sorted(state.accounts.items())
                for owner, account in sorted(accounts.items(), key=lambda item: item[0])
            ],
            [
                (hold_id, hold.member, hold.asset, pack(hold.created), pack(hold.spent), pack(hold.released))
                for hold_id, hold in sorted(state.holds.items(), key=lambda item: item[0])
            ],
            _order_rows(state),
            [(key, known.content_hash, known.seq) for key, known in state.money_keys.items()],
            [
                (member, key, entry.content_hash, entry.order_id, entry.seq, entry.outcome, entry.ended_ns)
                for (member, key), entry in sorted(state.order_keys.entries.items(), key=lambda item: item[0])
            ],
            list(state.order_keys.ended),
        )
    )


def state_hash(state: State) -> bytes:
    return sha256(snapshot(state)).digest()


def restore(raw: bytes) -> State:
    """Raises ValueError on bytes that are not a snapshot of this format."""
    try:
        rows = _decoder.decode(raw)
    except msgspec.DecodeError as error:
        raise ValueError(f"not a snapshot: {error}") from error
    if rows.format != FORMAT:
        raise ValueError(f"expected a snapshot of format {FORMAT}, found {rows.format!r}")
    state = State()
    state.seq, state.now_ns = rows.seq, rows.now_ns
    state.last_order_id, state.last_trade_id = rows.last_order_id, rows.last_trade_id
    state.forgotten_seq = rows.forgotten_seq
    state.fees = FeeSchedule(rows.fees)
    _restore_accounts(state, rows)
    _restore_markets(state, rows)
    _restore_orders(state, rows)
    _restore_keys(state, rows)
    return state


def _order_rows(state: State) -> list[OrderState]:
    orders = [order for member in state.members.values() for order in member.orders.values()]
    orders.sort(key=lambda order: order.id)
    # An open order's time of change is not part of the state: followers know it from their records.
    return [order.state(order.created_ns) for order in orders]


def _market_row(market: Market) -> _MarketRow:
    return _MarketRow(
        market.id,
        market.base,
        market.quote,
        market.price_precision,
        market.amount_precision,
        market.min_price,
        market.max_price if market.max_price != MAX_INT64 else 0,
        market.min_quantity,
        pack(market.min_notional),
        pack(market.base_lot),
        pack(market.quote_lot),
        market.state,
    )


def _restore_accounts(state: State, rows: _Snapshot) -> None:
    for asset, decimals in rows.assets:
        state.assets[asset] = decimals
        state.accounts[asset] = Accounts()
    for member, group, enabled in rows.members:
        state.members[member] = Member(member, group, enabled=enabled)
    for asset, owner, available, held in rows.accounts:
        # As in `apply`: the accounts of a member share the member's own string.
        name = state.members[owner].id if owner in state.members else owner
        state.accounts[asset][name] = Account(unpack(available), unpack(held))
    for hold_id, member, asset, created, spent, released in rows.holds:
        state.holds[hold_id] = Hold(member, asset, unpack(created), unpack(spent), unpack(released))


def _restore_markets(state: State, rows: _Snapshot) -> None:
    for row in rows.markets:
        market = state.markets[row.market] = Market(row.market, row.base, row.quote)
        market.base_accounts = state.accounts[row.base]
        market.quote_accounts = state.accounts[row.quote]
        market.price_precision = row.price_precision
        market.amount_precision = row.amount_precision
        market.min_price = row.min_price
        market.max_price = row.max_price or MAX_INT64
        market.min_quantity = row.min_quantity
        market.min_notional = unpack(row.min_notional)
        market.base_lot = unpack(row.base_lot)
        market.quote_lot = unpack(row.quote_lot)
        market.state = row.state


def _restore_orders(state: State, rows: _Snapshot) -> None:
    for row in rows.orders:
        member, market = state.members[row.member], state.markets[row.market]
        order = Order(
            row.order_id,
            member,
            market,
            (market.quote_accounts if row.side is BUY else market.base_accounts)[member.id],
            row.side,
            row.kind,
            row.price,
            row.quantity,
            row.remaining,
            row.time_in_force,
            row.post_only,
            row.stp,
            row.maker_ppm,
            row.taker_ppm,
            row.key,
            row.created_ns,
            row.filled,
            unpack(row.filled_quote),
            row.trades_count,
        )
        if member.orders is NO_ORDERS:
            member.orders = {}
        member.orders[order.id] = order
        market.book.side(order.side).add(order)


def _restore_keys(state: State, rows: _Snapshot) -> None:
    for key, content_hash, seq in rows.money_keys:
        state.money_keys[key] = MoneyKey(content_hash, seq)
    for member, key, content_hash, order_id, seq, outcome, ended_ns in rows.order_keys:
        entry = OrderKey(content_hash, order_id)
        entry.seq, entry.outcome, entry.ended_ns = seq, outcome, ended_ns
        state.order_keys.remember(member, key, entry)
    state.order_keys.ended.extend(rows.ended_order_keys)
