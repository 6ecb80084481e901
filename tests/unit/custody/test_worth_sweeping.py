"""Dust and gas: what is not worth its fee is listed and stays, and a token gets gas with a margin, once."""

from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pyxiu.custody.sweeps.worth import (
    COST_SHARE_MAX,
    Coin,
    gas_need,
    refusal_of_native,
    refusal_of_token,
    sort_outputs,
    top_up,
)
from tests.support.custody import ETH, USDT

COINS = st.lists(st.integers(min_value=1, max_value=2_000), max_size=12).map(
    lambda amounts: [Coin(f"c{number}", amount) for number, amount in enumerate(amounts)]
)
COSTS = st.integers(min_value=0, max_value=50)


@given(COINS, COSTS, COSTS, st.integers(min_value=0, max_value=3_000))
def test_every_output_is_swept_or_listed_and_a_sweep_never_costs_over_its_share(
    coins: list[Coin], cost_each: int, cost_once: int, min_collection: int
) -> None:
    found = sort_outputs(coins, cost_each=cost_each, cost_once=cost_once, min_collection=min_collection)
    assert sorted(coin.id for coin in (*found.worth, *found.dust)) == sorted(coin.id for coin in coins)
    assert bool(found.dust) == bool(found.reason)
    if found.worth:
        assert found.total >= min_collection
        assert (cost_once + cost_each * len(found.worth)) * COST_SHARE_MAX <= found.total
        assert all(coin.amount >= cost_each * COST_SHARE_MAX for coin in found.worth)


def test_t59_dust_is_left_until_it_adds_up_to_the_least_collection() -> None:
    few = [Coin("a", 400), Coin("b", 400)]
    assert sort_outputs(few, cost_each=1, cost_once=1, min_collection=1_000).worth == ()
    enough = [*few, Coin("c", 400)]
    assert sort_outputs(enough, cost_each=1, cost_once=1, min_collection=1_000).worth == tuple(enough)


def test_t59_an_output_that_costs_more_to_spend_than_a_tenth_of_it_is_not_swept_with_the_others() -> None:
    found = sort_outputs([Coin("big", 10_000), Coin("small", 50)], cost_each=10, cost_once=10, min_collection=0)
    assert [coin.id for coin in found.worth] == ["big"]
    assert [coin.id for coin in found.dust] == ["small"]


def test_t59_a_coin_that_is_not_worth_its_gas_stays_and_says_why() -> None:
    assert refusal_of_native(99, cost=10, min_collection=0) is not None
    assert refusal_of_native(100, cost=10, min_collection=0) is None
    assert refusal_of_native(100, cost=1, min_collection=101) == "less than the least collection, 101"


def test_t59_a_token_is_measured_by_what_its_gas_is_worth() -> None:
    gwei = 10**9
    cost = 50_000 * 20 * gwei  # 0.001 eth, 2.00 at 2,000
    assert refusal_of_token(USDT, ETH, 19_999_999, cost=cost, min_collection=0) is not None
    assert refusal_of_token(USDT, ETH, 20_000_000, cost=cost, min_collection=0) is None
    unpriced = msgspec.structs.replace(USDT, price=Decimal(0))
    assert refusal_of_token(unpriced, ETH, 1, cost=cost, min_collection=0) is None
    assert refusal_of_token(USDT, None, 10**12, cost=cost, min_collection=0) is not None


@given(st.integers(min_value=0, max_value=10**18), st.integers(min_value=1, max_value=10**18))
def test_gas_that_was_topped_up_is_enough_also_when_its_price_rises_by_a_third(have: int, need: int) -> None:
    sent = top_up(have=have, need=need)
    assert sent >= 0
    assert have + sent >= need
    if sent:
        assert (have + sent) * 3 >= need * 4
    else:
        assert have >= need


def test_gas_is_asked_for_every_part_of_a_sweep() -> None:
    assert gas_need(gas_limit=90_000, gas_price=2, transfers=3) == 540_000
