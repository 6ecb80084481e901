"""One seed entry of each kind as a typed value of the catalog, with the legacy names that Peatio still accepts.

Invariant: a value is returned only when its entry had no problem. Limit: what needs other entries (does the base
currency exist, is the pair taken) is `check_seed.py`.
"""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pyxiu.catalog.engine_rules import FEE_DIGITS, asset_decimals
from pyxiu.catalog.model import (
    ANY,
    MARKET_DIGITS_MAX,
    SUBUNITS_MAX,
    AssetNetwork,
    Blockchain,
    Currency,
    CurrencyType,
    Depth,
    Engine,
    GasSpeed,
    Market,
    MarketStatus,
    NetworkStatus,
    TradingFee,
    WithdrawLimit,
)
from pyxiu.catalog.seed_fields import Fields, digits_after_point
from pyxiu.catalog.seed_file import Entry, Problem, SeedKind

CURRENCY_ID_LENGTH_MAX = 10
POSITION_MAX = 1_000_000
HEIGHT_MAX = 2**62
DEPTH_MAX = 100_000
FEE_MAX = Decimal("0.5")
#: `position` of an entry that names none; the database gives it the next free one.
POSITION_NEXT = 0

LEGACY_MARKET_FIELDS = {
    "ask_unit": "base_unit",
    "bid_unit": "quote_unit",
    "ask_precision": "amount_precision",
    "bid_precision": "price_precision",
    "min_ask_price": "min_price",
    "max_bid_price": "max_price",
    "min_ask_amount": "min_amount",
    "min_bid_amount": "min_amount",
    "symbol": "id",
}
LEGACY_CURRENCY_FIELDS = {"code": "id", "enabled": "visible"}

Model = Blockchain | Currency | AssetNetwork | Engine | Market | TradingFee | WithdrawLimit


