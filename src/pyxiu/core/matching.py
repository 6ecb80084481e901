"""What an incoming order would meet in the book, read-only, and the terms of one match.

Invariant: `plan` walks the book exactly as `execution` then does, self-trade prevention included, so that
fill-or-kill, market orders and their holds are decided before the first event. Limit: MAX_FILLS_PER_COMMAND resting
orders are looked at.
"""

from enum import Enum, auto
from typing import NamedTuple

from pyxiu.core.book import BookSide
from pyxiu.core.orders import Order
from pyxiu.core.state import Member
from pyxiu.core.types import BUY, MAX_FILLS_PER_COMMAND, PPM, STP_NONE, SelfTradePrevention, Side


class End(Enum):
    """Why a walk ended."""

    COMPLETE = auto()
    EXHAUSTED = auto()
    SELF_TRADE = auto()
    FILL_LIMIT = auto()


class Plan(NamedTuple):
    """`lots` would fill for `cost`, the sum of price times lots in ticks."""

    lots: int
    cost: int
    end: End


def stp_mode(taker_mode: SelfTradePrevention, maker: Order) -> SelfTradePrevention:
    """The taker's mode rules; where it has none, the maker's."""
    return taker_mode or maker.stp


def slippage_limit(side: Side, best: int, slippage_ppm: int) -> int:
    """The worst price, in ticks, that a market order may trade at when `best` is the best opposite price."""
    if side is BUY:
        return best * (PPM + slippage_ppm) // PPM
    return max(1, -(-best * (PPM - slippage_ppm) // PPM))


def plan_lots(book: BookSide, member: Member, mode: SelfTradePrevention, lots: int, limit: int) -> Plan:
    """The fills of an order for `lots` at `limit` or better."""
    level = book.best
    if level is not None and level.oldest is not None:
        # Most orders are filled by the first one that they meet.
        first = level.oldest
        if lots <= first.remaining and first.member is not member and book.reaches(level.price, limit):
            return Plan(lots, lots * level.price, End.COMPLETE)
    left, filled, cost, met = lots, 0, 0, 0
    for level in book:
        if not book.reaches(level.price, limit):
            break
        for maker in level:
            if met == MAX_FILLS_PER_COMMAND:
                return Plan(filled, cost, End.FILL_LIMIT)
            met += 1
            take = min(left, maker.remaining)
            own = stp_mode(mode, maker) if maker.member is member else STP_NONE
            if own is SelfTradePrevention.CANCEL_OLDEST:
                continue
            if own in (SelfTradePrevention.CANCEL_NEWEST, SelfTradePrevention.CANCEL_BOTH):
                return Plan(filled, cost, End.SELF_TRADE)
            left -= take
            if own is STP_NONE:
                filled += take
                cost += take * level.price
            if left == 0:
                return Plan(filled, cost, End.COMPLETE)
    return Plan(filled, cost, End.EXHAUSTED)


def plan_quote(book: BookSide, member: Member, mode: SelfTradePrevention, ticks: int, limit: int) -> Plan:
    """The fills of a market order that spends or receives at most `ticks` (quote amount in ticks times lots)."""
    left, filled, met = ticks, 0, 0
    for level in book:
        if not book.reaches(level.price, limit):
            break
        for maker in level:
            if met == MAX_FILLS_PER_COMMAND:
                return Plan(filled, ticks - left, End.FILL_LIMIT)
            met += 1
            if maker.member is member:
                own = stp_mode(mode, maker)
                if own is SelfTradePrevention.CANCEL_OLDEST:
                    continue
                if own is not STP_NONE:
                    return Plan(filled, ticks - left, End.SELF_TRADE)
            affordable = left // level.price
            take = min(affordable, maker.remaining)
            filled += take
            left -= take * level.price
            # A taker that buys meets only dearer levels, one that sells none below its limit.
            if take < maker.remaining or left < min(level.price, limit):
                return Plan(filled, ticks - left, End.COMPLETE)
    return Plan(filled, ticks - left, End.EXHAUSTED)
