"""Whether a payment is credited, to whom and how much, or why it is listed instead: the rules, without any I/O.

Invariant: every payment gets exactly one verdict. Limit: whether a token has really arrived, and whose transaction it
is, is asked before and passed in.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from pyxiu.core.money import MAX_AMOUNT
from pyxiu.custody.chain import PaymentKind
from pyxiu.custody.deposits.model import Found, Reason
from pyxiu.custody.model import WALLET_OWNER, NetworkAsset
from pyxiu.kit.decimals import format_decimal

#: Purposes of payouts by which a member may be paid like by anybody else.
PAYS_MEMBERS: Final = "withdrawal"


class ToCredit(msgspec.Struct, frozen=True):
    """A deposit of `amount` (engine units): credited at one depth, withdrawable at the other.

    `chain_amount` is what has arrived, which may be less than what was sent.
    """

    asset: NetworkAsset
    chain_amount: int
    amount: int
    credit_depth: int
    withdrawable_depth: int


class ToList(msgspec.Struct, frozen=True):
    """A listed exception. `text` says it to staff; `currency` if there is one."""

    reason: Reason
    text: str
    currency: str | None = None


class Context(msgspec.Struct, frozen=True):
    """What was found out about a payment.

    `spends_ours`: its transaction spends coins of ours. `sent_by_ours`: an address of ours has sent it, as the chain
    tells. `our_purpose`: what a transaction of ours was made for.
    `received`: by how much the token's balance grew, None if that was not asked; `unverified`: why nobody could say.
    `forced`: staff has decided to credit it.
    """

    spends_ours: bool = False
    sent_by_ours: bool = False
    our_purpose: str | None = None
    received: int | None = None
    unverified: str = ""
    forced: bool = False


def classify(found: Found, assets: Sequence[NetworkAsset], context: Context) -> ToCredit | ToList:
    ours = context.our_purpose is not None or context.spends_ours
    if found.owner.startswith(WALLET_OWNER):
        if ours:
            return ToList(Reason.OWN_TRANSFER, "our own transaction")
        if context.sent_by_ours and asset_of(found, assets) is not None:
            return ToList(Reason.UNATTRIBUTED, _sent_by_ours(found), _currency(found, assets))
        return ToList(Reason.TREASURY_INFLOW, "a wallet of ours was paid by somebody else", _currency(found, assets))
    if context.our_purpose is not None and context.our_purpose != PAYS_MEMBERS:
        return ToList(Reason.OWN_TRANSFER, f"our own transaction: {context.our_purpose}")
    if context.spends_ours and context.our_purpose is None and not context.forced:
        told = "a transaction that spends our coins, but is none that we made"
        return ToList(Reason.UNATTRIBUTED, told, _currency(found, assets))
    asset = asset_of(found, assets)
    if asset is None:
        return ToList(Reason.UNKNOWN_ASSET, f"no asset of {found.network} is {found.contract or 'its own coin'}")
    return _measured(found, asset, context)


def asset_of(found: Found, assets: Sequence[NetworkAsset]) -> NetworkAsset | None:
    """The asset that a payment is of: by its contract, never by a name that a contract gives itself."""
    contract = found.contract if found.kind == PaymentKind.TOKEN else ""
    return next((asset for asset in assets if asset.contract.lower() == contract), None)


def depths_of(asset: NetworkAsset, amount: int, min_depth: int) -> tuple[int, int]:
    """At how many confirmations an amount is credited and may leave; what the chain demands is the least."""
    step = asset.depth_of(amount)
    credit = max(1, step.tradable, min_depth)
    return credit, max(credit, step.withdrawable)


def _measured(found: Found, asset: NetworkAsset, context: Context) -> ToCredit | ToList:
    chain_amount = found.amount
    if found.kind == PaymentKind.TOKEN:
        if context.unverified and not context.forced:
            return ToList(Reason.UNVERIFIED, context.unverified, asset.asset)
        if context.received is not None:
            chain_amount = min(chain_amount, context.received)
        if chain_amount <= 0:
            told = f"the contract logs a transfer of {found.amount}, the balance changed by {context.received}"
            return ToList(Reason.NOT_RECEIVED, told, asset.asset)
    amount = asset.from_chain(chain_amount)
    if amount is None:
        told = f"{chain_amount} has more than the {asset.decimals} decimals that the exchange counts"
        return ToList(Reason.DIGITS_LOST, told, asset.asset)
    if amount > MAX_AMOUNT:
        return ToList(Reason.AMOUNT_TOO_LARGE, f"{chain_amount} is more than the books can hold", asset.asset)
    return _permitted(asset, chain_amount, amount, found, context)


def _permitted(
    asset: NetworkAsset, chain_amount: int, amount: int, found: Found, context: Context
) -> ToCredit | ToList:
    # Only of what has arrived: contracts may say of anybody that he has sent what never came.
    if context.sent_by_ours and context.our_purpose is None and not context.forced:
        return ToList(Reason.UNATTRIBUTED, _sent_by_ours(found), asset.asset)
    if amount < asset.min_deposit and not context.forced:
        least, paid = (format_decimal(units, asset.decimals) for units in (asset.min_deposit, amount))
        return ToList(Reason.BELOW_MINIMUM, f"{paid} {asset.asset} is less than {least}", asset.asset)
    if not asset.deposit_enabled and not context.forced:
        return ToList(Reason.DEPOSITS_DISABLED, f"deposits of {asset.asset} are switched off", asset.asset)
    return ToCredit(asset, chain_amount, amount, *depths_of(asset, amount, found.min_depth))


def _sent_by_ours(found: Found) -> str:
    return f"{found.source}, an address of ours, has sent it in a transaction that is none that we made"


def _currency(found: Found, assets: Sequence[NetworkAsset]) -> str | None:
    asset = asset_of(found, assets)
    return None if asset is None else asset.asset
