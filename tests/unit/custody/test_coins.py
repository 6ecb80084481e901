"""Choosing coins: what goes in comes out, the fee is never below the rate, and who has enough can pay."""

from hypothesis import given
from hypothesis import strategies as st

from pyxiu.custody.payouts.coins import (
    COINS_MAX,
    Chosen,
    FeeOf,
    bumped,
    choose_coins,
    fee_for,
    replacement_fee,
    spend_whole,
)
from pyxiu.custody.payouts.ports import Coin, Key

DUST = 294
OVERHEAD, INPUT, OUTPUT = 12, 68, 31
KEY = Key("hot", 0, 0)

amounts = st.lists(st.integers(1, 10**9), min_size=0, max_size=40)
rates = st.integers(1_000, 500_000)


def coins_of(values: list[int]) -> list[Coin]:
    return [Coin(f"{number:064x}:0", value, "0014" + "00" * 20, KEY) for number, value in enumerate(values)]


def fee_at(rate: int) -> FeeOf:
    return lambda coins, change: fee_for(OVERHEAD + INPUT * len(coins) + OUTPUT * (1 + change), rate)


@given(amounts, st.integers(DUST, 10**9), rates)
def test_what_goes_in_comes_out_and_the_fee_is_enough(values: list[int], target: int, rate: int) -> None:
    chosen = choose_coins(coins_of(values), target, fee_at(rate), dust=DUST)
    if chosen is None:
        # Not even all of it together pays the target and its own fee.
        coins = sorted(coins_of(values), key=lambda coin: -coin.amount)[:COINS_MAX]
        for count in range(1, len(coins) + 1):
            assert sum(coin.amount for coin in coins[:count]) < target + fee_at(rate)(coins[:count], 0)
        return
    balanced(chosen, target)
    assert chosen.fee >= fee_at(rate)(chosen.coins, 1 if chosen.change else 0)


def balanced(chosen: Chosen, target: int) -> None:
    assert sum(coin.amount for coin in chosen.coins) == target + chosen.fee + chosen.change
    assert chosen.change == 0 or chosen.change >= DUST
    assert len({coin.id for coin in chosen.coins}) == len(chosen.coins)


@given(amounts, st.integers(DUST, 10**9), rates)
def test_a_payout_that_bears_its_fee_takes_no_more_than_its_coins(values: list[int], target: int, rate: int) -> None:
    coins = coins_of(values)
    chosen = spend_whole(coins, target, fee_at(rate), dust=DUST)
    total = sum(values)
    if chosen is None:
        assert total < target
        return
    paid = total - chosen.change - chosen.fee
    assert paid <= target
    assert chosen.coins == tuple(coins)
    assert chosen.change == 0 or chosen.change >= DUST


def test_the_smallest_coin_that_pays_alone_is_taken_before_larger_ones() -> None:
    chosen = choose_coins(coins_of([500_000, 90_000, 200_000]), 100_000, fee_at(1_000), dust=DUST)
    assert chosen is not None
    assert [coin.amount for coin in chosen.coins] == [200_000]


def test_change_that_nobody_would_relay_goes_to_the_fee() -> None:
    fee = fee_at(1_000)(coins_of([1]), 0)
    chosen = choose_coins(coins_of([100_000 + fee + DUST - 1]), 100_000, fee_at(1_000), dust=DUST)
    assert chosen is not None
    assert (chosen.change, chosen.fee) == (0, fee + DUST - 1)


@given(st.integers(1, 10**9), st.integers(100, 100_000), rates, st.integers(1_000, 5_000))
def test_a_replacement_pays_more_than_what_it_replaces(old: int, size: int, rate: int, floor: int) -> None:
    fee = replacement_fee(old, size, rate, floor)
    assert fee >= old + fee_for(size, floor) > old
    assert fee * 1_000 >= size * rate


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_a_bumped_gas_price_is_at_least_an_eighth_higher(old: int, now: int) -> None:
    assert bumped(old, now) >= now
    assert bumped(old, now) * 8 >= old * 9
