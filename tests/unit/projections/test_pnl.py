"""Profit and loss at the weighted average cost: how a row is counted, and what an amount is worth."""

from hypothesis import given
from hypothesis import strategies as st

from pyxiu.core.types import AssetId
from pyxiu.projections.pnl import Pnl
from pyxiu.projections.pnl_prices import FINE, Prices

BTC, ETH, USD = AssetId("btc"), AssetId("eth"), AssetId("usd")


def test_credits_raise_the_cost_and_debits_take_from_it_at_the_average() -> None:
    row = Pnl()
    row.credit(2, 100)
    row.credit(2, 300)
    row.debit(1, 0, 150)
    assert (row.balance, row.balance_value) == (3, 300)
    assert (row.total_credit_value, row.total_debit_value) == (400, 150)


def test_a_fee_leaves_at_the_average_cost_and_is_no_part_of_what_was_sold() -> None:
    row = Pnl()
    row.credit(10, 1_000)
    row.debit(4, 1, 800)
    assert (row.total_debit, row.total_debit_fees, row.total_debit_value) == (4, 1, 800)
    assert (row.balance, row.balance_value) == (5, 500)


CREDITS = st.lists(st.tuples(st.integers(1, 10**20), st.integers(0, 10**30)), min_size=1, max_size=20)


@given(CREDITS, st.lists(st.integers(1, 10**21), max_size=20))
def test_a_balance_of_nothing_has_cost_nothing(came: list[tuple[int, int]], went: list[int]) -> None:
    row = Pnl()
    for amount, value in came:
        row.credit(amount, value)
    for amount in [*went, 10**30]:
        before = row.balance_value
        row.debit(min(amount, row.balance), 0, 0)
        assert 0 <= row.balance_value <= before
    assert (row.balance, row.balance_value) == (0, 0)


def test_the_latest_trade_counts_whichever_way_its_market_runs() -> None:
    prices = Prices()
    assert prices.value(BTC, USD, 5) == 0
    prices.traded(BTC, USD, 2, 300)
    assert prices.value(BTC, USD, 4) == 600 * FINE
    assert prices.value(USD, BTC, 300) == 2 * FINE
    prices.traded(BTC, USD, 1, 100)
    assert prices.value(BTC, USD, 4) == 400 * FINE
    assert prices.value(USD, USD, 7) == 7 * FINE


def test_one_asset_may_stand_in_between_and_nothing_is_rounded_on_the_way() -> None:
    prices = Prices({(ETH, BTC): (3, 1), (BTC, USD): (1, 3)})
    assert prices.value(ETH, USD, 7) == 7 * FINE
    assert prices.value(USD, ETH, 7) == 7 * FINE
    assert prices.value(ETH, BTC, 1) == FINE // 3
