"""What seed entries must be to each other and to what exists, and the plan of what to add.

Invariant: pure; a plan without problems can be applied as it stands, in the order of its fields, and holds only keys
that do not exist yet (existing keys are skipped, never updated). Limit: one plan for all files: all are valid or none.
"""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from pyxiu.catalog.check_networks import with_networks
from pyxiu.catalog.model import (
    ANY,
    AssetNetwork,
    Blockchain,
    Currency,
    Engine,
    Market,
    TradingFee,
    WithdrawLimit,
)
from pyxiu.catalog.seed_entries import POSITION_NEXT, Model, Parsed
from pyxiu.catalog.seed_file import Problem
from pyxiu.core.types import MAX_FEE_RULES

Row = TypeVar("Row", Currency, Market)

BUILT_IN_DRIVER = "peatio"
#: Files older than engines name none for their markets; this one is added for them.
DEFAULT_ENGINE = Engine(name="peatio-default-engine", driver=BUILT_IN_DRIVER)


class Existing(msgspec.Struct, frozen=True):
    """What the database holds already, by key."""

    blockchains: dict[str, Blockchain] = {}
    currencies: dict[str, Currency] = {}
    engines: dict[str, Engine] = {}
    markets: dict[str, Market] = {}
    trading_fees: dict[tuple[str, str], TradingFee] = {}
    withdraw_limits: dict[tuple[str, str], WithdrawLimit] = {}


class SeedPlan(msgspec.Struct):
    """Rows to add, keys that exist already, and remarks that do not stop a seed."""

    blockchains: list[Blockchain] = []
    currencies: list[Currency] = []
    asset_networks: list[AssetNetwork] = []
    engines: list[Engine] = []
    markets: list[Market] = []
    trading_fees: list[TradingFee] = []
    withdraw_limits: list[WithdrawLimit] = []
    skipped: list[str] = []
    warnings: list[str] = []

    def counts(self) -> dict[str, int]:
        return {name: len(getattr(self, name)) for name in LISTS}


LISTS = ("blockchains", "currencies", "asset_networks", "engines", "markets", "trading_fees", "withdraw_limits")


def label_of(value: Model) -> str:
    """How an entry is named in reports, and what makes it unique: its kind and key."""
    match value:
        case Blockchain(key=key):
            return f"blockchain {key}"
        case Currency(id=key):
            return f"currency {key}"
        case AssetNetwork(currency_id=currency, blockchain_key=chain):
            return f"currency {currency} on {chain or 'no blockchain'}"
        case Engine(name=key):
            return f"engine {key}"
        case Market(id=key):
            return f"market {key}"
        case TradingFee(group=group, market_id=market):
            return f"trading fee of group {group}, market {market}"
        case WithdrawLimit(group=group, kyc_level=level):
            return f"withdraw limit of group {group}, level {level}"


def check_seed(parsed: Iterable[Parsed], existing: Existing) -> tuple[SeedPlan, list[Problem]]:
    """The plan for entries that parsed, and what is wrong between them."""
    plan = SeedPlan()
    problems: list[Problem] = []
    places: dict[str, str] = {}
    for entry in parsed:
        if entry.value is None:
            continue
        label = label_of(entry.value)
        if label in places:
            problems.append(Problem(entry.where, f"{label} stands already at {places[label]}"))
            continue
        places[label] = entry.where
        if _exists(entry.value, existing):
            plan.skipped.append(label)
        else:
            _list_for(plan, entry.value).append(entry.value)
    _Check(plan, existing, places, problems).run()
    return plan, problems


def _exists(value: Model, existing: Existing) -> bool:
    match value:
        case Blockchain(key=key):
            return key in existing.blockchains
        case Currency(id=key):
            return key in existing.currencies
        case AssetNetwork(currency_id=currency, blockchain_key=chain):
            known = existing.currencies.get(currency)
            return known is not None and any(row.blockchain_key == chain for row in known.networks)
        case Engine(name=key):
            return key in existing.engines
        case Market(id=key):
            return key in existing.markets
        case TradingFee(group=group, market_id=market):
            return (group, market) in existing.trading_fees
        case WithdrawLimit(group=group, kyc_level=level):
            return (group, level) in existing.withdraw_limits


def _list_for(plan: SeedPlan, value: Model) -> list[Model]:
    name = {
        Blockchain: "blockchains",
        Currency: "currencies",
        AssetNetwork: "asset_networks",
        Engine: "engines",
        Market: "markets",
        TradingFee: "trading_fees",
        WithdrawLimit: "withdraw_limits",
    }[type(value)]
    rows: list[Model] = getattr(plan, name)
    return rows


