"""Whether a withdrawal may go out by itself, and how many people must agree if not.

Invariant: pure; a value that is not known counts as above every bound. Limit: what a risk service says is given.
"""

from decimal import Decimal
from typing import NamedTuple

from pyxiu.custody.withdrawals.limits import Usage
from pyxiu.custody.withdrawals.model import Review
from pyxiu.custody.withdrawals.ports import LimitRow
from pyxiu.custody.withdrawals.settings import WithdrawalSettings


class Asked(NamedTuple):
    """`price_known` False: `value` means nothing."""

    value: Decimal
    price_known: bool
    fiat: bool
    risky: bool


class Decision(NamedTuple):
    """`review` has the reasons, separated by blanks; empty: nobody needs to look."""

    review: str
    approvals_needed: int


def review(asked: Asked, limit: LimitRow | None, usage: Usage, settings: WithdrawalSettings) -> Decision:
    reasons = []
    large = asked.price_known and asked.value >= settings.four_eyes_from
    if not asked.price_known:
        reasons.append(Review.PRICE_UNKNOWN)
    elif limit is not None:
        if limit.limit_24h and usage.last_24h + asked.value > limit.limit_24h:
            reasons.append(Review.OVER_LIMIT_24H)
        if limit.limit_1m and usage.last_1m + asked.value > limit.limit_1m:
            reasons.append(Review.OVER_LIMIT_1M)
    if large:
        reasons.append(Review.FOUR_EYES)
    if asked.risky:
        reasons.append(Review.RISK)
    if asked.fiat:
        reasons.append(Review.FIAT)
    if settings.approve_all:
        reasons.append(Review.EVERY)
    needed = 2 if large or not asked.price_known else min(len(reasons), 1)
    return Decision(" ".join(reasons), needed)