class ActiveOrDisabled(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


class EngineState(StrEnum):
    ONLINE = "online"
    OFFLINE = "offline"


class Parsed:
    """An entry's value, or its problems; `ignored` are fields that mean nothing here."""

    def __init__(self, fields: Fields, value: Model) -> None:
        self.where = fields.where
        self.problems: list[Problem] = fields.problems
        self.value: Model | None = None if fields.problems else value
        self.ignored = fields.not_asked_for()


def parse_entry(kind: SeedKind, entry: Entry) -> Parsed:
    return PARSERS[kind](entry)


def _blockchain(entry: Entry) -> Parsed:
    fields = Fields(entry, "key")
    explorer = fields.mapping("explorer")
    key = fields.identifier("key")
    value = Blockchain(
        key=key,
        name=fields.text("name", default=key),
        client=fields.text("client"),
        chain=fields.identifier("chain", default=key),
        height=fields.integer("height", 1, HEIGHT_MAX, default=1),
        min_confirmations=fields.integer("min_confirmations", 1, DEPTH_MAX, default=6),
        explorer_address=fields.optional_text("explorer_address") or _text_of(explorer, "address"),
        explorer_transaction=fields.optional_text("explorer_transaction") or _text_of(explorer, "transaction"),
        status=fields.choice("status", ActiveOrDisabled, ActiveOrDisabled.ACTIVE).value,
        protocol=fields.optional_text("protocol"),
        warning=fields.optional_text("warning"),
        description=fields.optional_text("description"),
        collection_gas_speed=fields.choice("collection_gas_speed", GasSpeed, GasSpeed.STANDARD),
        withdrawal_gas_speed=fields.choice("withdrawal_gas_speed", GasSpeed, GasSpeed.STANDARD),
        min_deposit_amount=fields.amount("min_deposit_amount"),
        withdraw_fee=fields.amount("withdraw_fee"),
        min_withdraw_amount=fields.amount("min_withdraw_amount"),
    )
    return Parsed(fields, value)


def _currency(entry: Entry) -> Parsed:
    """With its network, where the entry names one as files for a single network do."""
    fields = Fields(_renamed(entry, LEGACY_CURRENCY_FIELDS), "id")
    currency_id = fields.identifier("id", longest=CURRENCY_ID_LENGTH_MAX)
    kind = fields.choice("type", CurrencyType, CurrencyType.COIN)
    precision = fields.integer("precision", 0, SUBUNITS_MAX, default=8)
    network = _network_of(fields, currency_id, kind)
    shown = fields.choice("status", NetworkStatus, NetworkStatus.ENABLED)
    value = Currency(
        id=currency_id,
        name=fields.text("name", default=currency_id.upper()),
        type=kind,
        position=fields.integer("position", 1, POSITION_MAX, default=POSITION_NEXT),
        precision=precision,
        decimals=asset_decimals(network.subunits, precision),
        description=fields.optional_text("description"),
        homepage=fields.optional_text("homepage"),
        icon_url=fields.optional_text("icon_url"),
        withdraw_limit_24h=fields.amount("withdraw_limit_24h"),
        withdraw_limit_72h=fields.amount("withdraw_limit_72h"),
        price=fields.amount("price", default=Decimal(1)),
        visible=fields.flag("visible", default=shown is NetworkStatus.ENABLED),
        networks=(network,) if network.blockchain_key or network.parent_id or kind is CurrencyType.FIAT else (),
    )
    return Parsed(fields, value)


def _asset_network(entry: Entry) -> Parsed:
    fields = Fields(entry, "currency_id")
    currency_id = fields.identifier("currency_id", longest=CURRENCY_ID_LENGTH_MAX)
    return Parsed(fields, _network_of(fields, currency_id, None))


def _network_of(fields: Fields, currency_id: str, kind: CurrencyType | None) -> AssetNetwork:
    """What is bound to a chain. Deposits of coins cost nothing; of what kind a currency is may be unknown yet."""
    deposit_fee = fields.amount("deposit_fee")
    return AssetNetwork(
        currency_id=currency_id,
        blockchain_key=fields.identifier("blockchain_key", default="") or None,
        subunits=_subunits(fields),
        parent_id=fields.identifier("parent_id", default="", longest=CURRENCY_ID_LENGTH_MAX) or None,
        deposit_fee=Decimal(0) if kind is CurrencyType.COIN else deposit_fee,
        min_deposit_amount=fields.amount("min_deposit_amount"),
        min_collection_amount=fields.amount("min_collection_amount"),
        withdraw_fee=fields.amount("withdraw_fee"),
        min_withdraw_amount=fields.amount("min_withdraw_amount"),
        deposit_enabled=fields.flag("deposit_enabled", default=True),
        withdrawal_enabled=fields.flag("withdrawal_enabled", default=True),
        status=fields.choice("status", NetworkStatus, NetworkStatus.ENABLED) if kind is None else NetworkStatus.ENABLED,
        options=fields.mapping("options"),
        depths=_depths(fields),
    )


def _depths(fields: Fields) -> tuple[Depth, ...]:
    """Steps of `from`, `tradable` and `withdrawable`, the smallest amount first; none means the chain's own depth."""
    steps = []
    for part in fields.entries("depths"):
        tradable = part.integer("tradable", 1, DEPTH_MAX)
        steps.append(Depth(part.amount("from"), tradable, part.integer("withdrawable", tradable, DEPTH_MAX, tradable)))
        for unknown in part.not_asked_for():
            fields.wrong("depths", "from, tradable and withdrawable", unknown)
    steps.sort(key=lambda step: step.from_amount)
    if steps and steps[0].from_amount:
        fields.wrong("depths", "a step from 0", f"{steps[0].from_amount:f} as the lowest")
    if len({step.from_amount for step in steps}) < len(steps):
        fields.wrong("depths", "each amount once")
    return tuple(steps)


def _subunits(fields: Fields) -> int:
    """`subunits`, or the power of ten that `base_factor` is. Both is one too many."""
    if fields.has("base_factor") and fields.has("subunits"):
        fields.wrong("subunits", "either base_factor or subunits", "both")
    if fields.has("subunits"):
        fields.raw("base_factor")
        return fields.integer("subunits", 0, SUBUNITS_MAX)
    fields.raw("subunits")
    factor = fields.integer("base_factor", 1, 10**SUBUNITS_MAX, default=1)
    subunits = len(str(factor)) - 1
    if factor != 10**subunits:
        fields.wrong("base_factor", "a power of ten", factor)
    return subunits


def _engine(entry: Entry) -> Parsed:
    fields = Fields(entry, "name")
    value = Engine(
        name=fields.identifier("name"),
        driver=fields.text("driver"),
        uid=fields.optional_text("uid"),
        url=fields.optional_text("url"),
        state=fields.choice("state", EngineState, EngineState.ONLINE).value,
    )
    return Parsed(fields, value)


def _market(entry: Entry) -> Parsed:
    fields = Fields(_renamed(entry, LEGACY_MARKET_FIELDS), "id")
    base = fields.identifier("base_unit", longest=CURRENCY_ID_LENGTH_MAX)
    quote = fields.identifier("quote_unit", longest=CURRENCY_ID_LENGTH_MAX)
    market_id = fields.identifier("id", default=base + quote)
    if base and quote and market_id != base + quote:
        fields.wrong("id", f"{base + quote} (base_unit and quote_unit)", market_id)
    price_precision = fields.integer("price_precision", 0, MARKET_DIGITS_MAX, default=4)
    amount_precision = fields.integer("amount_precision", 0, MARKET_DIGITS_MAX - price_precision, default=4)
    enabled = fields.flag("enabled", default=True)
    value = Market(
        id=market_id,
        base_unit=base,
        quote_unit=quote,
        engine_name=fields.identifier("engine_name", default=""),
        position=fields.integer("position", 1, POSITION_MAX, default=POSITION_NEXT),
        price_precision=price_precision,
        amount_precision=amount_precision,
        min_price=_in_steps(fields, "min_price", price_precision) or _step(price_precision),
        max_price=_in_steps(fields, "max_price", price_precision),
        min_amount=_in_steps(fields, "min_amount", amount_precision) or _step(amount_precision),
        state=fields.choice("state", MarketStatus, MarketStatus.ENABLED if enabled else MarketStatus.DISABLED),
        data=fields.mapping("data"),
    )
    if 0 < value.max_price < value.min_price:
        fields.wrong("max_price", f"0 (none) or at least min_price {value.min_price:f}", value.max_price)
    return Parsed(fields, value)


def _in_steps(fields: Fields, name: str, precision: int) -> Decimal:
    """An amount within a precision; 0 where it is missing (older files) or zero."""
    amount = fields.amount(name)
    if digits_after_point(amount) > precision:
        fields.wrong(name, f"at most {precision} digits after the point", amount)
    return amount


def _step(precision: int) -> Decimal:
    return Decimal(1).scaleb(-precision)


def _trading_fee(entry: Entry) -> Parsed:
    fields = Fields(entry, "market_id")
    value = TradingFee(
        group=fields.identifier("group", default=ANY),
        market_id=fields.identifier("market_id", default=ANY),
        maker=_fee(fields, "maker"),
        taker=_fee(fields, "taker"),
    )
    return Parsed(fields, value)


def _fee(fields: Fields, name: str) -> Decimal:
    fee = fields.amount(name)
    if fee > FEE_MAX or digits_after_point(fee) > FEE_DIGITS:
        fields.wrong(name, f"0 to {FEE_MAX} with at most {FEE_DIGITS} digits after the point", fee)
    return fee


def _withdraw_limit(entry: Entry) -> Parsed:
    fields = Fields(entry, "kyc_level")
    value = WithdrawLimit(
        group=fields.identifier("group", default=ANY),
        kyc_level=fields.identifier("kyc_level", default=ANY),
        limit_24_hour=fields.amount("limit_24_hour"),
        limit_1_month=fields.amount("limit_1_month"),
    )
    return Parsed(fields, value)


PARSERS: dict[SeedKind, Callable[[Entry], Parsed]] = {
    SeedKind.BLOCKCHAINS: _blockchain,
    SeedKind.CURRENCIES: _currency,
    SeedKind.ASSET_NETWORKS: _asset_network,
    SeedKind.ENGINES: _engine,
    SeedKind.MARKETS: _market,
    SeedKind.TRADING_FEES: _trading_fee,
    SeedKind.WITHDRAW_LIMITS: _withdraw_limit,
}


def _renamed(entry: Entry, legacy: dict[str, str]) -> Entry:
    """Old field names under their new ones; a new name that is there wins, as in Peatio."""
    values: dict[str, Any] = {name: value for name, value in entry.values.items() if name not in legacy}
    for old, new in legacy.items():
        if entry.values.get(old) is not None and values.get(new) is None:
            values[new] = entry.values[old]
    return entry._replace(values=values)


def _text_of(mapping: dict[str, Any], name: str) -> str | None:
    value = mapping.get(name)
    return value if isinstance(value, str) and value else None