class _Check:
    """References and uniqueness over new and existing rows together."""

    def __init__(self, plan: SeedPlan, existing: Existing, places: dict[str, str], problems: list[Problem]) -> None:
        self._plan = plan
        self._existing = existing
        self._places = places
        self._problems = problems
        self._currencies = existing.currencies | {row.id: row for row in plan.currencies}

    def run(self) -> None:
        chains = self._existing.blockchains | {row.key: row for row in self._plan.blockchains}
        plan = self._plan
        plan.currencies, plan.asset_networks = with_networks(
            plan.currencies, plan.asset_networks, self._existing.currencies, chains, self._wrong
        )
        self._currencies |= {row.id: row for row in plan.currencies}
        self._markets()
        self._trading_fees()
        self._positions()

    def _wrong(self, value: Model, text: str) -> None:
        self._problems.append(Problem(self._places[label_of(value)], text))

    def _markets(self) -> None:
        engines = self._existing.engines | {row.name: row for row in self._plan.engines}
        pairs = {_pair(row): row.id for row in self._existing.markets.values()}
        checked = []
        for market in self._plan.markets:
            checked.append(self._with_engine(market, engines))
            self._units(market)
            other = pairs.setdefault(_pair(market), market.id)
            if other != market.id:
                self._wrong(market, f"base_unit, quote_unit: expected a new pair, found that of market {other}")
        self._plan.markets = checked

    def _units(self, market: Market) -> None:
        if market.base_unit == market.quote_unit:
            self._wrong(market, f"quote_unit: expected another currency than base_unit, found {market.quote_unit!r}")
        digits = {
            "base_unit": market.amount_precision,
            "quote_unit": market.price_precision + market.amount_precision,
        }
        for name, needed in digits.items():
            unit = getattr(market, name)
            currency = self._currencies.get(unit)
            if currency is None:
                self._wrong(market, f"{name}: expected the id of a currency, found {unit!r}")
            elif currency.decimals < needed:
                self._wrong(market, f"{name}: expected a currency of {needed} decimals, {unit} has {currency.decimals}")

    def _with_engine(self, market: Market, engines: dict[str, Engine]) -> Market:
        name = market.engine_name
        if not name:
            built_in = [engine.name for engine in engines.values() if engine.driver == BUILT_IN_DRIVER]
            if not built_in:
                self._plan.engines.append(DEFAULT_ENGINE)
                engines[DEFAULT_ENGINE.name] = DEFAULT_ENGINE
                built_in = [DEFAULT_ENGINE.name]
            return msgspec.structs.replace(market, engine_name=built_in[0])
        if name not in engines:
            self._wrong(market, f"engine_name: expected the name of an engine, found {name!r}")
        elif engines[name].driver != BUILT_IN_DRIVER:
            self._plan.warnings.append(
                f"market {market.id}: engine {name} has driver {engines[name].driver}; Pyxiu matches this market itself"
            )
        return market

    def _trading_fees(self) -> None:
        markets = set(self._existing.markets) | {row.id for row in self._plan.markets}
        for fee in self._plan.trading_fees:
            if fee.market_id != ANY and fee.market_id not in markets:
                self._wrong(fee, f"market_id: expected any or the id of a market, found {fee.market_id!r}")
        total = len(self._existing.trading_fees) + len(self._plan.trading_fees)
        if total > MAX_FEE_RULES:
            self._problems.append(Problem("trading_fees", f"expected at most {MAX_FEE_RULES} rows, found {total}"))

    def _positions(self) -> None:
        self._plan.currencies = _placed(
            self._plan.currencies, [row.position for row in self._existing.currencies.values()]
        )
        self._plan.markets = _placed(self._plan.markets, [row.position for row in self._existing.markets.values()])


def _pair(market: Market) -> tuple[str, ...]:
    """The same for a pair and its reverse: only one of them may be a market."""
    return tuple(sorted((market.base_unit, market.quote_unit)))


def _placed(rows: list[Row], taken: list[int]) -> list[Row]:
    """Rows without a position come after all that have one, in the order of the files."""
    last = max([*taken, *(row.position for row in rows)], default=0)
    placed = []
    for row in rows:
        if row.position == POSITION_NEXT:
            last += 1
            placed.append(msgspec.structs.replace(row, position=last))
        else:
            placed.append(row)
    return placed
