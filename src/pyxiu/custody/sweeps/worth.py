"""Which coins are worth what it costs to move them, and how much gas a token needs to be moved.

Dust is not lost and not swept: it is listed with the reason until it adds up or moving gets cheaper. Invariant: a sweep
never pays more in fees than the share of its worth that `COST_SHARE_MAX` allows. Limit: pure; costs are those of the
moment, and the payout's own builder sets the fee that is paid.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec

from pyxiu.custody.model import NetworkAsset

#: A sweep may cost one part in so many of what it moves.
COST_SHARE_MAX: Final = 10
#: Gas that is sent to an address beyond what the price of the moment asks for: 3/2 of it.
GAS_MARGIN: Final = (3, 2)


class Coin(msgspec.Struct, frozen=True):
    """An unspent output, or all that an address holds of one asset. In the chain's units."""

    id: str
    amount: int


class Sorted(msgspec.Struct, frozen=True):
    """`worth` is to be swept now; `dust` is not, `reason` says why."""

    worth: tuple[Coin, ...]
    dust: tuple[Coin, ...]
    reason: str = ""

    @property
    def total(self) -> int:
        return sum(coin.amount for coin in self.worth)


def sort_outputs(
    coins: Sequence[Coin], *, cost_each: int, cost_once: int, min_collection: int, count_max: int | None = None
) -> Sorted:
    """Outputs to spend together in one transaction. `cost_each`: fee of one input, `cost_once`: of all the rest.

    `count_max`: how many it can take, the first ones; what is over is neither worth nor dust, its turn comes.
    """
    worth = tuple(coin for coin in coins if coin.amount >= cost_each * COST_SHARE_MAX)[:count_max]
    dust = tuple(coin for coin in coins if coin.amount < cost_each * COST_SHARE_MAX)
    total = sum(coin.amount for coin in worth)
    if worth and total < min_collection:
        return Sorted((), (*worth, *dust), f"less than the least collection, {min_collection}")
    if worth and total < (cost_once + cost_each * len(worth)) * COST_SHARE_MAX:
        return Sorted((), (*worth, *dust), "less than ten times the fee of moving it")
    return Sorted(worth, dust, "less than ten times the fee of moving it" if dust else "")


def refusal_of_native(amount: int, *, cost: int, min_collection: int) -> str | None:
    """Why an address's own coin is not swept at this cost, None if it is. All in the chain's units."""
    if amount < max(1, min_collection):
        return f"less than the least collection, {min_collection}"
    if amount < cost * COST_SHARE_MAX:
        return "less than ten times the fee of moving it"
    return None


def refusal_of_token(
    asset: NetworkAsset, coin: NetworkAsset | None, amount: int, *, cost: int, min_collection: int
) -> str | None:
    """The same for a token, whose gas is `cost` units of the network's own coin. An unknown price refuses nothing."""
    if coin is None:
        return "the network's own coin is not listed, so its gas cannot be booked"
    if amount < max(1, min_collection):
        return f"less than the least collection, {min_collection}"
    value = asset.price * Decimal(amount).scaleb(-asset.chain_decimals)
    expense = coin.price * Decimal(cost).scaleb(-coin.chain_decimals)
    if value and expense and value < expense * COST_SHARE_MAX:
        return "less than ten times the gas of moving it"
    return None


def gas_need(*, gas_limit: int, gas_price: int, transfers: int = 1) -> int:
    """What so many transfers cost at most, in the chain's coin."""
    assert min(gas_limit, gas_price, transfers) > 0, (gas_limit, gas_price, transfers)
    return gas_limit * gas_price * transfers


def top_up(*, have: int, need: int) -> int:
    """What is missing at an address, with a margin for a price that rises a little; 0: nothing is."""
    if have >= need:
        return 0
    above, below = GAS_MARGIN
    return -(-need * above // below) - have
