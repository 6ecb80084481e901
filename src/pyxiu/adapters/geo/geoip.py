"""Countries by address, from the database that comes inside the geoip2fast package.

Invariant: no look-up leaves the machine. Limit: the package's database is as old as its release; addresses of private
networks are nowhere.
"""

from functools import cached_property
from typing import Any, Final

DATABASE: Final = "geoip2fast-ipv6.dat.gz"
_CODE_LENGTH: Final = 2


class GeoIpCountries:
    """Implements the port `CountryLookup`; the database is loaded at the first look-up, which takes a moment."""

    @cached_property
    def _database(self) -> Any:
        from geoip2fast import GeoIP2Fast  # type: ignore[import-untyped]  # it has no types

        return GeoIP2Fast(geoip2fast_data_file=DATABASE, verbose=False)

    def country_of(self, ip: str) -> str:
        code = str(self._database.lookup(ip).country_code)
        return code if len(code) == _CODE_LENGTH and code.isalpha() else ""
