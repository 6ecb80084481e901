"""What the catalog knows: currencies, chains, markets for display, fees, engines and limits.

Invariant: a value of these types has passed `seed_entries` or came from the database, which holds nothing else. The
engine decides with its own copy of the rules (`engine_rules.py` derives it); this one is what people read and edit.
Limit: amounts are exact decimals, never floats; they are shown and compared here, balances are the engine's alone.
"""

import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

#: Market and group of a fee or limit row that stands for all of them.
ANY = "any"
ZERO = Decimal(0)
#: Peatio's budget for a market: price and amount digits together. It keeps price x amount x fee exact.
MARKET_DIGITS_MAX = 10
SUBUNITS_MAX = 18


class CurrencyType(StrEnum):
    COIN = "coin"
    FIAT = "fiat"


class MarketStatus(StrEnum):
    """The wire's words for a market's state; what each allows is the engine's `MarketState`."""

    ENABLED = "enabled"
    HIDDEN = "hidden"
    DISABLED = "disabled"
    LOCKED = "locked"
    SALE = "sale"
    PRESALE = "presale"


class NetworkStatus(StrEnum):
    """Of an asset on a network: hidden ones work and are not listed."""

    ENABLED = "enabled"
    HIDDEN = "hidden"
    DISABLED = "disabled"


class GasSpeed(StrEnum):
    STANDARD = "standard"
    SAFELOW = "safelow"
    FAST = "fast"


class Blockchain(msgspec.Struct, frozen=True):
    """A chain an asset moves on. `chain` is its adapter's name, as `litecoin` or `evm:56`; `height` is the first block
    to look for deposits in. The amounts here are in the platform currency.
    """

    key: str
    name: str
    client: str
    chain: str
    height: int = 1
    min_confirmations: int = 6
    explorer_address: str | None = None
    explorer_transaction: str | None = None
    status: str = "active"
    protocol: str | None = None
    warning: str | None = None
    description: str | None = None
    collection_gas_speed: GasSpeed = GasSpeed.STANDARD
    withdrawal_gas_speed: GasSpeed = GasSpeed.STANDARD
    min_deposit_amount: Decimal = ZERO
    withdraw_fee: Decimal = ZERO
    min_withdraw_amount: Decimal = ZERO


class Depth(msgspec.Struct, frozen=True):
    """A deposit of `from_amount` or more may be traded at `tradable` confirmations and leave at `withdrawable`."""

    from_amount: Decimal = msgspec.field(name="from")
    tradable: int
    withdrawable: int


class AssetNetwork(msgspec.Struct, frozen=True):
    """What is bound to one chain of an asset; `blockchain_key` None is the one row of a fiat currency. `base_factor` is
    10^subunits, the smallest chain units in one. A token has a `parent_id`: the coin that pays for its transactions.
    """

    currency_id: str
    blockchain_key: str | None
    subunits: int
    parent_id: str | None = None
    deposit_fee: Decimal = ZERO
    min_deposit_amount: Decimal = ZERO
    min_collection_amount: Decimal = ZERO
    withdraw_fee: Decimal = ZERO
    min_withdraw_amount: Decimal = ZERO
    deposit_enabled: bool = True
    withdrawal_enabled: bool = True
    status: NetworkStatus = NetworkStatus.ENABLED
    options: dict[str, Any] = {}
    depths: tuple[Depth, ...] = ()
    id: int = 0

    @property
    def base_factor(self) -> int:
        factor: int = 10**self.subunits
        return factor

    def depths_on(self, chain: Blockchain) -> tuple[Depth, ...]:
        """How deep deposits must be, the smallest amount first: as was set for this asset, or what the chain asks."""
        return self.depths or (Depth(ZERO, chain.min_confirmations, chain.min_confirmations),)


class Currency(msgspec.Struct, frozen=True):
    """An asset as the wire shows it. `decimals` are the engine's and enough for every network; `networks` are in the
    order in which they were added.
    """

    id: str
    name: str
    type: CurrencyType
    position: int
    precision: int
    decimals: int
    description: str | None = None
    homepage: str | None = None
    icon_url: str | None = None
    withdraw_limit_24h: Decimal = ZERO
    withdraw_limit_72h: Decimal = ZERO
    price: Decimal = Decimal(1)
    visible: bool = True
    networks: tuple[AssetNetwork, ...] = ()

    @property
    def first_network(self) -> AssetNetwork:
        """The one that stands for all where a client knows of one only: the first that is enabled, if any is."""
        enabled = [row for row in self.networks if row.status is NetworkStatus.ENABLED]
        return (enabled or self.networks)[0]

    @property
    def can_deposit(self) -> bool:
        """On the first network; on none where all are switched off."""
        return self.first_network.deposit_enabled and self.first_network.status is not NetworkStatus.DISABLED

    @property
    def can_withdraw(self) -> bool:
        """Likewise."""
        return self.first_network.withdrawal_enabled and self.first_network.status is not NetworkStatus.DISABLED


class Engine(msgspec.Struct, frozen=True):
    """A matching engine by name. Only driver `peatio`, the built-in one, matches here; `id` 0 is not stored yet."""

    name: str
    driver: str
    id: int = 0
    uid: str | None = None
    url: str | None = None
    state: str = "online"


class Market(msgspec.Struct, frozen=True):
    """A market as the wire shows it; `max_price` 0 means none."""

    id: str
    base_unit: str
    quote_unit: str
    engine_name: str
    position: int
    price_precision: int
    amount_precision: int
    min_price: Decimal
    max_price: Decimal
    min_amount: Decimal
    state: MarketStatus = MarketStatus.ENABLED
    data: dict[str, Any] = {}

    @property
    def name(self) -> str:
        return f"{self.base_unit}/{self.quote_unit}".upper()


class TradingFee(msgspec.Struct, frozen=True):
    """Maker and taker fee of a member group and a market, as fractions (0.002 is 0.2 %)."""

    group: str
    market_id: str
    maker: Decimal
    taker: Decimal
    id: int = 0
    created_at: datetime.datetime | None = None
    updated_at: datetime.datetime | None = None


class WithdrawLimit(msgspec.Struct, frozen=True):
    """How much a member may withdraw, in the platform currency; 0 and 0 is unlimited."""

    group: str
    kyc_level: str
    limit_24_hour: Decimal
    limit_1_month: Decimal
    id: int = 0
    created_at: datetime.datetime | None = None
    updated_at: datetime.datetime | None = None


class MemberLevels(msgspec.Struct, frozen=True):
    """The verification level that each group of endpoints asks of a member."""

    deposit: int = 3
    withdraw: int = 3
    trading: int = 3


def plain(amount: Decimal) -> str:
    """The wire's form of a decimal: "1.0", "0.002", never an exponent, at least one digit after the point."""
    text = format(amount, "f")
    if "." not in text:
        return text + ".0"
    text = text.rstrip("0")
    return text + "0" if text.endswith(".") else text
