"""What an output held, read out of the whole transaction that made it.

For chains whose signatures do not cover the amounts that they spend. Invariant: the bytes hash to the id that the coin
names, so nobody can make up an amount. Limit: the form without witnesses, as these chains have it; what follows the
outputs (Dash's payloads) is hashed and not looked at.
"""

import hashlib

from pyxiu.kit.errors import PermanentError


class NotPreviousError(PermanentError):
    """The bytes are not the transaction that the coin is an output of."""


def spent_output(raw: bytes, coin: str) -> tuple[int, str]:
    """Amount and script in hex of the output that a coin (`txid:n`) is. Raises NotPreviousError."""
    txid, _, ordinal = coin.partition(":")
    if hashlib.sha256(hashlib.sha256(raw).digest()).digest()[::-1].hex() != txid:
        raise NotPreviousError(f"{coin}: these bytes are not the transaction {txid}")
    cursor = _Cursor(raw)
    cursor.take(4)
    for _ in range(cursor.count()):
        cursor.take(36)
        cursor.take(cursor.count() + 4)
    for number in range(cursor.count()):
        amount, script = int.from_bytes(cursor.take(8), "little"), cursor.take(cursor.count())
        if number == int(ordinal):
            return amount, script.hex()
    raise NotPreviousError(f"{coin}: the transaction has no such output")


class _Cursor:
    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 0

    def take(self, length: int) -> bytes:
        taken = self._raw[self._at : self._at + length]
        if len(taken) != length:
            raise NotPreviousError("the previous transaction ends too early")
        self._at += length
        return taken

    def count(self) -> int:
        first = self.take(1)[0]
        more = {0xFD: 2, 0xFE: 4, 0xFF: 8}.get(first)
        return first if more is None else int.from_bytes(self.take(more), "little")
