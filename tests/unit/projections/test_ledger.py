"""Ledger rows are the core's postings (I-1), and their sums its accounts (I-5)."""

from collections import Counter, defaultdict

import pytest

from pyxiu.core.events import EntryPosted, HoldPlaced, HoldReleased, HoldSettled
from pyxiu.projections.accounts import fold_accounts
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.entries import entry_lines, money_keys
from pyxiu.projections.ledger import EntryReason, LedgerRow, ledger_rows
from pyxiu.projections.market_assets import MarketAssets
from tests.support.agreement import balances
from tests.support.seeded import SeededExchange


@pytest.fixture(scope="module")
def exchange() -> SeededExchange:
    exchange = SeededExchange(seed=11)
    exchange.run(4_000)
    return exchange


def test_every_event_that_moves_money_has_rows(exchange: SeededExchange) -> None:
    """I-1: what the rows of an event are is the core's to say; that none is forgotten is seen here."""
    markets = MarketAssets()
    kinds: Counter[str] = Counter()
    for fact in Chunk(exchange.records, markets).facts:
        kinds[type(fact[2]).__name__] += bool(ledger_rows([fact], markets))
    assert {"OrderAccepted", "OrderCanceled", "OrderDecremented", "TradeExecuted", "EntryPosted"} <= {*+kinds}
    assert {"HoldPlaced", "HoldSettled", "HoldReleased"} <= {*+kinds}


def test_per_record_and_asset_the_rows_sum_to_zero(exchange: SeededExchange) -> None:
    """I-1."""
    sums: defaultdict[tuple[int, str], int] = defaultdict(int)
    for seq, _, _, asset, available, held, _ in Chunk(exchange.records, MarketAssets()).ledger:
        sums[seq, asset] += available + held
    assert sums
    assert not any(sums.values())


def test_the_rows_of_a_record_are_numbered_without_a_gap(exchange: SeededExchange) -> None:
    lines: defaultdict[int, list[int]] = defaultdict(list)
    for seq, line, *_ in Chunk(exchange.records, MarketAssets()).ledger:
        lines[seq].append(line)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in lines.values())


def test_folded_accounts_are_those_of_the_core(exchange: SeededExchange) -> None:
    """I-2, I-5."""
    folded = fold_accounts(Chunk(exchange.records, MarketAssets()).ledger)
    found = {key: (change.available, change.held) for key, change in folded.items() if change.available or change.held}
    assert found == balances(exchange.core)


def test_rows_that_do_not_balance_stop_the_fold() -> None:
    rows: list[LedgerRow] = [(1, 1, "alice", "btc", 5, 0, (EntryReason.DEPOSIT, "k", 0))]  # type: ignore[list-item]  # plain text ids
    with pytest.raises(AssertionError, match="btc"):
        fold_accounts(rows)


def test_every_money_move_has_its_key(exchange: SeededExchange) -> None:
    """I-6: a hold's id is the key of its placing."""
    chunk = Chunk(exchange.records, MarketAssets())
    moves = [fact for fact in chunk.facts if isinstance(fact[2], EntryPosted | HoldPlaced | HoldSettled | HoldReleased)]
    keys = money_keys(chunk)
    assert [seq for _, _, seq in keys] == [seq for seq, _, _ in moves]
    assert len({key for key, _, _ in keys}) == len(keys) == exchange.core.money_keys


def test_a_caller_cannot_break_a_row_with_its_key() -> None:
    about = (EntryReason.ADJUSTMENT, "a\tb\nc\\.\0", 7)
    (line,) = entry_lines([(1, 1, "alice", "btc", 5, 0, about)])  # type: ignore[list-item]  # plain text ids
    assert line == "1\t1\talice\tbtc\t5\t0\t4\ta\\tb\\nc\\\\.\N{REPLACEMENT CHARACTER}\t7\n"
