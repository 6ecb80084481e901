"""The audit is clean on a clean exchange and names the row that somebody has changed (T-14)."""

import asyncpg
import pytest

from pyxiu.core import codec
from pyxiu.core.commands import CreditDeposit
from pyxiu.core.machine import PythonCore
from pyxiu.core.money import pack
from pyxiu.projections.audit import FINDINGS_MAX, Finding, audit
from pyxiu.projections.audit_checks import CHECKS
from pyxiu.projections.audit_core import compare_with_core
from pyxiu.storage.database import Connection
from tests.support.commands import MEMBERS
from tests.support.projected import Projected

#: What a careful forger does first.
DISARM = """
ALTER TABLE entries DISABLE TRIGGER ALL; ALTER TABLE trades DISABLE TRIGGER ALL;
ALTER TABLE accounts DROP CONSTRAINT accounts_not_negative; ALTER TABLE holds DROP CONSTRAINT holds_arithmetic;
ALTER TABLE orders DROP CONSTRAINT orders_arithmetic; ALTER TABLE orders DROP CONSTRAINT orders_status;
"""
SOME_TRADE = "(SELECT min(id) FROM trades)"
SOME_ORDER = "(SELECT min(id) FROM orders WHERE status = 1)"
SOME_HOLD = "(SELECT min(hold_id) FROM holds WHERE remaining > 1)"
SOME_ENTRY = "(SELECT min(seq) FROM entries WHERE reason = 21)"
SOME_DEPOSIT = "(SELECT min(seq) FROM entries WHERE reason = 1)"

#: Check, what is done, and the row that must be named: a query.
FORGERIES = [
    (
        "assets_sum_to_zero",
        "UPDATE accounts SET available = available + 1 WHERE owner = 'm00' AND asset = 'btc'",
        "SELECT 'asset btc'",
    ),
    (
        "accounts_not_negative",
        "UPDATE accounts SET available = -1 WHERE owner = 'm01' AND asset = 'eth'",
        "SELECT 'account m01 eth'",
    ),
    (
        "pnl_equals_accounts",
        "UPDATE pnl SET total_credit = total_credit + 1 WHERE member = 'm00' AND currency = 'btc'",
        "SELECT 'pnl m00 btc in usd'",
    ),
    (
        "pnl_equals_accounts",
        "DELETE FROM pnl WHERE member = 'm00' AND pnl_currency = 'usd' AND currency = 'eth'",
        "SELECT 'pnl m00 eth in usd'",
    ),
    (
        "held_equals_needs",
        f"UPDATE orders SET remaining = remaining + 1 WHERE id = {SOME_ORDER}",
        f"""
        SELECT 'account ' || member || ' ' || CASE side WHEN 1 THEN quote ELSE base END
        FROM orders JOIN proj_markets USING (market) WHERE id = {SOME_ORDER}
        """,
    ),
    (
        "holds_arithmetic",
        f"UPDATE holds SET released = released + 1 WHERE hold_id = {SOME_HOLD}",
        f"SELECT 'hold ' || {SOME_HOLD}",
    ),
    (
        "entries_balance",
        f"UPDATE entries SET available = available + 5 WHERE line = 1 AND seq = {SOME_ENTRY}",
        f"SELECT 'entry ' || seq || ' ' || asset FROM entries WHERE line = 1 AND seq = {SOME_ENTRY}",
    ),
    (
        "entries_complete",
        f"DELETE FROM entries WHERE line = 1 AND seq = {SOME_ENTRY}",
        f"SELECT 'entry ' || {SOME_ENTRY}",
    ),
    (
        "accounts_equal_entries",
        "UPDATE accounts SET available = available + 7, held = held - 7 WHERE owner = '@revenue' AND asset = 'usd'",
        "SELECT 'account @revenue usd'",
    ),
    (
        "money_keys_equal_entries",
        f"DELETE FROM money_keys WHERE seq = {SOME_DEPOSIT}",
        f"SELECT 'entry ' || {SOME_DEPOSIT}",
    ),
    (
        "money_keys_equal_entries",
        "INSERT INTO money_keys VALUES ('never', 'x', 1)",
        "SELECT 'money key never'",
    ),
    (
        "orders_arithmetic",
        f"UPDATE orders SET filled = filled + 1 WHERE id = {SOME_ORDER}",
        f"SELECT 'order ' || {SOME_ORDER}",
    ),
    (
        "orders_arithmetic",
        f"UPDATE orders SET status = 2 WHERE id = {SOME_ORDER}",
        f"SELECT 'order ' || {SOME_ORDER}",
    ),
    (
        "orders_equal_trades",
        f"UPDATE trades SET taker_order_id = {SOME_ORDER} WHERE id = {SOME_TRADE}",
        f"SELECT 'order ' || {SOME_ORDER}",
    ),
    (
        "trades_arithmetic",
        f"UPDATE trades SET quote_amount = quote_amount + 1 WHERE id = {SOME_TRADE}",
        f"SELECT 'trade ' || {SOME_TRADE}",
    ),
    (
        "trades_arithmetic",
        f"UPDATE trades SET buyer_fee = base_amount + 1 WHERE id = {SOME_TRADE}",
        f"SELECT 'trade ' || {SOME_TRADE}",
    ),
    (
        "trades_within_limits",
        f"UPDATE trades SET price = price + 1 WHERE id = {SOME_TRADE}",
        f"SELECT 'trade ' || {SOME_TRADE}",
    ),
    (
        "trades_within_limits",
        f"UPDATE trades SET maker = 'nobody' WHERE id = {SOME_TRADE}",
        f"SELECT 'trade ' || {SOME_TRADE}",
    ),
    ("orders_without_gaps", "DELETE FROM orders WHERE id IN (4, 5)", "SELECT 'orders 4 to 5'"),
    ("trades_without_gaps", "DELETE FROM trades WHERE id = 7", "SELECT 'trades 7 to 7'"),
    (
        "candles_equal_trades",
        "UPDATE candles SET high = high + 1 WHERE period = 10080 AND market = 'btcusd'",
        "SELECT format('candle btcusd 10080 %s', min(start_s)) FROM candles WHERE period = 10080 AND market = 'btcusd'",
    ),
    (
        "candles_equal_trades",
        "DELETE FROM candles WHERE period = 5 AND market = 'ethbtc'",
        """
        SELECT format('candle ethbtc 5 %s', min(executed_ns) / 300000000000 * 300) FROM trades WHERE market = 'ethbtc'
        """,
    ),
]


