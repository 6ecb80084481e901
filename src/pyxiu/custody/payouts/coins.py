"""Choosing coins and reckoning fees; no I/O.

Invariant: what goes in is what comes out and the fee, to the last unit, and the fee is never below the rate. Limit: the
choice is simple (one coin that fits best, otherwise the largest first); it does not try to tidy up.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from pyxiu.custody.payouts.ports import Coin

#: Inputs of one transaction: 200 segwit inputs are some 14,000 vbytes; nodes relay 100,000.
COINS_MAX: Final = 200
#: What a replacement must offer more on EVM chains: nodes ask for 10 %, some for 12.5 %.
EVM_BUMP_PERMILLE: Final = 125

#: (coins, outputs of change: 0 or 1) -> the fee in satoshi.
FeeOf = Callable[[Sequence[Coin], int], int]


class Chosen(msgspec.Struct, frozen=True):
    """`change` 0: none, what was too little for an output of its own is in the fee."""

    coins: tuple[Coin, ...]
    fee: int
    change: int


def choose_coins(available: Sequence[Coin], target: int, fee_of: FeeOf, *, dust: int) -> Chosen | None:
    """Coins that pay `target` and the fee; None if there is not enough."""
    assert target > 0, target
    ordered = sorted(available, key=lambda coin: (-coin.amount, coin.id))
    for coin in reversed(ordered):
        alone = pay_with([coin], target, fee_of, dust=dust) if coin.amount > target else None
        if alone is not None:
            # The smallest coin that pays it by itself.
            return alone
    taken: list[Coin] = []
    for coin in ordered[:COINS_MAX]:
        taken.append(coin)
        chosen = pay_with(taken, target, fee_of, dust=dust)
        if chosen is not None:
            return chosen
    return None


def pay_with(coins: Sequence[Coin], target: int, fee_of: FeeOf, *, dust: int) -> Chosen | None:
    """All these coins and no others."""
    total = sum(coin.amount for coin in coins)
    with_change = fee_of(coins, 1)
    if total - target - with_change >= dust:
        return Chosen(tuple(coins), with_change, total - target - with_change)
    without = fee_of(coins, 0)
    if total - target >= without:
        return Chosen(tuple(coins), total - target, 0)
    return None


def spend_whole(coins: Sequence[Coin], target: int, fee_of: FeeOf, *, dust: int) -> Chosen | None:
    """The same where the fee comes out of the target: payees get `total - change - fee` together. None if the coins are
    less than the target itself.
    """
    total = sum(coin.amount for coin in coins)
    if total < target:
        return None
    with_change = fee_of(coins, 1)
    if total - target >= dust:
        return Chosen(tuple(coins), with_change, total - target)
    return Chosen(tuple(coins), max(fee_of(coins, 0), total - target), 0)


def fee_for(size: int, rate: int) -> int:
    """The fee of so many vbytes at a rate for 1,000 of them, rounded up."""
    return -(-size * rate // 1_000)


def replacement_fee(old_fee: int, size: int, rate: int, floor: int) -> int:
    """What a replacement must pay at least: the new rate, and more than the old fee by its own relay (BIP 125)."""
    return max(fee_for(size, rate), old_fee + fee_for(size, floor))


def bumped(old: int, now: int) -> int:
    """An EVM fee that replaces `old` and is not below what is asked now."""
    return max(now, -(-old * (1_000 + EVM_BUMP_PERMILLE) // 1_000))
