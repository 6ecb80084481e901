"""Spread what is collected over the treasury's wallets: the hot one up to its bound, then the safer ones.

Wallets come in the order of their kinds: hot, warm, cold. Each takes what fits below its bound; the last, the safest,
takes whatever is left, because coins have to be somewhere. Invariant: the parts sum to the amount, and each is at least
`min_part`, so that none costs more to move again than it is worth. Limit: pure; balances and bounds are as old as
whoever read them.
"""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

import msgspec


class TierWallet(msgspec.Struct, frozen=True):
    """A wallet that may receive. Amounts in the chain's units; `balance` None: unknown, `bound` None: no bound."""

    id: int
    balance: int | None
    bound: int | None


class Part(msgspec.Struct, frozen=True):
    wallet_id: int
    amount: int


def spread(amount: int, wallets: Sequence[TierWallet], min_part: int) -> list[Part]:
    """The parts of an amount, empty where it is below `min_part` or there is no wallet.

    A wallet whose balance is unknown gets nothing, but for the last one, which needs no bound to be kept.
    """
    min_part = max(1, min_part)
    if amount < min_part or not wallets:
        return []
    last = wallets[-1]
    left = amount
    parts: dict[int, int] = {}
    for wallet in wallets[:-1]:
        share = min(_free(wallet, left), left)
        if share < min_part:
            continue
        if left - share < min_part:
            # Too little for another part: better a little over this wallet's bound than coins that nobody can move.
            share = left
        parts[wallet.id] = share
        left -= share
        if left == 0:
            break
    if left:
        parts[last.id] = left
    return [Part(wallet_id, share) for wallet_id, share in parts.items()]


def bound_in_units(max_balance: Decimal | None, price: Decimal, decimals: int) -> int | None:
    """A wallet's bound in an asset's units, from one in the platform's currency; None is no bound.

    An unknown price (0) gives 0: a wallet that must not hold too much gets nothing while nobody knows how much it is.
    """
    if max_balance is None:
        return None
    if price <= 0:
        return 0
    return int((max_balance / price).scaleb(decimals).to_integral_value(ROUND_FLOOR))


def _free(wallet: TierWallet, left: int) -> int:
    if wallet.balance is None:
        return 0
    return left if wallet.bound is None else max(0, wallet.bound - wallet.balance)
