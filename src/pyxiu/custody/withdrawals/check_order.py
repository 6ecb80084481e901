"""What can be said of a withdrawal that is asked for by looking at it, its beneficiary and the rules of the currency.

Invariant: pure but for the rules, which are given; an amount is refused, never rounded. Limit: limits, balances and
locks are `request_withdrawal.py`'s.
"""

import math
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import msgspec

from pyxiu.custody.beneficiaries.model import Beneficiary, BeneficiaryState
from pyxiu.custody.model import NetworkAsset
from pyxiu.custody.ports import Assets
from pyxiu.custody.withdrawals.ports import CurrencyFacts
from pyxiu.custody.withdrawals.refusals import Refusal, Refused


class WithdrawalOrder(msgspec.Struct, frozen=True, kw_only=True):
    """`sum` is what leaves the balance, fee included, in the engine's units. `network` None: the beneficiary's."""

    currency: str
    network: str | None
    beneficiary_id: int
    sum: int
    note: str | None = None
    client_id: str | None = None


class Terms(NamedTuple):
    """An amount with what it costs; `amount` arrives."""

    sum: int
    fee: int
    decimals: int
    price: Decimal

    @property
    def amount(self) -> int:
        return self.sum - self.fee


def check_beneficiary(beneficiary: Beneficiary, order: WithdrawalOrder, now: datetime) -> Refused | None:
    """None when this one may be paid this now."""
    if beneficiary.state is BeneficiaryState.ARCHIVED:
        return Refused(Refusal.BENEFICIARY_UNKNOWN)
    if beneficiary.state is not BeneficiaryState.ACTIVE:
        return Refused(Refusal.BENEFICIARY_NOT_ACTIVE)
    if beneficiary.currency != order.currency or order.network not in {None, beneficiary.network}:
        return Refused(Refusal.BENEFICIARY_MISMATCH)
    if beneficiary.usable_from is None or beneficiary.usable_from > now:
        left_s = 0 if beneficiary.usable_from is None else math.ceil((beneficiary.usable_from - now).total_seconds())
        return Refused(Refusal.BENEFICIARY_WAITS, left_s)
    return None


async def check_terms(assets: Assets, currency: CurrencyFacts, network: str | None, total: int) -> Terms | Refused:
    """What it costs, if the currency may leave this way and the amount has a form that it can have."""
    if not currency.withdrawal_enabled:
        return Refused(Refusal.CURRENCY_DISABLED)
    if network is None:
        if not currency.fiat:
            return Refused(Refusal.BENEFICIARY_MISMATCH)
        terms = Terms(total, currency.withdraw_fee, currency.decimals, currency.price)
        return _fitting(terms, currency.precision, currency.min_withdrawal, None)
    asset = await _asset_on(assets, network, currency.code)
    if asset is None or not asset.withdrawal_enabled:
        return Refused(Refusal.CURRENCY_DISABLED)
    terms = Terms(total, asset.withdrawal_fee, asset.decimals, asset.price)
    return _fitting(terms, min(asset.precision, currency.precision), asset.min_withdrawal, asset)


def is_precise(amount: int, decimals: int, precision: int) -> bool:
    """Whether an amount has no more digits than members may use."""
    step: int = 10 ** max(0, decimals - precision)
    return amount % step == 0


def _fitting(terms: Terms, precision: int, minimum: int, asset: NetworkAsset | None) -> Terms | Refused:
    if not is_precise(terms.sum, terms.decimals, precision):
        return Refused(Refusal.AMOUNT)
    if terms.sum < minimum:
        return Refused(Refusal.BELOW_MINIMUM)
    if terms.amount <= 0 or (asset is not None and asset.to_chain(terms.amount) is None):
        return Refused(Refusal.AMOUNT)
    return terms


async def _asset_on(assets: Assets, network: str, code: str) -> NetworkAsset | None:
    """The asset's rules on a network that is enabled."""
    enabled = any(known.key == network and known.enabled for known in await assets.networks())
    if not enabled:
        return None
    return next((asset for asset in await assets.assets(network) if asset.asset == code), None)
