"""Currencies, markets, fees and limits as the wire shows them.

Invariant: a field that the dialect shows only where it means something is left out elsewhere, not null. Limit: what is
chain-bound is told for one chain per currency.
"""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from pyxiu.api.wire.texts import Decimal, Time, iso8601_of
from pyxiu.catalog import model
from pyxiu.catalog.model import CurrencyType, plain


class Currency(msgspec.Struct, frozen=True):
    """A coin, a token or a fiat currency."""

    id: Annotated[str, msgspec.Meta(description="The code, in lower case.")]
    name: str
    description: str | None
    homepage: str | None
    price: Annotated[Decimal, msgspec.Meta(description="Value in the platform's currency.")]
    type: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["coin", "fiat"]})]
    deposit_enabled: bool
    withdrawal_enabled: bool
    deposit_fee: Decimal
    min_deposit_amount: Decimal
    withdraw_fee: Decimal
    min_withdraw_amount: Decimal
    withdraw_limit_24h: Decimal
    withdraw_limit_72h: Decimal
    base_factor: Annotated[int, msgspec.Meta(description="Smallest chain units in one.")]
    precision: int
    position: int
    icon_url: str | UnsetType = UNSET
    parent_id: Annotated[str | UnsetType, msgspec.Meta(description="Of a token: the coin of its chain.")] = UNSET
    explorer_transaction: str | UnsetType = UNSET
    explorer_address: str | UnsetType = UNSET
    min_confirmations: int | UnsetType = UNSET


class Market(msgspec.Struct, frozen=True):
    """A pair of currencies that can be traded."""

    id: str
    name: Annotated[str, msgspec.Meta(examples=["BTC/USD"])]
    base_unit: str
    quote_unit: str
    min_price: Decimal
    max_price: Annotated[Decimal, msgspec.Meta(description="0.0 is unlimited.")]
    min_amount: Decimal
    amount_precision: int
    price_precision: int
    state: Annotated[str, msgspec.Meta(examples=["enabled"])]


class TradingFee(msgspec.Struct, frozen=True):
    """What a member group pays on a market; `any` stands for all. The most specific row counts."""

    id: int
    group: str
    market_id: str
    maker: Decimal
    taker: Decimal
    created_at: Time | None
    updated_at: Time | None


class WithdrawLimit(msgspec.Struct, frozen=True):
    """How much may be withdrawn, in the platform's currency."""

    id: int
    group: str
    kyc_level: str
    limit_24_hour: Decimal
    limit_1_month: Decimal
    created_at: Time | None
    updated_at: Time | None


class MinimumLevel(msgspec.Struct, frozen=True):
    minimum_level: int


class MemberLevels(msgspec.Struct, frozen=True):
    """The verification level that each kind of action needs."""

    deposit: MinimumLevel
    withdraw: MinimumLevel
    trading: MinimumLevel


def currency_entity(currency: model.Currency, chain: model.Blockchain | None) -> Currency:
    coin = currency.type is CurrencyType.COIN
    return Currency(
        id=currency.id,
        name=currency.name,
        description=currency.description,
        homepage=currency.homepage,
        price=plain(currency.price),
        type=currency.type.value,
        deposit_enabled=currency.deposit_enabled,
        withdrawal_enabled=currency.withdrawal_enabled,
        deposit_fee=plain(currency.deposit_fee),
        min_deposit_amount=plain(currency.min_deposit_amount),
        withdraw_fee=plain(currency.withdraw_fee),
        min_withdraw_amount=plain(currency.min_withdraw_amount),
        withdraw_limit_24h=plain(currency.withdraw_limit_24h),
        withdraw_limit_72h=plain(currency.withdraw_limit_72h),
        base_factor=currency.base_factor,
        precision=currency.precision,
        position=currency.position,
        icon_url=currency.icon_url or UNSET,
        parent_id=currency.parent_id or UNSET,
        explorer_transaction=(chain.explorer_transaction if chain and coin else None) or UNSET,
        explorer_address=(chain.explorer_address if chain and coin else None) or UNSET,
        min_confirmations=chain.min_confirmations if chain and coin else UNSET,
    )


def market_entity(market: model.Market) -> Market:
    return Market(
        id=market.id,
        name=market.name,
        base_unit=market.base_unit,
        quote_unit=market.quote_unit,
        min_price=plain(market.min_price),
        max_price=plain(market.max_price),
        min_amount=plain(market.min_amount),
        amount_precision=market.amount_precision,
        price_precision=market.price_precision,
        state=market.state.value,
    )


def trading_fee_entity(fee: model.TradingFee) -> TradingFee:
    return TradingFee(
        id=fee.id,
        group=fee.group,
        market_id=fee.market_id,
        maker=plain(fee.maker),
        taker=plain(fee.taker),
        created_at=iso8601_of(fee.created_at) if fee.created_at else None,
        updated_at=iso8601_of(fee.updated_at) if fee.updated_at else None,
    )


def withdraw_limit_entity(limit: model.WithdrawLimit) -> WithdrawLimit:
    return WithdrawLimit(
        id=limit.id,
        group=limit.group,
        kyc_level=limit.kyc_level,
        limit_24_hour=plain(limit.limit_24_hour),
        limit_1_month=plain(limit.limit_1_month),
        created_at=iso8601_of(limit.created_at) if limit.created_at else None,
        updated_at=iso8601_of(limit.updated_at) if limit.updated_at else None,
    )


def member_levels_entity(levels: model.MemberLevels) -> MemberLevels:
    return MemberLevels(
        deposit=MinimumLevel(levels.deposit),
        withdraw=MinimumLevel(levels.withdraw),
        trading=MinimumLevel(levels.trading),
    )
