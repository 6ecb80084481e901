"""The checks of an audit: each a sentence and the query for the rows that break it.

Invariant: a query gives `row` (which one, for a person), `expected` and `found`, and no rows when all is well. Limit:
`compares` lists the projections that must have come equally far for the query to make sense.
"""

from typing import Final

import msgspec

from pyxiu.projections.candles import PERIODS


class Check(msgspec.Struct, frozen=True):
    name: str
    says: str
    compares: tuple[str, ...]
    query: str


_ACCOUNTS: Final = (
    Check(
        "assets_sum_to_zero",
        "Per asset all accounts sum to zero.",
        ("accounts",),
        """
        SELECT 'asset ' || asset AS row, '0' AS expected, sum(available + held)::text AS found
        FROM accounts GROUP BY asset HAVING sum(available + held) <> 0 ORDER BY asset
        """,
    ),
    Check(
        "accounts_not_negative",
        "No account is below zero, except what the external world has available.",
        ("accounts",),
        """
        SELECT 'account ' || owner || ' ' || asset AS row, 'nothing below 0' AS expected,
               available || ' available, ' || held || ' held' AS found
        FROM accounts WHERE held < 0 OR (available < 0 AND owner <> '@external') ORDER BY owner, asset
        """,
    ),
    Check(
        "pnl_equals_accounts",
        "What profit and loss was counted of an asset is what its owner has of it.",
        ("accounts", "pnl"),
        """
        SELECT 'pnl ' || coalesce(p.member, a.owner) || ' ' || coalesce(p.currency, a.asset) || ' in '
                   || coalesce(p.pnl_currency, c.currency) AS row,
               coalesce(a.available + a.held, 0)::text AS expected,
               coalesce(p.total_credit - p.total_debit - p.total_debit_fees, 0)::text AS found
        FROM (accounts a CROSS JOIN pnl_currencies c)
        FULL JOIN pnl p ON p.member = a.owner AND p.currency = a.asset AND p.pnl_currency = c.currency
        WHERE coalesce(a.owner, '') NOT LIKE '@%'
            AND coalesce(a.available + a.held, 0)
                <> coalesce(p.total_credit - p.total_debit - p.total_debit_fees, 0)
        ORDER BY 1
        """,
    ),
    Check(
        "held_equals_needs",
        "What an account holds is what its open orders and open holds need.",
        ("accounts", "orders", "holds", "markets"),
        """
        SELECT 'account ' || owner || ' ' || asset AS row, coalesce(n.amount, 0)::text AS expected,
               coalesce(a.held, 0)::text AS found
        FROM accounts a FULL JOIN (
            SELECT owner, asset, sum(amount) AS amount FROM (
                SELECT o.member AS owner, CASE o.side WHEN 1 THEN m.quote ELSE m.base END AS asset,
                       CASE o.side WHEN 1 THEN o.price * m.quote_lot ELSE m.base_lot END * o.remaining AS amount
                FROM orders o LEFT JOIN proj_markets m USING (market) WHERE o.status = 1
                UNION ALL
                SELECT member, asset, remaining FROM holds WHERE remaining > 0
            ) each GROUP BY owner, asset
        ) n USING (owner, asset)
        WHERE coalesce(a.held, 0) <> coalesce(n.amount, 0) ORDER BY owner, asset
        """,
    ),
    Check(
        "holds_arithmetic",
        "A hold is what was spent, released and remains of it.",
        ("holds",),
        """
        SELECT 'hold ' || hold_id AS row, 'created = spent + released + remaining, none below 0' AS expected,
               format('%s created, %s spent, %s released, %s remaining', created, spent, released, remaining) AS found
        FROM holds WHERE created <> spent + released + remaining OR least(spent, released, remaining) < 0
        ORDER BY hold_id
        """,
    ),
)

