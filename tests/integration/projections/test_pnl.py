"""Profit and loss from a journal: against a model of its own, in every choice of currencies, through rebuilds."""

from collections import defaultdict
from fractions import Fraction
from typing import Any

import structlog

from pyxiu.core import commands as c
from pyxiu.core.money import pack
from pyxiu.core.types import BUY, SELL, AssetId, HoldId, MarketId, MemberId
from pyxiu.projections.pnl_currencies import begin_pnl, set_pnl_currencies
from pyxiu.projections.pnl_prices import FINE
from pyxiu.projections.projector import Projector
from pyxiu.projections.reads.pnl import pnl
from pyxiu.projections.rebuild import rebuild
from pyxiu.storage.database import Connection
from tests.support.projected import Projected, reach, rows_of, running
from tests.support.seeded import SeededExchange

USD, BTC = AssetId("usd"), AssetId("btc")
TRADE = 21
Totals = dict[tuple[str, str], list[Fraction]]


async def model(connection: Connection) -> Totals:
    """(credit, debit, credit value, cost of the balance) by member and asset in usd, from the ledger's rows alone."""
    trades = {row["id"]: row for row in await connection.fetch("SELECT * FROM trades")}
    markets = {row["market"]: row for row in await connection.fetch("SELECT * FROM proj_markets")}
    prices: dict[tuple[str, str], Fraction] = {}

    def price(asset: str) -> Fraction:
        if asset == USD:
            return Fraction(1)
        direct = prices.get((asset, USD))
        if direct is not None:
            return direct
        return prices.get((asset, BTC), Fraction(0)) * prices.get((BTC, USD), Fraction(0))

    found: Totals = defaultdict(lambda: [Fraction(0)] * 4)
    rows = await connection.fetch(
        "SELECT * FROM entries"
        " ORDER BY seq, CASE reason WHEN 21 THEN reference::bigint END NULLS FIRST, available + held > 0, line"
    )
    moves: dict[tuple[int, str, int, str, str, bool], int] = defaultdict(int)
    for row in rows:
        amount = int(row["available"] + row["held"])
        # Who trades with itself gives and receives; what else an event does to an account is one move.
        came = row["reason"] == TRADE and amount > 0
        moves[row["seq"], row["reference"], row["reason"], row["owner"], row["asset"], came] += amount
    for (_, reference, reason, owner, asset, _), amount in moves.items():
        if reason == TRADE:
            trade = trades[int(reference)]
            market = markets[trade["market"]]
            ratio = Fraction(int(trade["quote_amount"]), int(trade["base_amount"]))
            prices[market["base"], market["quote"]] = ratio
        if owner.startswith("@") or not amount:
            continue
        totals = found[owner, asset]
        if amount > 0:
            totals[0] += amount
            totals[2] += amount * price(asset)
            totals[3] += amount * price(asset)
        else:
            totals[3] += totals[3] * Fraction(amount) / (totals[0] - totals[1])
            totals[1] -= amount
    return found


async def test_what_was_counted_is_what_another_count_of_the_ledger_gives(projected: Projected) -> None:
    await projected.assert_equal_to_core()
    expected = await model(projected.connection)
    rows = await projected.connection.fetch("SELECT * FROM pnl WHERE pnl_currency = 'usd'")
    assert {(row["member"], row["currency"]) for row in rows} == set(expected)
    # Each step rounds down by less than one part in 10^8 of the smallest unit.
    near = len(projected.records) * 4
    for row in rows:
        credit, debit, value, cost = expected[row["member"], row["currency"]]
        assert row["total_credit"] == credit
        assert row["total_debit"] + row["total_debit_fees"] == debit
        assert abs(Fraction(int(row["total_credit_value"])) - value * FINE) <= near
        assert abs(Fraction(int(row["balance_value"])) - cost * FINE) <= near


async def test_other_currencies_are_counted_from_the_first_record_on(projected: Projected) -> None:
    live = await projected.connection.fetch("SELECT * FROM pnl WHERE pnl_currency = 'usd' ORDER BY 1, 2, 3")
    await set_pnl_currencies(projected.connection, ["usd"])
    await rebuild(projected.dsn, "pnl")
    assert await projected.connection.fetch("SELECT * FROM pnl ORDER BY 1, 2, 3") == live
    await set_pnl_currencies(projected.connection, [])
    await rebuild(projected.dsn, "pnl")
    assert await rows_of(projected.connection, "pnl") == {"pnl": [], "pnl_prices": []}
    await projected.assert_equal_to_core()


async def test_a_projector_that_is_told_otherwise_later_says_so_and_leaves_what_is_there(projected: Projected) -> None:
    live = await rows_of(projected.connection, "pnl")
    projector = Projector(projected.dsn, pnl_currencies=["eth"])
    with structlog.testing.capture_logs() as logs:
        async with running(projector) as task:
            await reach(projector, task, projected.core.seq)
    assert [log["wanted"] for log in logs if "rebuild pnl" in log["event"]] == [["eth"]]
    assert await rows_of(projected.connection, "pnl") == live


async def test_a_new_database_is_counted_in_what_its_projector_is_told(connection: Connection) -> None:
    await begin_pnl(connection, ["usd", "btc", "usd"])
    rows = await connection.fetch("SELECT currency FROM pnl_currencies ORDER BY 1")
    assert [row["currency"] for row in rows] == ["btc", "usd"]


async def test_deposits_trades_and_withdrawals_make_the_averages(connection: Connection, database_dsn: str) -> None:
    projected = await Projected.open(database_dsn, connection, SeededExchange(seed=1))
    btcusd, buyer, seller = MarketId("btcusd"), MemberId("buyer"), MemberId("seller")
    commands: list[Any] = [
        c.PutAsset(BTC, 8),
        c.PutAsset(USD, 2),
        c.PutMarket(btcusd, BTC, USD, 0, 2),
        c.PutMember(buyer),
        c.PutMember(seller),
        # Before any trade: worth nothing.
        c.CreditDeposit("d1", buyer, BTC, pack(10**8)),
        c.CreditDeposit("d2", seller, BTC, pack(10 * 10**8)),
        c.CreditDeposit("d3", buyer, USD, pack(1_000_00)),
        c.PlaceOrder(seller, btcusd, SELL, price=100, quantity=200),
        c.PlaceOrder(buyer, btcusd, BUY, price=100, quantity=200),
        c.PlaceHold(HoldId("w1"), buyer, BTC, pack(3 * 10**8 // 2)),
        c.SettleHold("s1", HoldId("w1"), pack(10**8), pack(10**8 // 2)),
    ]
    projected.exchange.give(commands, 10**18)
    await projected.project()
    rows = {row.currency: row for row in await pnl(connection, buyer, USD)}
    cent = FINE
    btc, usd = rows[BTC].numbers, rows[USD].numbers
    assert (rows[BTC].decimals, rows[BTC].value_decimals) == (8, 10)
    # Three came, of which two cost 100 each; one and a half went, a half of it as a fee, when one was worth 100.
    assert (btc.total_credit, btc.total_credit_value) == (3 * 10**8, 200_00 * cent)
    assert (btc.total_debit, btc.total_debit_fees, btc.total_debit_value) == (10**8, 10**8 // 2, 100_00 * cent)
    assert (btc.balance, btc.balance_value) == (3 * 10**8 // 2, 100_00 * cent)
    assert (usd.total_debit, usd.balance_value) == (200_00, 800_00 * cent)
