"""No bytes and no field values make the core raise, lose its balance, or leave a command unanswered (T-11, T-21)."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyxiu.core import codec, types
from pyxiu.core import commands as c
from pyxiu.core.interface import Core
from pyxiu.core.money import MAX_AMOUNT, fee_of, pack, unpack
from tests.property import strategies as draw
from tests.support.cores import CORES, NOW_NS, CoreFactory

FACTORIES = pytest.mark.parametrize("factory", CORES.values(), ids=CORES)

integers = st.one_of(
    st.integers(-3, 3), st.integers(-(2**63), 2**64 - 1), st.sampled_from([2**63 - 1, 2**63, 2**62, 10**18])
)
texts = st.one_of(
    st.sampled_from([*draw.MEMBERS, *draw.ASSETS, *draw.MARKETS, "any", "@external", "@revenue", "", "k" * 129]),
    st.text(max_size=5),
)
any_amounts = st.one_of(st.binary(min_size=16, max_size=16), draw.amounts)
flags = st.booleans()
enums = {
    types.Side: st.sampled_from(types.Side),
    types.OrderKind: st.sampled_from(types.OrderKind),
    types.TimeInForce: st.sampled_from(types.TimeInForce),
    types.SelfTradePrevention: st.sampled_from(types.SelfTradePrevention),
    types.MarketState: st.sampled_from(types.MarketState),
}
rules = st.lists(st.builds(c.FeeRule, texts, texts, integers, integers), max_size=3).map(tuple)
lines = st.lists(st.builds(c.Posting, texts, texts, any_amounts), max_size=4).map(tuple)

#: Every command with fields of the right type and any value.
wild_commands: st.SearchStrategy[object] = st.one_of(
    st.builds(c.PutAsset, texts, integers),
    st.builds(c.PutMarket, texts, texts, texts, integers, integers, integers, integers, integers, any_amounts),
    st.builds(c.SetMarketState, texts, enums[types.MarketState]),
    st.builds(c.PutFeeSchedule, rules),
    st.builds(c.PutMember, texts, texts, flags),
    st.builds(c.CreditDeposit, texts, texts, texts, any_amounts),
    st.builds(c.DebitDeposit, texts, texts, texts, any_amounts),
    st.builds(c.PlaceHold, texts, texts, texts, any_amounts),
    st.builds(c.SettleHold, texts, texts, any_amounts, any_amounts),
    st.builds(c.ReleaseHold, texts, texts, any_amounts),
    st.builds(c.Transfer, texts, texts, texts, texts, any_amounts),
    st.builds(c.PostEntry, texts, lines, st.text(max_size=5)),
    st.builds(c.ForgetKeys, integers),
    st.builds(
        c.PlaceOrder, texts, texts, enums[types.Side], enums[types.OrderKind], integers, integers,
        enums[types.TimeInForce], flags, enums[types.SelfTradePrevention], texts, any_amounts, integers,
    ),
    st.builds(c.CancelOrder, texts, integers, texts),
    st.builds(c.CancelOrders, st.none() | texts, st.none() | texts, st.none() | enums[types.Side]),
)  # fmt: skip

plain = st.one_of(st.none(), st.booleans(), integers, st.floats(), st.text(max_size=3), st.binary(max_size=17))
structures = st.recursive(plain, lambda inner: st.lists(inner, max_size=15) | st.dictionaries(plain, inner, max_size=2))


def open_core(factory: CoreFactory) -> Core:
    core = factory()
    core.submit(codec.encode_batch([codec.encode_command(command) for command in draw.openings]), NOW_NS)
    return core


def check_survival(factory: CoreFactory, commands: list[bytes]) -> None:
    core, follower = open_core(factory), open_core(factory)
    submitted = core.submit(codec.encode_batch(commands), NOW_NS)
    outcomes = codec.decode_outcomes(submitted.outcomes)
    assert len(outcomes) == len(commands)
    accepted = [outcome for outcome in outcomes if not outcome.rejection and not outcome.replayed]
    assert len(accepted) == len(codec.decode_records(submitted.records))
    core.check_invariants()
    follower.replay(submitted.records)
    assert follower.state_hash() == core.state_hash()
    follower.restore(core.snapshot())
    assert follower.snapshot() == core.snapshot()


@FACTORIES
@settings(max_examples=300)
@given(commands=st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_are_answered(factory: CoreFactory, commands: list[bytes]) -> None:
    check_survival(factory, commands)


@FACTORIES
@given(commands=st.lists(st.tuples(st.integers(-1, 25), st.lists(structures, max_size=13)), max_size=8))
def test_any_msgpack_is_answered(factory: CoreFactory, commands: list[tuple[int, list[object]]]) -> None:
    check_survival(factory, [msgspec.msgpack.encode([tag, *fields]) for tag, fields in commands])


@FACTORIES
@settings(max_examples=300)
@given(commands=st.lists(wild_commands, max_size=12))
def test_any_field_values_are_answered(factory: CoreFactory, commands: list[object]) -> None:
    check_survival(factory, [msgspec.msgpack.encode(command) for command in commands])


@given(amount=st.integers(-(2**127), 2**127 - 1))
def test_an_amount_survives_its_bytes(amount: int) -> None:
    assert unpack(pack(amount)) == amount
    assert len(pack(amount)) == 16


@given(received=st.integers(0, MAX_AMOUNT), fee_ppm=st.integers(0, types.MAX_FEE_PPM))
def test_a_fee_is_exact_up_to_one_unit_of_dust_and_never_more_than_was_received(received: int, fee_ppm: int) -> None:
    """T-12, I-10: rounded up, so that nobody gains; the part that is rounding is dust."""
    fee, dust = fee_of(received, fee_ppm)
    assert (fee - dust) * types.PPM <= received * fee_ppm <= fee * types.PPM
    assert dust in {0, 1}
    assert (dust == 0) == (fee * types.PPM == received * fee_ppm)
    assert 0 <= fee <= received
