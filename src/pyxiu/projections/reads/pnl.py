"""What members have gained and lost.

Invariant: numbers are exact integers at the scales that come with them. Limit: rows of assets that a member never had
do not exist.
"""

from typing import Final

import msgspec

from pyxiu.core.types import AssetId, MemberId
from pyxiu.projections.connection import Reader
from pyxiu.projections.pnl import Pnl, pnl_of
from pyxiu.projections.pnl_prices import FINE_DIGITS

_OF: Final = """
SELECT p.*, a.decimals AS decimals, v.decimals AS value_decimals FROM pnl p
JOIN proj_assets a ON a.asset = p.currency
JOIN proj_assets v ON v.asset = p.pnl_currency
WHERE p.member = $1 AND ($2::text IS NULL OR p.pnl_currency = $2)
ORDER BY p.pnl_currency, p.currency
"""


class PnlView(msgspec.Struct, frozen=True):
    """One asset counted in one currency: amounts have `decimals` digits, values `value_decimals`."""

    pnl_currency: AssetId
    currency: AssetId
    decimals: int
    value_decimals: int
    numbers: Pnl


async def pnl(reader: Reader, member: MemberId, pnl_currency: AssetId | None = None) -> list[PnlView]:
    """A member's rows, of one currency that is counted in or of all."""
    rows = await reader.fetch(_OF, member, pnl_currency)
    return [
        PnlView(row["pnl_currency"], row["currency"], row["decimals"], row["value_decimals"] + FINE_DIGITS, pnl_of(row))
        for row in rows
    ]
