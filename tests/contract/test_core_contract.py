"""The page `core/interface.py`, line by line: bytes in and out, one record per accepted command, views that agree."""

import msgspec
import pytest

from pyxiu.core import codec
from pyxiu.core.commands import (
    CancelOrder,
    CancelOrders,
    Command,
    CreditDeposit,
    ForgetKeys,
    PlaceHold,
    PutAsset,
    PutMember,
    SettleHold,
)
from pyxiu.core.interface import Core
from pyxiu.core.money import pack
from pyxiu.core.outcomes import OrderState
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import (
    HoldId,
    MarketId,
    MarketState,
    MemberId,
    OrderId,
    OrderKind,
    OrderStatus,
    SelfTradePrevention,
    TimeInForce,
)
from tests.support.commands import CommandStream, opening
from tests.support.cores import (
    ALICE,
    BOB,
    BTC,
    BTC_LOT,
    BTCUSDT,
    BTCUSDT_UNIT,
    BUY,
    CAROL,
    ETHUSDT,
    NOW_NS,
    SELL,
    USDT,
    CoreFactory,
    accept,
    ask,
    at_market,
    exchange,
    limit,
    submit,
    submit_raw,
)
from tests.support.oracle import Oracle


def some_commands(count: int = 400, seed: int = 5) -> list[bytes]:
    """A short stream with trades, rejections, retries and holds, and the opening before it."""
    oracle = Oracle()
    stream = CommandStream(seed, oracle)
    commands: list[Command] = opening()
    for command in commands:
        oracle.submit(command, NOW_NS)
    for _ in range(count):
        commands.append(stream.next())
        oracle.submit(commands[-1], NOW_NS)
    return [codec.encode_command(command) for command in commands]


def test_an_empty_core_has_no_history(empty: Core) -> None:
    assert (empty.seq, empty.forgotten_seq, empty.money_keys) == (0, 0, 0)
    assert not any((empty.accounts(), empty.holds(), empty.open_orders(), empty.markets()))
    assert empty.assets() == {}
    empty.check_invariants()


def test_an_empty_batch_gives_no_records_and_no_outcomes(core: Core) -> None:
    seq = core.seq
    submitted = core.submit(codec.encode_batch([]), NOW_NS)
    assert codec.decode_outcomes(submitted.outcomes) == []
    assert codec.decode_records(submitted.records) == []
    assert (submitted.seq_first, submitted.seq_last) == (seq + 1, seq)


def test_each_command_has_an_outcome_and_each_accepted_one_a_record(core: Core) -> None:
    first = core.seq + 1
    batch = [
        codec.encode_command(limit(ALICE, SELL, 100, 5)),
        b"garbage",
        codec.encode_command(limit(MemberId("nobody"), SELL, 100, 5)),
        codec.encode_command(limit(BOB, BUY, 100, 2)),
    ]
    submitted = core.submit(codec.encode_batch(batch), NOW_NS)
    outcomes, records = codec.decode_outcomes(submitted.outcomes), codec.decode_records(submitted.records)
    assert [o.rejection for o in outcomes] == [
        Rejection.NONE, Rejection.MALFORMED, Rejection.MEMBER_UNKNOWN, Rejection.NONE
    ]  # fmt: skip
    assert [o.seq for o in outcomes] == [first, 0, 0, first + 1]
    assert [r.seq for r in records] == [first, first + 1]
    assert [r.command for r in records] == [batch[0], batch[3]]
    assert (submitted.seq_first, submitted.seq_last, core.seq) == (first, first + 1, first + 1)


def test_a_broken_frame_is_the_callers_fault_and_changes_nothing(core: Core) -> None:
    before = core.snapshot()
    for frame in (b"", b"\xc1", b"\x93\xc4\x01a", codec.encode_command(limit(ALICE, SELL, 100, 5))):
        with pytest.raises(codec.DecodeError):
            core.submit(frame, NOW_NS)
    assert core.snapshot() == before


