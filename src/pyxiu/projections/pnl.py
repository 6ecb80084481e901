"""The `pnl` table: what each member has gained and lost of each asset, in the currencies that are asked for.

Whatever adds to what a member has is a credit and whatever takes from it a debit, each at its value of that moment:
trades, deposits, withdrawals, transfers, adjustments. Credits raise what the balance has cost, debits take from it at
the average cost. Invariant: credits less debits and their fees are the account, held funds included; the cost of a
balance of nothing is nothing. Limit: values come from trades here (`pnl_prices.py`); system owners have no rows.
"""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

import msgspec

from pyxiu.core.events import EntryPosted, HoldSettled, TradeExecuted
from pyxiu.core.money import unpack
from pyxiu.core.types import BUY, AssetId, MemberId
from pyxiu.projections.chunk import Chunk
from pyxiu.projections.connection import Connection, Row
from pyxiu.projections.pnl_prices import TABLE as PRICES_TABLE
from pyxiu.projections.pnl_prices import Prices, load_prices, store_prices
from pyxiu.projections.writing import expect_rows, rows_of

TABLE: Final = "pnl"
TABLES: Final = (TABLE, PRICES_TABLE)

#: (member, asset, amount that came, or less than 0 went, fee that went besides)
Move: TypeAlias = tuple[MemberId, AssetId, int, int]
#: (member, pnl currency, asset)
Key: TypeAlias = tuple[MemberId, AssetId, AssetId]

_NUMBERS: Final = (
    "total_credit",
    "total_debit",
    "total_debit_fees",
    "total_credit_value",
    "total_debit_value",
    "balance_value",
)
_LOAD: Final = """
SELECT p.* FROM pnl p JOIN unnest($1::text[], $2::text[]) AS k(member, currency) USING (member, currency)
"""
_PUT: Final = f"""
INSERT INTO pnl (member, pnl_currency, currency, {", ".join(_NUMBERS)}, seq)
SELECT member, pnl_currency, currency, {", ".join(f"{name}::numeric" for name in _NUMBERS)}, seq
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::bigint[]) AS d(member, pnl_currency, currency, {", ".join(_NUMBERS)}, seq)
ON CONFLICT (member, pnl_currency, currency) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in (*_NUMBERS, "seq"))}
"""  # noqa: S608 - constants


class Pnl(msgspec.Struct, gc=False):
    """A row's numbers: amounts in the asset's units, values in FINE parts of the pnl currency's.

    `balance_value` is what the balance has cost.
    """

    total_credit: int = 0
    total_debit: int = 0
    total_debit_fees: int = 0
    total_credit_value: int = 0
    total_debit_value: int = 0
    balance_value: int = 0
    seq: int = 0

    @property
    def balance(self) -> int:
        return self.total_credit - self.total_debit - self.total_debit_fees

    def credit(self, amount: int, value: int) -> None:
        self.total_credit += amount
        self.total_credit_value += value
        self.balance_value += value

    def debit(self, amount: int, fee: int, value: int) -> None:
        """`value` is that of the amount; amount and fee leave at the average cost, which is rounded down."""
        balance = self.balance
        assert amount + fee <= balance, (amount, fee, balance)
        if amount + fee:
            self.balance_value -= self.balance_value * (amount + fee) // balance
        self.total_debit += amount
        self.total_debit_fees += fee
        self.total_debit_value += value


async def project_pnl(connection: Connection, chunk: Chunk) -> None:
    """Count what the chunk moves; nothing where no currency is asked for."""
    currencies = [AssetId(row["currency"]) for row in await connection.fetch("SELECT currency FROM pnl_currencies")]
    if not currencies or not any(chunk.events(TradeExecuted, EntryPosted, HoldSettled)):
        return
    prices = await load_prices(connection)
    valued = list(_valued(chunk, currencies, prices))
    rows = await _load(connection, {(move[0], move[1]) for _, move, _ in valued})
    for seq, (member, asset, amount, fee), values in valued:
        for currency, value in zip(currencies, values, strict=True):
            row = rows.setdefault((member, currency, asset), Pnl())
            if amount > 0:
                row.credit(amount, value)
            else:
                row.debit(-amount, fee, value)
            row.seq = seq
    await _store(connection, rows)
    await store_prices(connection, prices)


def _valued(chunk: Chunk, currencies: Sequence[AssetId], prices: Prices) -> Iterator[tuple[int, Move, list[int]]]:
    """Every move of a member's, with the record and the values of its amount at that moment."""
    for seq, _, event in chunk.events(TradeExecuted, EntryPosted, HoldSettled):
        match event:
            case TradeExecuted():
                base, quote = chunk.assets_of(event.market)
                prices.traded(base, quote, unpack(event.base_amount), unpack(event.quote_amount))
                moves = _of_trade(event, base, quote)
            case EntryPosted():
                moves = _of_entry(event)
            case HoldSettled():
                moves = [(event.member, event.asset, -unpack(event.amount), unpack(event.fee))]
            case _:
                raise AssertionError(event)
        for move in moves:
            member, asset, amount, fee = move
            if not member.startswith("@") and (amount or fee):
                yield seq, move, [prices.value(asset, currency, abs(amount)) for currency in currencies]


def _of_trade(trade: TradeExecuted, base: AssetId, quote: AssetId) -> list[Move]:
    """Debits first: who trades with itself gives before it receives."""
    buyer, seller = trade.taker, trade.maker
    if trade.taker_side is not BUY:
        buyer, seller = seller, buyer
    bought, paid = unpack(trade.base_amount), unpack(trade.quote_amount)
    return [
        (buyer, quote, -paid, 0),
        (seller, base, -bought, 0),
        (buyer, base, bought - unpack(trade.buyer_fee), 0),
        (seller, quote, paid - unpack(trade.seller_fee), 0),
    ]


def _of_entry(event: EntryPosted) -> list[Move]:
    """What the postings add to each owner in sum."""
    sums: dict[tuple[MemberId, AssetId], int] = {}
    for posting in event.postings:
        key = (posting.owner, posting.asset)
        sums[key] = sums.get(key, 0) + unpack(posting.amount)
    return [(owner, asset, amount, 0) for (owner, asset), amount in sums.items()]


async def _load(connection: Connection, touched: set[tuple[MemberId, AssetId]]) -> dict[Key, Pnl]:
    keys = sorted(touched)
    rows = await connection.fetch(_LOAD, [member for member, _ in keys], [asset for _, asset in keys])
    return {(row["member"], row["pnl_currency"], row["currency"]): pnl_of(row) for row in rows}


async def _store(connection: Connection, rows: dict[Key, Pnl]) -> None:
    if not rows:
        return
    keys, values = list(rows), list(rows.values())
    columns = [[str(getattr(value, name)) for value in values] for name in _NUMBERS]
    tag = await connection.execute(
        _PUT,
        [member for member, _, _ in keys],
        [currency for _, currency, _ in keys],
        [asset for _, _, asset in keys],
        *columns,
        [value.seq for value in values],
    )
    expect_rows(rows_of(tag), len(rows), TABLE)


def pnl_of(row: Row) -> Pnl:
    return Pnl(**{name: int(row[name]) for name in _NUMBERS}, seq=row["seq"])