_LEDGER: Final = (
    Check(
        "entries_balance",
        "Per record and asset the ledger rows sum to zero.",
        ("entries",),
        """
        SELECT 'entry ' || seq || ' ' || asset AS row, '0' AS expected, sum(available + held)::text AS found
        FROM entries GROUP BY seq, asset HAVING sum(available + held) <> 0 ORDER BY seq, asset
        """,
    ),
    Check(
        "entries_complete",
        "The ledger rows of a record are numbered from 1 without a gap.",
        ("entries",),
        """
        SELECT 'entry ' || seq AS row, 'lines 1 to ' || max(line) AS expected,
               count(*) || ' lines from ' || min(line) AS found
        FROM entries GROUP BY seq HAVING min(line) <> 1 OR count(*) <> max(line) ORDER BY seq
        """,
    ),
    Check(
        "accounts_equal_entries",
        "An account is the sum of its ledger rows.",
        ("accounts", "entries"),
        """
        SELECT 'account ' || owner || ' ' || asset AS row,
               coalesce(e.available, 0) || ' available, ' || coalesce(e.held, 0) || ' held' AS expected,
               coalesce(a.available, 0) || ' available, ' || coalesce(a.held, 0) || ' held' AS found
        FROM accounts a FULL JOIN (
            SELECT owner, asset, sum(available) AS available, sum(held) AS held FROM entries GROUP BY owner, asset
        ) e USING (owner, asset)
        WHERE coalesce(a.available, 0) <> coalesce(e.available, 0) OR coalesce(a.held, 0) <> coalesce(e.held, 0)
        ORDER BY owner, asset
        """,
    ),
    Check(
        "money_keys_equal_entries",
        "Every entry that has a key has its row among the money keys, and every key its entry.",
        ("entries",),
        """
        SELECT coalesce('entry ' || e.seq, 'money key ' || k.key) AS row, 'an entry and a money key' AS expected,
               CASE WHEN k.seq IS NULL THEN 'no money key' ELSE 'no entry ' || k.seq END AS found
        FROM (SELECT DISTINCT seq FROM entries WHERE reason < 20) e
        FULL JOIN (
            SELECT key, seq FROM money_keys
            WHERE seq <= (SELECT max(seq) FROM projection_cursors WHERE name = 'entries')
        ) k ON k.seq = e.seq
        WHERE k.seq IS NULL OR e.seq IS NULL ORDER BY coalesce(e.seq, k.seq)
        """,
    ),
)