def test_malformed_commands_are_rejected_one_by_one(core: Core) -> None:
    """T-21: truncated at every byte, of unknown kind, of wrong types, or plain noise."""
    good = codec.encode_command(limit(ALICE, SELL, 100, 5))
    encode = msgspec.msgpack.encode
    poison = [
        *(good[:end] for end in range(len(good))),
        good + b"\x00",
        encode([255, "x"]),
        encode([-1]),
        encode([20]),
        encode([20, "alice"]),
        encode([20, "alice", "btcusdt", 3]),
        encode([20, "alice", "btcusdt", 1, 1, 1.5, 1]),
        encode([20, "alice", "btcusdt", 1, 1, "1", 1]),
        encode([20, "alice", "btcusdt", 1, 1, 2**64 - 1, None]),
        encode([20, 7, "btcusdt", 1]),
        encode({"type": 20}),
        encode([10, "k", "alice", "btc", b"short"]),
        encode([10, "k", "alice", "btc", bytes(17)]),
        encode([10, "k", "alice", "btc", 5]),
        encode(None),
        encode([]),
        b"\x94\x0a\xa1\xff\xa1a\xa1b",
        b"\x91" * 5_000,
        b"\xc1",
        b"\x00" * 100,
    ]
    before, seq = core.state_hash(), core.seq
    outcomes, records = submit_raw(core, [*poison, good])
    assert {o.rejection for o in outcomes[:-1]} == {Rejection.MALFORMED}
    assert all(o.seq == 0 for o in outcomes[:-1])
    assert outcomes[-1].rejection is Rejection.NONE
    assert [r.seq for r in records] == [seq + 1]
    assert core.state_hash() != before
    core.check_invariants()


def test_rejected_commands_leave_no_trace(core: Core) -> None:
    accept(core, limit(ALICE, SELL, 100, 5))
    before = core.snapshot()
    commands = (
        limit(ALICE, SELL, 0, 5),
        limit(BOB, BUY, 10**9, 10**18),
        at_market(BOB, BUY, 50),
        CancelOrder(BOB, OrderId(1)),
        CreditDeposit("", ALICE, BTC, pack(1)),
        SettleHold("k", HoldId("none"), pack(1)),
    )
    outcomes, records = submit(core, *commands, now_ns=NOW_NS + 10**15)
    assert all(o.rejection and o.seq == 0 and o.order is None and not o.orders for o in outcomes)
    assert records == []
    assert core.snapshot() == before


def test_the_same_commands_give_the_same_records_in_batches_of_any_size(factory: CoreFactory) -> None:
    commands = some_commands()
    expected: tuple[list[object], list[object], bytes] | None = None
    for size in (len(commands), 1, 7, 64):
        core = factory()
        outcomes: list[object] = []
        records: list[object] = []
        for first in range(0, len(commands), size):
            answered, recorded = submit_raw(core, commands[first : first + size])
            outcomes += answered
            records += recorded
        found = (outcomes, records, core.snapshot())
        assert expected is None or found == expected, f"batches of {size} differ"
        expected = found


def test_two_cores_give_the_same_bytes(factory: CoreFactory) -> None:
    """E-2, E-9: nothing of one process or one object shows in the answers."""
    batch = codec.encode_batch(some_commands())
    one, two = factory(), factory()
    assert one.submit(batch, NOW_NS) == two.submit(batch, NOW_NS)
    assert one.snapshot() == two.snapshot()
    assert one.state_hash() == two.state_hash()


def test_replay_gives_the_same_state_and_the_same_future(factory: CoreFactory) -> None:
    commands = some_commands()
    live, follower = factory(), factory()
    submitted = live.submit(codec.encode_batch(commands[:300]), NOW_NS)
    assert follower.replay(submitted.records) == live.seq == follower.seq
    assert follower.state_hash() == live.state_hash()
    rest = codec.encode_batch(commands[300:])
    assert follower.submit(rest, NOW_NS + 5) == live.submit(rest, NOW_NS + 5)
    assert follower.snapshot() == live.snapshot()


def test_replay_refuses_records_that_do_not_follow(factory: CoreFactory) -> None:
    live, follower = factory(), factory()
    first = live.submit(codec.encode_batch([codec.encode_command(PutAsset(BTC, 8))]), NOW_NS)
    second = live.submit(codec.encode_batch([codec.encode_command(PutAsset(USDT, 6))]), NOW_NS)
    with pytest.raises(ValueError, match="2"):
        follower.replay(second.records)
    assert follower.seq == 0
    follower.replay(first.records)
    with pytest.raises(ValueError, match="1"):
        follower.replay(first.records)
    assert follower.replay(second.records) == 2


def test_a_restored_core_is_the_same_in_every_way(factory: CoreFactory) -> None:
    commands = some_commands()
    live = factory()
    live.submit(codec.encode_batch(commands[:350]), NOW_NS)
    snapshot = live.snapshot()
    restored = exchange(factory())
    restored.restore(snapshot)
    assert restored.snapshot() == snapshot
    assert (restored.seq, restored.money_keys, restored.forgotten_seq) == (
        live.seq, live.money_keys, live.forgotten_seq
    )  # fmt: skip
    for view in ("accounts", "holds", "open_orders", "markets", "assets"):
        assert repr(getattr(restored, view)()) == repr(getattr(live, view)()), f"{view}: content or order differs"
    restored.check_invariants()
    rest = codec.encode_batch(commands[350:])
    assert restored.submit(rest, NOW_NS + 5) == live.submit(rest, NOW_NS + 5)
    assert restored.snapshot() == live.snapshot()


