"""Keys make retries harmless: once per key, for ever for money, 26 hours past an order's end (T-05, T-06, T-07)."""

import pytest

from pyxiu.core.commands import (
    CancelOrder,
    Command,
    CreditDeposit,
    DebitDeposit,
    ForgetKeys,
    PlaceHold,
    PostEntry,
    Posting,
    PutMember,
    ReleaseHold,
    SettleHold,
    Transfer,
)
from pyxiu.core.interface import Core
from pyxiu.core.money import pack
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import MAX_KEYS_FORGOTTEN_PER_COMMAND, ORDER_KEY_RETENTION_NS, HoldId, OrderId, OrderStatus
from tests.support.cores import (
    ALICE,
    BOB,
    BTC,
    BUY,
    NOW_NS,
    SELL,
    CoreFactory,
    accept,
    ask,
    at_market,
    exchange,
    limit,
    refusal,
    submit,
)

DAY_NS = 24 * 3600 * 10**9
MONEY: list[Command] = [
    CreditDeposit("key", ALICE, BTC, pack(5)),
    DebitDeposit("key", ALICE, BTC, pack(5)),
    Transfer("key", ALICE, BOB, BTC, pack(5)),
    PlaceHold(HoldId("key"), ALICE, BTC, pack(5)),
    SettleHold("key", HoldId("hold"), pack(5)),
    ReleaseHold("key", HoldId("hold"), pack(5)),
    PostEntry("key", (Posting(ALICE, BTC, pack(-5)), Posting(BOB, BTC, pack(5)))),
]
NAMES = [type(command).__name__ for command in MONEY]


@pytest.fixture
def held(core: Core) -> Core:
    accept(core, PlaceHold(HoldId("hold"), ALICE, BTC, pack(100)))
    return core


@pytest.mark.parametrize("command", MONEY, ids=NAMES)
def test_a_money_move_sent_again_has_one_effect_for_ever(held: Core, command: Command) -> None:
    """T-05, T-07: at once, in the same batch, and after 400 days."""
    outcomes, records = submit(held, command, command, command)
    assert len(records) == 1
    assert [(o.seq, o.replayed, o.rejection) for o in outcomes] == [
        (held.seq, False, Rejection.NONE), (held.seq, True, Rejection.NONE), (held.seq, True, Rejection.NONE)
    ]  # fmt: skip
    before, seq = held.snapshot(), held.seq
    late = ask(held, command, NOW_NS + 400 * DAY_NS)
    assert (late.seq, late.replayed, late.rejection) == (seq, True, Rejection.NONE)
    assert held.snapshot() == before


@pytest.mark.parametrize("second", MONEY, ids=NAMES)
@pytest.mark.parametrize("first", MONEY, ids=NAMES)
def test_money_keys_share_one_space(held: Core, first: Command, second: Command) -> None:
    """T-06, I-6: another command with the same key, or the same kind with other content, is refused."""
    accept(held, first)
    before = held.snapshot()
    outcome = ask(held, second)
    assert outcome.rejection is (Rejection.NONE if first == second else Rejection.KEY_REUSED)
    assert held.snapshot() == before


def test_a_rejected_command_does_not_use_up_its_key(core: Core) -> None:
    assert refusal(core, Transfer("key", ALICE, BOB, BTC, pack(10**30))) is Rejection.INSUFFICIENT_BALANCE
    accept(core, CreditDeposit("key", ALICE, BTC, pack(5)))
    assert refusal(core, limit(ALICE, SELL, 0, 5, key="order")) is Rejection.PRICE_INVALID
    accept(core, limit(ALICE, SELL, 100, 5, key="order"))


def test_order_keys_and_money_keys_are_apart_and_order_keys_belong_to_a_member(core: Core) -> None:
    accept(core, CreditDeposit("key", ALICE, BTC, pack(5)), limit(ALICE, SELL, 100, 5, key="key"))
    outcome = ask(core, limit(BOB, SELL, 101, 5, key="key"))
    assert (outcome.rejection, outcome.replayed) == (Rejection.NONE, False)


def test_an_order_sent_again_is_answered_as_the_first_time(core: Core) -> None:
    """T-05: with the order as it stood right after acceptance, whatever has become of it since."""
    accept(core, limit(ALICE, SELL, 100, 2))
    first = ask(core, limit(BOB, BUY, 100, 5, key="mine"))
    assert first.order is not None
    accept(core, limit(ALICE, SELL, 100, 1), CancelOrder(BOB, first.order.order_id))
    before = core.snapshot()
    again = ask(core, limit(BOB, BUY, 100, 5, key="mine"), NOW_NS + 1)
    assert (again.order, again.seq, again.replayed) == (first.order, first.seq, True)
    assert again.order is not None
    assert (again.order.status, again.order.filled) == (OrderStatus.OPEN, 2)
    assert core.snapshot() == before


def test_a_market_order_sent_again_does_not_trade_again(core: Core) -> None:
    accept(core, limit(ALICE, SELL, 100, 10))
    outcomes, records = submit(core, *(at_market(BOB, BUY, 3, key="mine"),) * 5)
    assert len(records) == 1
    assert {(o.seq, o.order) for o in outcomes} == {(core.seq, outcomes[0].order)}


