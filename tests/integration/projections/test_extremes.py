"""The largest numbers and the strangest texts that the core accepts reach the tables as they are (T-13, T-21)."""

import asyncpg
import pytest

from pyxiu.core import commands as c
from pyxiu.core.money import pack
from pyxiu.core.types import MAX_INT64, AssetId, HoldId, MarketId, MemberId, OrderKind, Side
from pyxiu.projections.reads.accounts import balance
from pyxiu.projections.reads.orders import order_by_client_id
from pyxiu.storage.database import Connection
from tests.support.projected import Projected
from tests.support.seeded import START_NS, SeededExchange

WHOLE, FINE, MARKET = AssetId("whole"), AssetId("fine"), MarketId("wholefine")
ALICE, BOB = MemberId("alice"), MemberId("bob")
MOST = 2**126 - 1
#: Printable, as the core asks of a key.
TEXTS = [r"\N", r"\.", "\\t", "quote'\"", "💱" * 128, "ẞ ż", " ", "{}$1%s"]

OPENING: list[c.Command] = [
    c.PutAsset(WHOLE, 0),
    c.PutAsset(FINE, 18),
    c.PutMarket(MARKET, WHOLE, FINE, 18, 0),
    c.PutMember(ALICE),
    c.PutMember(BOB),
]


@pytest.fixture
async def empty(database_dsn: str, connection: Connection) -> Projected:
    return await Projected.open(database_dsn, connection, SeededExchange(0))


def sell(member: MemberId, key: str = "") -> c.PlaceOrder:
    return c.PlaceOrder(member, MARKET, Side.SELL, OrderKind.LIMIT, MAX_INT64, MAX_INT64, key=key)


async def test_the_largest_amounts_are_exact(empty: Projected) -> None:
    """T-13."""
    empty.exchange.give(OPENING, START_NS)
    extremes: list[c.Command] = [
        c.CreditDeposit("a", ALICE, WHOLE, pack(MAX_INT64)),
        c.CreditDeposit("b", BOB, FINE, pack(MOST)),
        c.PlaceHold(HoldId("h"), BOB, FINE, pack(1)),
        sell(ALICE),
        c.PlaceOrder(BOB, MARKET, Side.BUY, OrderKind.LIMIT, MAX_INT64, MAX_INT64 - 1),
    ]
    empty.exchange.give(extremes, START_NS)
    assert all(outcome.rejection == 0 for outcome in empty.exchange.outcomes)
    await empty.project()
    await empty.assert_equal_to_core()
    account = await balance(empty.connection, ALICE, FINE)
    assert account is not None
    assert account.available == MAX_INT64 * (MAX_INT64 - 1)


@pytest.mark.parametrize("text", TEXTS)
async def test_any_text_may_be_a_key(text: str, empty: Projected) -> None:
    """T-21."""
    empty.exchange.give(OPENING, START_NS)
    deposit = c.CreditDeposit(text, ALICE, WHOLE, pack(MAX_INT64))
    keyed: list[c.Command] = [deposit, sell(ALICE, key=text), c.CancelOrders(ALICE)]
    empty.exchange.give(keyed, START_NS)
    assert not any(outcome.rejection for outcome in empty.exchange.outcomes)
    await empty.project()
    await empty.assert_equal_to_core()
    keys = await empty.connection.fetch("SELECT key FROM money_keys")
    references = await empty.connection.fetch("SELECT DISTINCT reference FROM entries WHERE reason = 1")
    assert [row["key"] for row in keys] == [row["reference"] for row in references] == [text]
    order = await order_by_client_id(empty.connection, ALICE, text)
    assert order is not None
    assert order.key == text


async def test_a_number_that_does_not_fit_is_refused_whole(empty: Projected) -> None:
    """The db transaction of a chunk is all or nothing, the cursor with it."""
    empty.exchange.give(OPENING, START_NS)
    await empty.connection.execute("ALTER TABLE proj_members ADD CHECK (member <> 'bob')")
    with pytest.raises(asyncpg.CheckViolationError):
        await empty.project()
    assert await empty.connection.fetchval("SELECT count(*) FROM proj_assets") == 0
    assert await empty.connection.fetchval("SELECT max(seq) FROM projection_cursors") == 0
