"""The fee table: which maker and taker fee a member group pays in a market.

Invariant: the most specific rule wins, in the order (group and market), group, market, any, none.
Limit: one table for the whole exchange, replaced as a whole; an order keeps the fees of the moment it was accepted.
"""

from pyxiu.core.commands import FeeRule
from pyxiu.core.types import ANY, MAX_FEE_PPM


class FeeSchedule:
    __slots__ = ("_table", "rules")

    def __init__(self, rules: tuple[FeeRule, ...] = ()) -> None:
        self.rules = rules
        self._table = {(rule.group, rule.market): (rule.maker_ppm, rule.taker_ppm) for rule in rules}

    def lookup(self, group: str, market: str) -> tuple[int, int]:
        """(maker, taker) in parts per million."""
        for pair in ((group, market), (group, ANY), (ANY, market), (ANY, ANY)):
            fees = self._table.get(pair)
            if fees is not None:
                return fees
        return (0, 0)


def are_valid(rules: tuple[FeeRule, ...]) -> bool:
    """Fees within 0 to 50 % and no (group, market) pair twice."""
    pairs = {(rule.group, rule.market) for rule in rules}
    in_range = all(0 <= fee <= MAX_FEE_PPM for rule in rules for fee in (rule.maker_ppm, rule.taker_ppm))
    return in_range and len(pairs) == len(rules)
