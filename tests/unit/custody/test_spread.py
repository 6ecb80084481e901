"""Spreading over tiers: compared with an oracle that hands out one unit after the other, and by the known cases."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from pyxiu.custody.sweeps.spread import Part, TierWallet, bound_in_units, spread


def oracle(amount: int, wallets: list[TierWallet], min_part: int) -> list[Part]:
    """Unit by unit into the first wallet with room; then parts that are too small are moved where they must go."""
    if amount < max(1, min_part) or not wallets:
        return []
    got = [0] * len(wallets)
    last = len(wallets) - 1
    left = amount
    for number, wallet in enumerate(wallets):
        if number == last:
            got[number] += left
            break
        room = 0 if wallet.balance is None else 10**9 if wallet.bound is None else wallet.bound - wallet.balance
        taken = 0
        while taken < room and left - taken > 0:
            taken += 1
        if taken < max(1, min_part):
            continue
        got[number] = taken
        left -= taken
        if 0 < left < max(1, min_part):
            got[number] += left
            left = 0
        if left == 0:
            break
    return [Part(wallet.id, share) for wallet, share in zip(wallets, got, strict=True) if share]


AMOUNTS = st.integers(min_value=0, max_value=60)
MAYBE = st.none() | AMOUNTS


@st.composite
def tiers(draw: st.DrawFn) -> list[TierWallet]:
    count = draw(st.integers(min_value=0, max_value=4))
    return [TierWallet(number + 1, draw(MAYBE), draw(MAYBE)) for number in range(count)]


@given(AMOUNTS, tiers(), st.integers(min_value=0, max_value=20))
def test_a_spread_is_what_handing_out_unit_by_unit_gives(amount: int, wallets: list[TierWallet], min_part: int) -> None:
    assert spread(amount, wallets, min_part) == oracle(amount, wallets, min_part)


@given(AMOUNTS, tiers(), st.integers(min_value=0, max_value=20))
def test_the_parts_sum_to_the_amount_and_none_is_too_small(
    amount: int, wallets: list[TierWallet], min_part: int
) -> None:
    parts = spread(amount, wallets, min_part)
    assert sum(part.amount for part in parts) == (amount if parts else 0)
    assert all(part.amount >= max(1, min_part) for part in parts)
    assert len({part.wallet_id for part in parts}) == len(parts)


@given(AMOUNTS, tiers(), st.integers(min_value=0, max_value=20))
def test_no_wallet_but_the_last_is_filled_over_its_bound_by_more_than_a_remainder(
    amount: int, wallets: list[TierWallet], min_part: int
) -> None:
    by_id = {wallet.id: wallet for wallet in wallets[:-1]}
    for part in spread(amount, wallets, min_part):
        wallet = by_id.get(part.wallet_id)
        if wallet is None or wallet.bound is None:
            continue
        assert wallet.balance is not None
        assert wallet.balance + part.amount < wallet.bound + max(1, min_part)


def test_the_hot_wallet_is_filled_first_and_the_rest_goes_to_the_cold_one() -> None:
    hot, warm, cold = TierWallet(1, 30, 100), TierWallet(2, 0, 50), TierWallet(3, None, None)
    assert spread(200, [hot, warm, cold], 1) == [Part(1, 70), Part(2, 50), Part(3, 80)]


def test_a_remainder_below_the_least_collection_stays_with_the_wallet_before() -> None:
    hot, cold = TierWallet(1, 0, 95), TierWallet(2, None, None)
    assert spread(100, [hot, cold], 10) == [Part(1, 100)]


def test_room_below_the_least_collection_is_passed_over() -> None:
    hot, cold = TierWallet(1, 95, 100), TierWallet(2, None, None)
    assert spread(100, [hot, cold], 10) == [Part(2, 100)]


def test_a_wallet_of_unknown_balance_gets_nothing_unless_it_is_the_last() -> None:
    assert spread(5, [TierWallet(1, None, 100), TierWallet(2, 0, 100)], 1) == [Part(2, 5)]
    assert spread(5, [TierWallet(1, None, 1)], 1) == [Part(1, 5)]


def test_nothing_is_spread_without_wallets_or_below_the_least_collection() -> None:
    assert spread(100, [], 1) == []
    assert spread(9, [TierWallet(1, 0, None)], 10) == []


def test_a_bound_is_converted_by_the_price_and_an_unknown_price_allows_nothing() -> None:
    assert bound_in_units(Decimal(1000), Decimal(3), 8) == 33_333_333_333
    assert bound_in_units(Decimal(1000), Decimal(0), 8) == 0
    assert bound_in_units(None, Decimal(0), 8) is None
