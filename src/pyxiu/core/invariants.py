"""What must hold after every command, checked over the whole state.

Invariant: `check` asserts I-1, I-2, I-3, I-7, I-8, E-3 and E-4 of the fault catalogue and names what breaks one.
Limit: it looks at everything, so tests, simulation and audits call it; live work relies on the checks in `apply`.
"""

from collections import Counter

from pyxiu.core.book import BookSide
from pyxiu.core.money import MAX_AMOUNT
from pyxiu.core.state import Market, State
from pyxiu.core.types import EXTERNAL, AssetId, MemberId, OrderStatus, Side


def check(state: State) -> None:
    """Raises AssertionError on the first invariant that does not hold."""
    needs = _open_needs(state)
    for asset, accounts in state.accounts.items():
        total = 0
        for owner, account in accounts.items():
            total += account.available + account.held
            low = -MAX_AMOUNT if owner == EXTERNAL else 0
            assert low <= account.available <= MAX_AMOUNT, f"{owner} has {account.available} {asset} available"
            assert account.held >= 0, f"{owner} has {account.held} {asset} held"
            need = needs.pop((owner, asset), 0)
            assert account.held == need, f"{owner} holds {account.held} {asset}, open orders and holds need {need}"
        assert total == 0, f"accounts of {asset} sum to {total}"
    assert not +needs, f"needs without an account: {+needs}"
    for market in state.markets.values():
        _check_book(market)


def _open_needs(state: State) -> Counter[tuple[MemberId, AssetId]]:
    needs: Counter[tuple[MemberId, AssetId]] = Counter()
    for member in state.members.values():
        for order in member.orders.values():
            asset = order.market.quote if order.side is Side.BUY else order.market.base
            needs[member.id, asset] += order.need(order.remaining)
            assert order.status is OrderStatus.OPEN, f"order {order.id} is {order.status.name} and among the open"
            assert order.level is not None, f"open order {order.id} stands in no book"
            assert 0 < order.remaining <= order.quantity - order.filled, f"order {order.id} has impossible quantities"
    for hold_id, hold in state.holds.items():
        assert hold.remaining > 0, f"open hold {hold_id} has {hold.remaining} remaining"
        needs[hold.member, hold.asset] += hold.remaining
    return needs


def _check_book(market: Market) -> None:
    bids, asks = market.book.bids, market.book.asks
    for side in (bids, asks):
        _check_side(market, side)
    crossed = bids.best is not None and asks.best is not None and bids.best.price >= asks.best.price
    assert not crossed, f"the book of {market.id} is crossed"


def _check_side(market: Market, side: BookSide) -> None:
    levels = list(side)
    assert (levels[0] if levels else None) is side.best, f"{market.id}: the best level is not the first"
    for level in levels:
        orders = list(level)
        assert orders, f"{market.id}: level {level.price} is empty"
        assert level.quantity == sum(order.remaining for order in orders), f"{market.id}: level {level.price} is off"
        ids = [order.id for order in orders]
        assert ids == sorted(ids), f"{market.id}: level {level.price} is not in order of arrival"
        for order in orders:
            assert order.level is level, f"order {order.id} does not know its level"
            assert order.member.orders.get(order.id) is order, f"order {order.id} is unknown to its member"
