"""What the engine must know of the catalog: asset decimals, market rules in ticks and lots, fees in parts per million.

Invariant: pure and exact; a catalog value that the engine cannot hold exactly is a ValueError, never rounded.

The decimals of an asset are `min(18, max(subunits, precision, 10))`: subunits, so that every chain amount is exact;
precision, so that every withdrawal is; ten, because that is the digit budget of a market (price and amount digits
together), so that any allowed market can be added later, although an asset's decimals can never change.
"""

from collections.abc import Iterable
from decimal import Decimal

from pyxiu.catalog.model import ANY, MARKET_DIGITS_MAX, SUBUNITS_MAX, Currency, Market, MarketStatus, TradingFee
from pyxiu.core.commands import FeeRule, PutAsset, PutFeeSchedule, PutMarket, SetMarketState
from pyxiu.core.money import pack
from pyxiu.core.types import ANY as CORE_ANY
from pyxiu.core.types import AssetId, MarketId, MarketState

FEE_DIGITS = 6

#: Peatio treats every state but enabled and hidden as not tradable; cancels stay possible in all of them.
ENGINE_STATES = {
    MarketStatus.ENABLED: MarketState.ENABLED,
    MarketStatus.HIDDEN: MarketState.HIDDEN,
    MarketStatus.DISABLED: MarketState.DISABLED,
    MarketStatus.LOCKED: MarketState.CANCEL_ONLY,
    MarketStatus.SALE: MarketState.CANCEL_ONLY,
    MarketStatus.PRESALE: MarketState.CANCEL_ONLY,
}


def asset_decimals(subunits: int, precision: int) -> int:
    return min(SUBUNITS_MAX, max(subunits, precision, MARKET_DIGITS_MAX))


def scaled(amount: Decimal, digits: int) -> int:
    """`amount` in units of 10^-digits. Raises ValueError if that is not a whole number."""
    numerator, denominator = amount.as_integer_ratio()
    power: int = 10**digits
    whole, rest = divmod(numerator * power, denominator)
    if rest:
        raise ValueError(f"expected at most {digits} digits after the point, found {amount:f}")
    return whole


def put_asset(currency: Currency) -> PutAsset:
    return PutAsset(asset=AssetId(currency.id), decimals=currency.decimals)


def put_market(market: Market) -> PutMarket:
    return PutMarket(
        market=MarketId(market.id),
        base=AssetId(market.base_unit),
        quote=AssetId(market.quote_unit),
        price_precision=market.price_precision,
        amount_precision=market.amount_precision,
        min_price=scaled(market.min_price, market.price_precision),
        max_price=scaled(market.max_price, market.price_precision),
        min_quantity=scaled(market.min_amount, market.amount_precision),
        min_notional=pack(0),
    )


def set_market_state(market: Market) -> SetMarketState:
    return SetMarketState(market=MarketId(market.id), state=ENGINE_STATES[market.state])


def put_fee_schedule(fees: Iterable[TradingFee]) -> PutFeeSchedule:
    """The whole table, in an order that depends on nothing but its content."""
    rules = [
        FeeRule(
            group=CORE_ANY if fee.group == ANY else fee.group,
            market=CORE_ANY if fee.market_id == ANY else fee.market_id,
            maker_ppm=scaled(fee.maker, FEE_DIGITS),
            taker_ppm=scaled(fee.taker, FEE_DIGITS),
        )
        for fee in fees
    ]
    return PutFeeSchedule(rules=tuple(sorted(rules, key=lambda rule: (rule.group, rule.market))))
