"""Amounts: exact integers of an asset's smallest unit, within 128 bits, and the one rounding rule.

Invariant: |amount| <= MAX_AMOUNT everywhere; on the wire of the core an amount is 16 bytes, big-endian, signed, because
msgpack integers stop at 64 bits. Limit: no decimal point and no float ever comes in here; parsing is the edge's work.
"""

from typing import Final

from pyxiu.core.types import PPM

#: Half of what 128 bits hold: a sell order may be filled once as a taker and once at its own price, each within this.
MAX_AMOUNT: Final = 2**126 - 1
AMOUNT_BYTES: Final = 16
ZERO: Final = bytes(AMOUNT_BYTES)


def pack(amount: int) -> bytes:
    """16 bytes, big-endian, signed. Raises OverflowError beyond 128 bits."""
    # Most amounts of a record (releases, fees of a free market) are zero; they share one object.
    return amount.to_bytes(16, "big", signed=True) if amount else ZERO


def unpack(raw: bytes) -> int:
    """The integer behind `pack`. The length is the caller's to check (the codec does)."""
    return int.from_bytes(raw, "big", signed=True)


#: `unpack` for amounts that are never negative, as all of orders and trades are: no Python frame, a third of the time.
#: Likewise the core writes such amounts with `amount.to_bytes(16)`.
unpack_positive: Final = int.from_bytes


def fee_of(received: int, fee_ppm: int) -> tuple[int, int]:
    """The fee on a received amount and the part of it that is rounding: `(fee, dust)`.

    The fee is rounded up to the smallest unit, so nobody gains by splitting an order; the exact part (rounded down) is
    revenue and the difference, 0 or 1 unit, goes to the dust account.
    """
    if not fee_ppm:
        return 0, 0
    exact, residue = divmod(received * fee_ppm, PPM)
    return (exact + 1, 1) if residue else (exact, 0)