_TRADING: Final = (
    Check(
        "orders_arithmetic",
        "An order is what was filled, taken off and remains of it, and its status says so.",
        ("orders",),
        """
        SELECT 'order ' || id AS row, 'quantity = filled + remaining + decremented, filled at 0 remaining' AS expected,
               format('status %s, %s quantity, %s filled, %s remaining, %s decremented',
                      status, quantity, filled, remaining, decremented) AS found
        FROM orders
        WHERE quantity <> filled + remaining + decremented OR least(filled, remaining, decremented) < 0
            OR (status = 2) <> (remaining = 0) OR (status = 3) <> (cancel_reason IS NOT NULL)
        ORDER BY id
        """,
    ),
    Check(
        "orders_equal_trades",
        "What an order has filled is the sum of its trades.",
        ("orders", "trades"),
        """
        SELECT 'order ' || id AS row,
               format('%s filled for %s in %s trades', coalesce(t.filled, 0), coalesce(t.quote, 0), coalesce(t.n, 0))
                   AS expected,
               format('%s filled for %s in %s trades', o.filled, o.filled_quote, o.trades_count) AS found
        FROM orders o FULL JOIN (
            SELECT id, sum(quantity) AS filled, sum(quote_amount) AS quote, count(*) AS n FROM (
                SELECT maker_order_id AS id, quantity, quote_amount FROM trades
                UNION ALL
                SELECT taker_order_id, quantity, quote_amount FROM trades
            ) halves GROUP BY id
        ) t USING (id)
        WHERE (o.filled, o.filled_quote, o.trades_count)
            IS DISTINCT FROM (coalesce(t.filled, 0), coalesce(t.quote, 0), coalesce(t.n, 0))
        ORDER BY id
        """,
    ),
    Check(
        "trades_arithmetic",
        "A trade's amounts are its price and quantity in its market's units, its fees no more than what is received.",
        ("trades", "markets"),
        """
        SELECT 'trade ' || t.id AS row,
               format('%s base, %s quote', t.quantity * m.base_lot, t.price::numeric * t.quantity * m.quote_lot)
                   AS expected,
               format('%s base, %s quote, fees %s and %s', base_amount, quote_amount, buyer_fee, seller_fee) AS found
        FROM trades t LEFT JOIN proj_markets m USING (market)
        WHERE base_amount IS DISTINCT FROM t.quantity * m.base_lot
            OR quote_amount IS DISTINCT FROM t.price::numeric * t.quantity * m.quote_lot
            OR buyer_fee NOT BETWEEN 0 AND base_amount OR seller_fee NOT BETWEEN 0 AND quote_amount
        ORDER BY t.id
        """,
    ),
    Check(
        "trades_within_limits",
        "A trade is at its maker's price, no worse than its taker's, between orders of its market and its members.",
        ("trades", "orders"),
        """
        SELECT 'trade ' || t.id AS row,
               format('between %s at %s and %s at %s', maker.member, maker.price, taker.member, taker.price)
                   AS expected,
               format('between %s and %s at %s', t.maker, t.taker, t.price) AS found
        FROM trades t
        LEFT JOIN orders maker ON maker.id = t.maker_order_id
        LEFT JOIN orders taker ON taker.id = t.taker_order_id
        WHERE (maker.market, taker.market, maker.member, taker.member, maker.price, maker.side, taker.side)
                IS DISTINCT FROM (t.market, t.market, t.maker, t.taker, t.price, 3 - t.taker_side, t.taker_side)
            OR (taker.kind = 1 AND CASE taker.side WHEN 1 THEN t.price > taker.price ELSE t.price < taker.price END)
        ORDER BY t.id
        """,
    ),
    *(
        Check(
            f"{table}_without_gaps",
            f"{table.capitalize()} are numbered from 1 without a gap.",
            (table,),
            f"""
            SELECT '{table} ' || before + 1 || ' to ' || id - 1 AS row, 'present' AS expected, 'missing' AS found
            FROM (SELECT id, lag(id, 1, 0) OVER (ORDER BY id) AS before FROM {table}) pairs
            WHERE id <> before + 1 ORDER BY id
            """,  # noqa: S608 - the two names below
        )
        for table in ("orders", "trades")
    ),
    Check(
        "candles_equal_trades",
        "Candles are what the trades make of them.",
        ("candles", "trades"),
        f"""
        SELECT format('candle %s %s %s', market, period, start_s) AS row, coalesce(e.candle::text, 'none') AS expected,
               coalesce(f.candle::text, 'none') AS found
        FROM (
            SELECT market, period, start_s,
                   (open, high, low, close, volume, quote_volume, trades, first_trade_id, last_trade_id) AS candle
            FROM candles
        ) f FULL JOIN (
            SELECT market, period, start_s,
                   ((array_agg(price ORDER BY id))[1], max(price), min(price), (array_agg(price ORDER BY id DESC))[1],
                    sum(quantity), sum(quote_amount), count(*), min(id), max(id)) AS candle
            FROM (
                SELECT t.*, period, executed_ns / 1000000000 / (60 * period) * (60 * period) AS start_s
                FROM trades t CROSS JOIN unnest(ARRAY{list(PERIODS)}::smallint[]) AS p(period)
            ) placed GROUP BY market, period, start_s
        ) e USING (market, period, start_s)
        WHERE e.candle IS DISTINCT FROM f.candle ORDER BY market, period, start_s
        """,  # noqa: S608 - constants
    ),
)

CHECKS: Final = (*_ACCOUNTS, *_LEDGER, *_TRADING)
