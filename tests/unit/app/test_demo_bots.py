"""The demo's bots, as far as they can be judged without an exchange."""

import random
from pathlib import Path

import pytest

from pyxiu.app.demo.bots.prices import BEGINNING, Prices
from pyxiu.app.demo.bots.quotes import CHANGES_MAX, LEVELS, Changes, Market, Open, changes, wanted_quotes
from pyxiu.app.demo.members import credentials_of, make_credentials

BTCUSDT = Market("btcusdt", 2, 6, "0.0001")
MIDDLE = BEGINNING["btcusdt"]


def test_the_same_seed_gives_the_same_walk() -> None:
    one, two, other = Prices(5), Prices(5), Prices(6)
    for _ in range(100):
        one.step()
        two.step()
        other.step()
    assert [one.middle(name) for name in BEGINNING] == [two.middle(name) for name in BEGINNING]
    assert one.middle("btcusdt") != other.middle("btcusdt")


def test_prices_wander_but_do_not_run_away() -> None:
    prices = Prices(7)
    for _ in range(20_000):
        prices.step()
        middle = prices.middle("btcusdt")
        assert middle is not None
        assert MIDDLE // 2 < middle < MIDDLE * 2


def test_a_walk_goes_on_from_the_last_trade() -> None:
    assert Prices(1, {"btcusdt": 70_000_000_000, "xyz": 3}).middle("btcusdt") == 70_000_000_000


def test_the_cross_market_follows_the_others() -> None:
    assert Prices(1).middle("ethbtc") == 50_000
    assert Prices(1).middle("dogeusdt") is None


def test_a_ladder_does_not_cross_itself_and_is_bounded() -> None:
    quotes = wanted_quotes(BTCUSDT, MIDDLE, 4_000_000_000, random.Random(1))
    bids = [quote.ticks for quote in quotes if quote.side == "buy"]
    asks = [quote.ticks for quote in quotes if quote.side == "sell"]
    assert max(bids) < BTCUSDT.ticks(MIDDLE) < min(asks)
    assert len(bids) == len(asks) == LEVELS


def test_volumes_fit_the_market() -> None:
    tiny = wanted_quotes(BTCUSDT, MIDDLE, 1, random.Random(1))
    assert {quote.volume for quote in tiny} == {"0.0001"}


def test_what_stands_where_it_should_is_left_alone() -> None:
    wanted = wanted_quotes(BTCUSDT, MIDDLE, 4_000_000_000, random.Random(1))
    standing = [Open(number, quote.side, quote.ticks) for number, quote in enumerate(wanted)]
    assert changes(standing, wanted, BTCUSDT.ticks(MIDDLE)) == Changes([], [])


@pytest.mark.parametrize("moved_ppm", [-20_000, -700, 700, 20_000])
def test_orders_never_pile_up_when_the_price_moves(moved_ppm: int) -> None:
    standing: list[Open] = []
    number = 0
    middle = MIDDLE
    for _ in range(40):
        middle += middle * moved_ppm // 1_000_000
        wanted = wanted_quotes(BTCUSDT, middle, 4_000_000_000, random.Random(1))
        todo = changes(standing, wanted, BTCUSDT.ticks(middle))
        assert len(todo.cancels) <= CHANGES_MAX
        assert len(todo.places) <= CHANGES_MAX
        standing = [order for order in standing if order.id not in todo.cancels]
        for quote in todo.places:
            number += 1
            standing.append(Open(number, quote.side, quote.ticks))
        assert len(standing) <= 2 * LEVELS + CHANGES_MAX


def test_credentials_are_made_once_and_differ_between_homes(tmp_path: Path) -> None:
    assert credentials_of(tmp_path) is None
    made = make_credentials(tmp_path)
    assert make_credentials(tmp_path) == made == credentials_of(tmp_path)
    other = make_credentials(tmp_path / "other")
    assert other.trader.uid == made.trader.uid
    assert other.trader.api_secret != made.trader.api_secret
    assert made.trader.api_secret not in repr(made)
