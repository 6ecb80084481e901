"""The currency that a list is asked for, in upper or lower case.

Limit: whether there is such a currency; what can be done with it is for the endpoint.
"""

from typing import Any, Final

from pyxiu.api.endpoint import Call
from pyxiu.api.errors import WireError, refuse

UNKNOWN_CURRENCY: Final = WireError(422, "account.currency.doesnt_exist")


async def wanted_currency(call: Call[Any], asked: str | None) -> str | None:
    """In lower case, None where all are meant. Refuses with UNKNOWN_CURRENCY."""
    currency = None if asked is None else asked.lower()
    if currency is not None and currency not in await call.edge.catalog.currencies():
        raise refuse(UNKNOWN_CURRENCY)
    return currency
