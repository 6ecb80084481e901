"""CashAddr, the address format of Bitcoin Cash.

Format: the CashAddr specification of Bitcoin Cash (2017): a prefix, a version byte, a payload, 40 bits of BCH checksum.
Invariant: what is encoded decodes to the same; upper and lower case are not mixed. Limit: 20-byte hashes, which is what
P2PKH and P2SH addresses have.
"""

from typing import Final

CHARSET: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS: Final = (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)
_CHECKSUM_LENGTH: Final = 8


def encode_cashaddr(prefix: str, kind: int, payload: bytes) -> str:
    """`kind` 0 is P2PKH, 1 is P2SH; the payload is a 20-byte hash."""
    assert len(payload) == 20, len(payload)
    words = _regroup(bytes([kind << 3]) + payload, 8, 5, pad=True)
    assert words is not None
    checksum = _polymod([*_expanded(prefix), *words, *[0] * _CHECKSUM_LENGTH])
    tail = [(checksum >> 5 * (7 - position)) & 31 for position in range(_CHECKSUM_LENGTH)]
    return f"{prefix}:{''.join(CHARSET[word] for word in [*words, *tail])}"


def decode_cashaddr(address: str, prefix: str) -> tuple[int, bytes] | None:
    """Kind and payload, or None where checksum, prefix or form is wrong. The prefix may be left out."""
    if address not in (address.lower(), address.upper()):
        return None
    found, _, text = address.lower().rpartition(":")
    if found not in ("", prefix) or any(character not in CHARSET for character in text):
        return None
    words = [CHARSET.index(character) for character in text]
    if len(words) <= _CHECKSUM_LENGTH or _polymod([*_expanded(prefix), *words]) != 0:
        return None
    raw = _regroup(bytes(words[:-_CHECKSUM_LENGTH]), 5, 8, pad=False)
    if raw is None or len(raw) != 21 or raw[0] & 0x87:
        return None
    return raw[0] >> 3, bytes(raw[1:])


def _expanded(prefix: str) -> list[int]:
    return [ord(character) & 31 for character in prefix] + [0]


def _polymod(words: list[int]) -> int:
    checksum = 1
    for word in words:
        top = checksum >> 35
        checksum = ((checksum & 0x07FFFFFFFF) << 5) ^ word
        for position, generator in enumerate(_GENERATORS):
            if top >> position & 1:
                checksum ^= generator
    return checksum ^ 1


def _regroup(source: bytes, from_bits: int, to_bits: int, *, pad: bool) -> list[int] | None:
    """Bits in other portions; None where bits that should be padding are not zero."""
    value, bits, found = 0, 0, []
    for word in source:
        value = (value << from_bits) | word
        bits += from_bits
        while bits >= to_bits:
            bits -= to_bits
            found.append((value >> bits) & ((1 << to_bits) - 1))
    rest = value & ((1 << bits) - 1)
    if pad:
        return [*found, rest << (to_bits - bits)] if bits else found
    return found if rest == 0 and bits < from_bits else None
