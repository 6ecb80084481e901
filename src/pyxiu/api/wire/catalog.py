"""Currencies, markets, fees and limits as the wire shows them.

Invariant: a field that the dialect shows only where it means something is left out elsewhere, not null. Limit: clients
that know of one network only are told of the first; `networks` has all.
"""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from pyxiu.api.wire.texts import Decimal, Time, iso8601_of
from pyxiu.catalog import model
from pyxiu.catalog.model import plain


class DepositDepth(msgspec.Struct, frozen=True):
    """How many confirmations a deposit waits for."""

    from_amount: Annotated[Decimal, msgspec.Meta(description="Of this amount or more.")]
    credit_confirmations: Annotated[int, msgspec.Meta(description="Until it is credited.")]
    withdrawable_confirmations: Annotated[int, msgspec.Meta(description="Until it can be withdrawn.")]


class CurrencyNetwork(msgspec.Struct, frozen=True):
    """A currency on one network: what moves there, from which amount on, and what it costs."""

    currency_id: str
    blockchain_key: Annotated[str | None, msgspec.Meta(description="null: a fiat currency moves on no blockchain.")]
    deposit_enabled: bool
    withdrawal_enabled: bool
    deposit_fee: Decimal
    min_deposit_amount: Decimal
    withdraw_fee: Decimal
    min_withdraw_amount: Decimal
    base_factor: int
    name: Annotated[str | UnsetType, msgspec.Meta(description="Of the network, for people.")] = UNSET
    protocol: Annotated[str | UnsetType, msgspec.Meta(examples=["ERC20"])] = UNSET
    description: str | UnsetType = UNSET
    warning: Annotated[str | UnsetType, msgspec.Meta(description="What to know before using it.")] = UNSET
    parent_id: str | UnsetType = UNSET
    explorer_transaction: str | UnsetType = UNSET
    explorer_address: str | UnsetType = UNSET
    min_confirmations: int | UnsetType = UNSET
    deposit_depths: Annotated[
        list[DepositDepth] | UnsetType,
        msgspec.Meta(description="The smallest amount first; the last that fits counts."),
    ] = UNSET


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
    networks: Annotated[list[CurrencyNetwork], msgspec.Meta(description="Where it moves; the first stands for all.")]
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


def currency_entity(currency: model.Currency, chains: Mapping[str, model.Blockchain]) -> Currency:
    """`chains` are all, by their keys."""
    first = network_entity(currency.first_network, chains)
    return Currency(
        id=currency.id,
        name=currency.name,
        description=currency.description,
        homepage=currency.homepage,
        price=plain(currency.price),
        type=currency.type.value,
        deposit_enabled=currency.can_deposit,
        withdrawal_enabled=currency.can_withdraw,
        deposit_fee=first.deposit_fee,
        min_deposit_amount=first.min_deposit_amount,
        withdraw_fee=first.withdraw_fee,
        min_withdraw_amount=first.min_withdraw_amount,
        withdraw_limit_24h=plain(currency.withdraw_limit_24h),
        withdraw_limit_72h=plain(currency.withdraw_limit_72h),
        base_factor=first.base_factor,
        precision=currency.precision,
        position=currency.position,
        networks=[
            network_entity(row, chains) for row in currency.networks if row.status is model.NetworkStatus.ENABLED
        ],
        icon_url=currency.icon_url or UNSET,
        parent_id=first.parent_id,
        explorer_transaction=first.explorer_transaction,
        explorer_address=first.explorer_address,
        min_confirmations=first.min_confirmations,
    )


def network_entity(row: model.AssetNetwork, chains: Mapping[str, model.Blockchain]) -> CurrencyNetwork:
    chain = chains.get(row.blockchain_key or "")
    return CurrencyNetwork(
        currency_id=row.currency_id,
        blockchain_key=row.blockchain_key,
        deposit_enabled=row.deposit_enabled,
        withdrawal_enabled=row.withdrawal_enabled,
        deposit_fee=plain(row.deposit_fee),
        min_deposit_amount=plain(row.min_deposit_amount),
        withdraw_fee=plain(row.withdraw_fee),
        min_withdraw_amount=plain(row.min_withdraw_amount),
        base_factor=row.base_factor,
        name=chain.name if chain else UNSET,
        protocol=(chain.protocol if chain else None) or UNSET,
        description=(chain.description if chain else None) or UNSET,
        warning=(chain.warning if chain else None) or UNSET,
        parent_id=row.parent_id or UNSET,
        explorer_transaction=(chain.explorer_transaction if chain else None) or UNSET,
        explorer_address=(chain.explorer_address if chain else None) or UNSET,
        min_confirmations=chain.min_confirmations if chain else UNSET,
        deposit_depths=[_depth_entity(depth) for depth in row.depths_on(chain)] if chain else UNSET,
    )


def _depth_entity(depth: model.Depth) -> DepositDepth:
    return DepositDepth(plain(depth.from_amount), depth.tradable, depth.withdrawable)


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
