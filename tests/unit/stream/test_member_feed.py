"""A member's feed has the engine's orders and balances, whatever happens."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pyxiu.app.stream.words import ApiWords
from pyxiu.core.outcomes import Record
from pyxiu.kit.decimals import format_decimal
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.reads.beginnings import MemberBeginning
from pyxiu.stream.markets import Markets
from pyxiu.stream.members.feed import MemberFeed
from pyxiu.stream.names import Private
from tests.property.strategies import (
    MEMBERS,
    cancels,
    hold_moves,
    limit_orders,
    market_orders,
    money_moves,
    openings,
    quote_orders,
)
from tests.support.cores import CORES, submit
from tests.support.frames import messages_in

WORDS = ApiWords()
orders = st.one_of(limit_orders, limit_orders, market_orders, quote_orders)
commands_of_members = st.one_of(orders, orders, orders, cancels, money_moves, hold_moves)


@given(st.lists(commands_of_members, max_size=40), st.integers(0, 40))
def test_t81_a_feed_that_begins_anywhere_ends_with_the_engines_orders_and_balances(
    commands: list[Any], beginning: int
) -> None:
    core = CORES["python"]()
    markets, uid = Markets(), MEMBERS[0]
    feed = MemberFeed(uid, markets, WORDS)
    for record in submit(core, *openings)[1]:
        markets.learn(record.events)
    told: list[Any] = []
    for number, command in enumerate(commands):
        if number == beginning:
            accounts = core.accounts(uid)
            feed.begin(MemberBeginning(core.seq, core.seq, core.open_orders(uid), accounts))
        for record in submit(core, command)[1]:
            if number >= beginning:
                told += told_of(feed, record, markets)
    if len(commands) <= beginning:
        feed.begin(MemberBeginning(core.seq, core.seq, core.open_orders(uid), core.accounts(uid)))

    wanted = frozenset({Private.ORDERS, Private.BALANCES})
    balances, orders = messages_in(feed.snapshot(wanted))
    shown = [msgspec.to_builtins(WORDS.order(order, markets[order.market])) for order in core.open_orders(uid)]
    assert orders["orders"] == {"orders": sorted(shown, key=lambda order: -order["id"]), "complete": True}
    assert balances["balances"] == {
        view.asset: [format_decimal(amount, markets.decimals[view.asset]) for amount in (view.available, view.held)]
        for view in core.accounts(uid)
    }
    ended = [order["id"] for order in told if order["state"] != "wait"]
    assert len(ended) == len(set(ended)), "an order ends once"


def told_of(feed: MemberFeed, record: Record, markets: Markets) -> list[Any]:
    events = feed.apply(Chunk((record,), markets.assets))
    feed.balances_moved()
    return [message["order"] for _, frame in events for message in messages_in(frame) if "order" in message]