@pytest.mark.parametrize("damage", [b"", b"\x90", b"garbage", b"\xc1", None])
def test_what_is_not_a_snapshot_is_refused_and_the_state_kept(core: Core, damage: bytes | None) -> None:
    before = core.snapshot()
    with pytest.raises(ValueError, match="snapshot"):
        core.restore(before[:-3] if damage is None else damage)
    assert core.snapshot() == before


def test_the_state_hash_tells_states_apart(core: Core) -> None:
    seen = {core.state_hash()}
    for command in (
        limit(ALICE, SELL, 100, 5),
        CreditDeposit("k", ALICE, BTC, pack(1)),
        PlaceHold(HoldId("h"), ALICE, BTC, pack(1)),
        PutMember(ALICE, "vip-1"),
        CancelOrder(ALICE, OrderId(1)),
    ):
        accept(core, command)
        seen.add(core.state_hash())
    assert len(seen) == 6
    assert all(len(digest) == 32 for digest in seen)


def test_time_never_runs_backwards(core: Core) -> None:
    """T-79: a clock that jumps back gives records of the last time seen, one that jumps ahead is believed."""
    _, records = submit(core, limit(ALICE, SELL, 100, 5), now_ns=NOW_NS + 10)
    _, more = submit(core, limit(ALICE, SELL, 101, 5), now_ns=NOW_NS - 10**15)
    _, last = submit(core, limit(ALICE, SELL, 102, 5), now_ns=NOW_NS + 11)
    assert [r.at_ns for r in (*records, *more, *last)] == [NOW_NS + 10, NOW_NS + 10, NOW_NS + 11]


def test_what_is_already_so_is_answered_without_a_record(core: Core) -> None:
    seq = core.seq
    outcomes, records = submit(core, PutAsset(BTC, 8), PutMember(ALICE), CancelOrders(ALICE), ForgetKeys(0))
    assert records == []
    assert all(o.replayed and o.seq == seq and not o.rejection for o in outcomes)


def test_views_show_accounts_orders_depth_and_markets(core: Core) -> None:
    accept(core, limit(ALICE, SELL, 102, 5), limit(BOB, SELL, 102, 1), limit(CAROL, SELL, 101, 2, market=ETHUSDT))
    accept(core, limit(BOB, BUY, 99, 4), limit(BOB, BUY, 98, 3), PlaceHold(HoldId("h-1"), CAROL, BTC, pack(77)))
    depth = core.depth(BTCUSDT)
    assert (depth.bids, depth.asks) == ([(99, 4), (98, 3)], [(102, 6)])
    assert core.depth(BTCUSDT, 1).bids == [(99, 4)]
    account = {view.asset: view for view in core.accounts(BOB)}
    assert account[USDT].held == (99 * 4 + 98 * 3) * BTCUSDT_UNIT
    assert account[BTC].held == BTC_LOT
    assert account[BTC].available == 10**24 - BTC_LOT
    assert [order.order_id for order in core.open_orders(BOB)] == [2, 4, 5]
    assert [order.order_id for order in core.open_orders(CAROL, BTCUSDT)] == []
    assert sorted(order.order_id for order in core.open_orders(market=BTCUSDT)) == [1, 2, 4, 5]
    (hold,) = core.holds(CAROL)
    assert (hold.created, hold.remaining, hold.spent, hold.released) == (77, 77, 0, 0)
    assert core.holds(BOB) == []
    assert {view.market: view.state for view in core.markets()} == {
        BTCUSDT: MarketState.ENABLED, ETHUSDT: MarketState.ENABLED
    }  # fmt: skip
    assert core.assets() == {"btc": 8, "eth": 18, "usdt": 6}


def test_an_order_is_told_as_it_stands(core: Core) -> None:
    accept(core, limit(ALICE, SELL, 100, 5, key="ask"))
    order = ask(core, limit(BOB, BUY, 101, 8, key="bid"), NOW_NS + 1).order
    assert order == OrderState(
        OrderId(2), BOB, BTCUSDT, BUY, OrderKind.LIMIT, OrderStatus.OPEN, 101, 8, 3, 5, pack(500 * BTCUSDT_UNIT),
        1, 0, 0, TimeInForce.GTC, False, SelfTradePrevention.CANCEL_NEWEST, "bid", NOW_NS + 1, NOW_NS + 1,
    )  # fmt: skip


def test_unknown_names_in_views_are_empty(core: Core) -> None:
    assert core.accounts(MemberId("nobody")) == []
    assert core.holds(MemberId("nobody")) == []
    assert core.open_orders(MemberId("nobody")) == core.open_orders(market=MarketId("nowhere")) == []
