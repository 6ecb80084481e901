"""Whether an address is let in: restriction rows, compiled.

Invariant: a whitelisted address is let in whatever else says; then the first hit counts, of maintenance, blacklist and,
for logins only, blocklogin, and within a category of all, address, subnet, continent and country. Limit: IPv4 and
IPv6; countries and continents by ISO code, as far as the country database knows the address.
"""

import ipaddress
from collections.abc import Iterable
from typing import Final, NamedTuple

from pyxiu.identity.access.continents import continent_of
from pyxiu.identity.access.model import Category, Restriction, RestrictionScope, RestrictionState
from pyxiu.identity.model import Client

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_ORDER: Final = tuple(RestrictionScope)


class Refusal(NamedTuple):
    status: int
    code: str


class _Rule(NamedTuple):
    scope: RestrictionScope
    value: str
    network: Network | None
    code: int


class Restrictions:
    """The enabled rows, ready to be asked."""

    def __init__(self, rows: Iterable[Restriction]) -> None:
        self._rules: dict[Category, list[_Rule]] = {category: [] for category in Category}
        for row in rows:
            if row.state is RestrictionState.ENABLED:
                self._rules[row.category].append(_Rule(row.scope, row.value.lower(), _network_of(row), row.code))
        for rules in self._rules.values():
            rules.sort(key=lambda rule: _ORDER.index(rule.scope))
        self.any = any(self._rules.values())

    def decide(self, client: Client, *, login: bool) -> Refusal | None:
        """Why this client is refused, or None."""
        if self._hit(Category.WHITELIST, client) is not None:
            return None
        for category in (Category.MAINTENANCE, Category.BLACKLIST, Category.BLOCKLOGIN):
            if category is Category.BLOCKLOGIN and not login:
                continue
            rule = self._hit(category, client)
            if rule is not None:
                return Refusal(rule.code, f"authz.restrict.{category}")
        return None

    def _hit(self, category: Category, client: Client) -> _Rule | None:
        rules = self._rules[category]
        if not rules:
            return None
        address = _address_of(client.ip)
        return next((rule for rule in rules if _covers(rule, client, address)), None)


def _covers(rule: _Rule, client: Client, address: Address | None) -> bool:
    if rule.scope is RestrictionScope.ALL:
        return True
    if rule.network is not None:
        return address is not None and address.version == rule.network.version and address in rule.network
    country = client.country.lower()
    if not country:
        return False
    if rule.scope is RestrictionScope.COUNTRY:
        return country == rule.value
    return continent_of(country) == rule.value


def _network_of(row: Restriction) -> Network | None:
    if row.scope not in {RestrictionScope.IP, RestrictionScope.IP_SUBNET}:
        return None
    return ipaddress.ip_network(row.value, strict=False)


def _address_of(ip: str) -> Address | None:
    try:
        return ipaddress.ip_address(ip)
    except ValueError:
        return None
