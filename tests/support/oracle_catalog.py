"""The oracle's catalog: assets, markets, members and fees as they were put, believed without question."""

from pyxiu.core import commands as c
from pyxiu.core.types import MarketState


class Catalog:
    """`units`: of each market one lot in base units, and one tick times one lot in quote units."""

    def __init__(self) -> None:
        self.assets: dict[str, int] = {}
        self.markets: dict[str, c.PutMarket] = {}
        self.units: dict[str, tuple[int, int]] = {}
        self.states: dict[str, MarketState] = {}
        self.members: dict[str, c.PutMember] = {}
        self.fees: tuple[c.FeeRule, ...] = ()

    def configure(self, command: c.Command) -> bool:
        before = repr((self.assets, self.markets, self.states, self.members, self.fees))
        match command:
            case c.PutAsset(asset, decimals):
                self.assets[asset] = decimals
            case c.PutMarket(market, base, quote, price_precision, amount_precision):
                self.markets[market] = command
                self.states.setdefault(market, MarketState.ENABLED)
                base_unit = 10 ** (self.assets[base] - amount_precision)
                self.units[market] = base_unit, 10 ** (self.assets[quote] - amount_precision - price_precision)
            case c.SetMarketState(market, state):
                self.states[market] = state
            case c.PutMember(member):
                self.members[member] = command
            case c.PutFeeSchedule(rules):
                self.fees = rules
        return before != repr((self.assets, self.markets, self.states, self.members, self.fees))

    def fee_ppm(self, member: str, market: str) -> tuple[int, int]:
        """The most specific rule: both named, else the group, else the market, else neither."""
        group = self.members[member].group
        rules = [rule for rule in self.fees if rule.group in (group, "any") and rule.market in (market, "any")]
        found = max(rules, key=lambda rule: (rule.group != "any", rule.market != "any"), default=None)
        return (found.maker_ppm, found.taker_ppm) if found else (0, 0)
