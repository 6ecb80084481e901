"""The rules of the exchange: assets, markets, market states, fees and members.

Invariant: what amounts, prices and quantities mean (decimals, precisions, a market's assets) never changes once it is
set, because orders and balances are written in it; asking for what is already so changes nothing. Limit: names, icons
and everything else for people is the catalog's, not the core's.
"""

from pyxiu.core.commands import PutAsset, PutFeeSchedule, PutMarket, PutMember, SetMarketState
from pyxiu.core.decision import Decision, rejected
from pyxiu.core.events import AssetPut, FeeSchedulePut, MarketPut, MarketStateSet, MemberPut
from pyxiu.core.fees import are_valid
from pyxiu.core.money import pack, unpack
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from pyxiu.core.state import Market, State
from pyxiu.core.types import ANY, MAX_DECIMALS, MAX_FEE_RULES, MAX_INT64, is_id


def put_asset(decision: Decision, command: PutAsset) -> Outcome:
    if not is_id(command.asset) or not 0 <= command.decimals <= MAX_DECIMALS:
        return rejected(Rejection.FIELD_INVALID)
    decimals = decision.state.assets.get(command.asset)
    if decimals == command.decimals:
        return decision.unchanged()
    if decimals is not None:
        return rejected(Rejection.ASSET_CONFLICT)
    decision.emit(AssetPut(command.asset, command.decimals))
    return decision.accepted()


def put_market(decision: Decision, command: PutMarket) -> Outcome:
    state = decision.state
    if not is_id(command.market) or command.market == ANY:
        return rejected(Rejection.FIELD_INVALID)
    if command.base not in state.assets or command.quote not in state.assets:
        return rejected(Rejection.ASSET_UNKNOWN)
    market = state.markets.get(command.market)
    if command.base == command.quote or (market is not None and not _same_scales(market, command)):
        return rejected(Rejection.MARKET_CONFLICT)
    if not _precisions_fit(state, command):
        return rejected(Rejection.MARKET_PRECISION_INVALID)
    if market is not None and _same_limits(market, command):
        return decision.unchanged()
    base_exponent = state.assets[command.base] - command.amount_precision
    quote_exponent = state.assets[command.quote] - command.price_precision - command.amount_precision
    decision.emit(
        MarketPut(
            command.market,
            command.base,
            command.quote,
            command.price_precision,
            command.amount_precision,
            command.min_price,
            command.max_price,
            command.min_quantity,
            command.min_notional,
            pack(10**base_exponent),
            pack(10**quote_exponent),
        )
    )
    return decision.accepted()


def set_market_state(decision: Decision, command: SetMarketState) -> Outcome:
    market = decision.state.markets.get(command.market)
    if market is None:
        return rejected(Rejection.MARKET_UNKNOWN)
    if market.state is command.state:
        return decision.unchanged()
    decision.emit(MarketStateSet(command.market, command.state))
    return decision.accepted()


def put_fee_schedule(decision: Decision, command: PutFeeSchedule) -> Outcome:
    if len(command.rules) > MAX_FEE_RULES:
        return rejected(Rejection.FIELD_INVALID)
    if not all(is_id(rule.group) and is_id(rule.market) for rule in command.rules):
        return rejected(Rejection.FIELD_INVALID)
    markets = decision.state.markets
    if any(rule.market != ANY and rule.market not in markets for rule in command.rules):
        return rejected(Rejection.MARKET_UNKNOWN)
    if not are_valid(command.rules):
        return rejected(Rejection.FEE_RULE_INVALID)
    if decision.state.fees.rules == command.rules:
        return decision.unchanged()
    decision.emit(FeeSchedulePut(command.rules))
    return decision.accepted()


def put_member(decision: Decision, command: PutMember) -> Outcome:
    if not is_id(command.member) or not is_id(command.group):
        return rejected(Rejection.FIELD_INVALID)
    member = decision.state.members.get(command.member)
    if member is not None and member.group == command.group and member.enabled == command.enabled:
        return decision.unchanged()
    decision.emit(MemberPut(command.member, command.group, command.enabled))
    return decision.accepted()


def _same_scales(market: Market, command: PutMarket) -> bool:
    return (market.base, market.quote, market.price_precision, market.amount_precision) == (
        command.base,
        command.quote,
        command.price_precision,
        command.amount_precision,
    )


def _same_limits(market: Market, command: PutMarket) -> bool:
    return (market.min_price, market.max_price, market.min_quantity, market.min_notional) == (
        command.min_price,
        command.max_price or MAX_INT64,
        command.min_quantity,
        unpack(command.min_notional),
    )


def _precisions_fit(state: State, command: PutMarket) -> bool:
    price, amount = command.price_precision, command.amount_precision
    return (
        0 <= price <= MAX_DECIMALS
        and 0 <= amount <= state.assets[command.base]
        and price + amount <= state.assets[command.quote]
        and 1 <= command.min_price <= MAX_INT64
        and (command.max_price == 0 or command.min_price <= command.max_price <= MAX_INT64)
        and 1 <= command.min_quantity <= MAX_INT64
        and unpack(command.min_notional) >= 0
    )