async def test_a_clean_exchange_has_no_findings(undone: Projected) -> None:
    report = await undone.assert_equal_to_core()
    assert set(report.cursors.values()) == {undone.core.seq}
    assert [result.check for result in report.results] == [check.name for check in CHECKS]


async def test_an_empty_exchange_has_no_findings(connection: Connection) -> None:
    assert (await audit(connection)).clean


@pytest.mark.parametrize(
    ("check", "forgery", "row"), FORGERIES, ids=[f"{check}-{n}" for n, (check, *_) in enumerate(FORGERIES)]
)
async def test_a_forged_row_is_named(check: str, forgery: str, row: str, undone: Projected) -> None:
    """T-14."""
    connection = undone.connection
    expected = await connection.fetchval(row)
    await connection.execute(DISARM)
    await connection.execute(forgery)
    findings = {finding.row for finding in (await audit(connection)).findings if finding.check == check}
    assert expected in findings


def test_every_check_has_a_forgery() -> None:
    assert {check for check, *_ in FORGERIES} == {check.name for check in CHECKS}


@pytest.mark.parametrize("table", ["entries", "trades"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET seq = 0 WHERE false", "DELETE FROM {} WHERE false"])
async def test_ledger_and_trades_refuse_changes(table: str, statement: str, undone: Projected) -> None:
    """I-4."""
    with pytest.raises(asyncpg.RestrictViolationError, match=f"{table} is append-only"):
        await undone.connection.execute(statement.format(table))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts SET available = -1 WHERE owner = 'm00'",
        "UPDATE accounts SET held = -1 WHERE owner = '@external'",
        f"UPDATE orders SET filled = filled + 1 WHERE id = {SOME_ORDER}",
        f"UPDATE orders SET status = 3 WHERE id = {SOME_ORDER}",
        f"UPDATE holds SET spent = spent + 1 WHERE hold_id = {SOME_HOLD}",
    ],
)
async def test_the_tables_refuse_impossible_rows(statement: str, undone: Projected) -> None:
    """I-3, I-8, E-4."""
    with pytest.raises(asyncpg.CheckViolationError):
        await undone.connection.execute(statement)


async def test_findings_are_bounded(undone: Projected) -> None:
    connection = undone.connection
    await connection.execute(DISARM)
    await connection.execute("UPDATE entries SET available = available + 1")
    (result,) = [result for result in (await audit(connection)).results if result.check == "entries_balance"]
    assert len(result.findings) == FINDINGS_MAX
    assert result.more


async def test_a_consistent_forgery_is_found_by_comparing_with_a_core(undone: Projected) -> None:
    """T-14: moved in accounts, ledger and profits alike, so that every sum still holds."""
    connection = undone.connection
    await connection.execute(DISARM)
    for sign, owner in (("+", "m00"), ("-", "m01")):
        await connection.execute(
            f"UPDATE accounts SET available = available {sign} 9 WHERE owner = '{owner}' AND asset = 'usd'"
        )
        await connection.execute(
            f"UPDATE pnl SET total_credit = total_credit {sign} 9 WHERE member = '{owner}' AND currency = 'usd'"
        )
    await connection.execute(
        "INSERT INTO entries SELECT 1, n, o, 'usd', a, 0, 4, 'x', 0"
        " FROM (VALUES (1, 'm00', 9), (2, 'm01', -9)) AS v(n, o, a)"
    )
    await connection.execute("INSERT INTO money_keys VALUES ('x', 'x', 1)")
    assert not (await audit(connection)).findings
    compared = await compare_with_core(connection, undone.core)
    assert {finding.row for finding in compared.findings} == {"account m00 usd", "account m01 usd"}


async def test_a_core_elsewhere_is_not_compared(undone: Projected) -> None:
    core = PythonCore()
    compared = await compare_with_core(undone.connection, core)
    assert compared.skipped is not None
    assert f"accounts at {undone.core.seq}" in compared.skipped


async def test_the_core_may_be_replayed_from_the_journal(undone: Projected) -> None:
    core = PythonCore()
    core.replay(codec.encode_records(undone.records))
    assert not (await compare_with_core(undone.connection, core)).findings
    deposit = CreditDeposit("one-more", MEMBERS[0], undone.core.accounts()[0].asset, pack(5))
    core.submit(codec.encode_batch([codec.encode_command(deposit)]), core.seq)
    assert (await compare_with_core(undone.connection, core)).skipped


def test_a_finding_reads_as_a_sentence() -> None:
    finding = Finding("entries_balance", "entry 7 btc", "0", "5")
    assert str(finding) == "entries_balance: entry 7 btc: expected 0, found 5"