def test_an_order_key_with_other_content_is_refused(core: Core) -> None:
    accept(core, limit(BOB, BUY, 100, 5, key="mine"))
    for other in (limit(BOB, BUY, 100, 6, key="mine"), at_market(BOB, SELL, 1, key="mine")):
        assert refusal(core, other) is Rejection.KEY_REUSED


def test_a_known_order_key_is_answered_even_when_the_member_may_no_longer_trade(core: Core) -> None:
    order = limit(BOB, BUY, 100, 5, key="mine")
    accept(core, order, PutMember(BOB, enabled=False))
    assert ask(core, order).replayed


def test_an_order_key_lives_with_its_order_and_26_hours_past_its_end(core: Core) -> None:
    order = limit(BOB, BUY, 100, 5, key="mine")
    accept(core, order)
    much_later = NOW_NS + 400 * DAY_NS
    assert ask(core, order, much_later).replayed, "it is still open"
    accept(core, CancelOrder(BOB, OrderId(0), "mine"), now_ns=much_later)
    accept(core, limit(ALICE, SELL, 900, 1), now_ns=much_later + ORDER_KEY_RETENTION_NS)
    assert ask(core, order, much_later + ORDER_KEY_RETENTION_NS).replayed
    fresh = ask(core, order, much_later + ORDER_KEY_RETENTION_NS + 1)
    assert (fresh.replayed, fresh.rejection) == (False, Rejection.NONE)
    assert fresh.order is not None
    assert fresh.order.order_id == 3
    assert ask(core, order, much_later + ORDER_KEY_RETENTION_NS + 2).order == fresh.order


def test_a_key_that_was_taken_again_is_not_forgotten_with_its_first_order(core: Core) -> None:
    order = limit(BOB, BUY, 100, 5, key="mine")
    accept(core, order, CancelOrder(BOB, OrderId(0), "mine"))
    later = NOW_NS + ORDER_KEY_RETENTION_NS + 1
    accept(core, order, now_ns=later)
    accept(core, *(limit(ALICE, SELL, 900, 1) for _ in range(3)), now_ns=later)
    assert ask(core, order, later).replayed


def test_memory_of_ended_order_keys_is_bounded(core: Core) -> None:
    """Keys whose time is over are dropped while new ones come: the state does not grow with the days."""
    sizes = []
    for day in range(6):
        now_ns = NOW_NS + 2 * day * DAY_NS
        for number in range(100):
            accept(core, limit(BOB, BUY, 100, 1, key=f"{day}-{number}"), now_ns=now_ns)
            accept(core, CancelOrder(BOB, OrderId(0), f"{day}-{number}"), now_ns=now_ns)
        sizes.append(len(core.snapshot()))
    # Numbers grow a few bytes longer; a hundred remembered keys would be thousands.
    assert max(sizes) < sizes[0] + 1_000, sizes


def test_money_keys_are_dropped_only_when_asked_and_in_bounded_steps(core: Core) -> None:
    """T-07 for memory: the engine has the dropped keys in its tables before it asks."""
    first = core.seq
    count = MAX_KEYS_FORGOTTEN_PER_COMMAND + 50
    accept(core, *(CreditDeposit(f"d-{number}", ALICE, BTC, pack(1)) for number in range(count)))
    kept = core.money_keys
    middle = first + 10
    accept(core, ForgetKeys(middle))
    assert (core.forgotten_seq, core.money_keys) == (middle, count - 10)
    assert kept - core.money_keys >= 10
    assert ask(core, CreditDeposit("d-10", ALICE, BTC, pack(1))).replayed, "kept"
    accept(core, ForgetKeys(core.seq))
    assert core.money_keys == count - 10 - MAX_KEYS_FORGOTTEN_PER_COMMAND
    accept(core, ForgetKeys(core.seq))
    assert core.money_keys == 0
    before = core.snapshot()
    assert ask(core, ForgetKeys(core.seq)).replayed
    assert core.snapshot() == before


def test_a_forgotten_money_key_is_fresh_and_can_be_forgotten_again(core: Core) -> None:
    command = CreditDeposit("key", ALICE, BTC, pack(1))
    accept(core, command)
    accept(core, ForgetKeys(core.seq))
    assert not ask(core, command).replayed
    assert ask(core, command).replayed


def test_keys_survive_snapshot_and_replay(factory: CoreFactory) -> None:
    core = exchange(factory())
    order, deposit = limit(BOB, BUY, 100, 5, key="mine"), CreditDeposit("key", ALICE, BTC, pack(5))
    first, _ = accept(core, order, deposit)
    accept(core, ForgetKeys(core.seq - 2))
    restored = factory()
    restored.restore(core.snapshot())
    assert (restored.money_keys, restored.forgotten_seq) == (core.money_keys, core.forgotten_seq) == (1, core.seq - 3)
    assert ask(restored, order).order == first.order
    assert ask(restored, deposit).replayed
    assert restored.snapshot() == core.snapshot()
