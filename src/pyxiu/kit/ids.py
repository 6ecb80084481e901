"""Order ids as UUIDs, for callers that expect one, and back.

Layout (UUID version 7): 48 bits unix milliseconds, version 7, 12 zero bits, variant, 62 bits order id. Invariant: an
order has exactly one UUID, computed from its id and creation time, so no table needs a column for it. Limit: order ids
below 2^62; the UUID can be guessed, it identifies and does not authorise.
"""

from typing import Final
from uuid import UUID

ORDER_ID_MAX: Final = 2**62 - 1
_VERSION_AND_VARIANT: Final = (7 << 76) | (2 << 62)
_FIXED_BITS: Final = (0xFFFF << 64) | (3 << 62)
_NS_PER_MS: Final = 1_000_000


def order_uuid(order_id: int, created_ns: int) -> UUID:
    """The UUID of an order."""
    assert 0 <= order_id <= ORDER_ID_MAX, order_id
    return UUID(int=(created_ns // _NS_PER_MS) << 80 | _VERSION_AND_VARIANT | order_id)


def order_id_of(uuid: UUID) -> int | None:
    """The order id inside, or None for a UUID that `order_uuid` cannot have made.

    The time inside is not compared: whoever finds the order checks that its own `order_uuid` is the one asked for.
    """
    if uuid.int & _FIXED_BITS != _VERSION_AND_VARIANT:
        return None
    return uuid.int & ORDER_ID_MAX
