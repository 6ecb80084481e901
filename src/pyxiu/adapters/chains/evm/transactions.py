"""EIP-1559 transactions as bytes, and back; and the call data of a token's transfer.

Format: EIP-2718 type 2, RLP (Ethereum yellow paper, appendix B). Decoding is strict: only the one canonical encoding of
a transaction is read, so what is read back is what will be signed. Invariant: `decode(encode(t)) == t`, and bytes that
decode encode to themselves. Limit: access lists are empty, contracts are not created.
"""

from typing import Any, Final

import msgspec
from eth_hash.auto import keccak

TYPE: Final = b"\x02"
#: selector of transfer(address,uint256)
TRANSFER: Final = bytes.fromhex("a9059cbb")
_TRANSFER_BYTES: Final = 4 + 32 + 32
_INT_BYTES_MAX: Final = 32

Rlp = Any


class NotCanonicalError(ValueError):
    """Bytes that are no transaction as this module writes them."""


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """`to` is an address in lower case; fees are in wei for a unit of gas."""

    chain_id: int
    nonce: int
    priority: int
    max_fee: int
    gas: int
    to: str
    value: int
    data: bytes = b""

    def fields(self) -> list[Rlp]:
        return [
            self.chain_id,
            self.nonce,
            self.priority,
            self.max_fee,
            self.gas,
            bytes.fromhex(self.to[2:]),
            self.value,
            self.data,
            [],
        ]


def encode_unsigned(transaction: Transaction) -> bytes:
    return TYPE + rlp(transaction.fields())


def encode_signed(transaction: Transaction, y_parity: int, r: int, s: int) -> bytes:
    return TYPE + rlp([*transaction.fields(), y_parity, r, s])


def decode_unsigned(raw: bytes) -> Transaction:
    """Raises NotCanonicalError."""
    if raw[:1] != TYPE:
        raise NotCanonicalError("expected a transaction of type 2")
    fields = unrlp(raw[1:])
    if not isinstance(fields, list) or len(fields) != 9 or fields[8] != []:
        raise NotCanonicalError("expected nine fields and no access list")
    if any(isinstance(field, list) for field in fields[:8]) or len(fields[5]) != 20:
        raise NotCanonicalError("expected an address and numbers")
    numbers = [_number(fields[place]) for place in (0, 1, 2, 3, 4, 6)]
    chain_id, nonce, priority, max_fee, gas, value = numbers
    transaction = Transaction(
        chain_id=chain_id,
        nonce=nonce,
        priority=priority,
        max_fee=max_fee,
        gas=gas,
        to="0x" + fields[5].hex(),
        value=value,
        data=fields[7],
    )
    if encode_unsigned(transaction) != raw:
        raise NotCanonicalError("expected the canonical encoding")
    return transaction


def signing_hash(raw: bytes) -> bytes:
    return bytes(keccak(raw))


def txid_of(signed: bytes) -> str:
    return "0x" + bytes(keccak(signed)).hex()


def transfer_data(destination: str, amount: int) -> bytes:
    return TRANSFER + bytes(12) + bytes.fromhex(destination[2:]) + amount.to_bytes(32, "big")


def read_transfer(data: bytes) -> tuple[str, int] | None:
    """Whom a token's transfer pays and how much; None for any other call."""
    if len(data) != _TRANSFER_BYTES or data[:4] != TRANSFER or any(data[4:16]):
        return None
    return "0x" + data[16:36].hex(), int.from_bytes(data[36:], "big")


def rlp(item: Rlp) -> bytes:
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _header(0x80, len(item)) + item
    content = b"".join(map(rlp, item))
    return _header(0xC0, len(content)) + content


def unrlp(raw: bytes) -> Rlp:
    item, rest = _item(raw)
    if rest:
        raise NotCanonicalError("bytes follow the transaction")
    return item


def _header(base: int, length: int) -> bytes:
    if length < 56:
        return bytes([base + length])
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([base + 55 + len(size)]) + size


def _item(raw: bytes) -> tuple[Rlp, bytes]:
    if not raw:
        raise NotCanonicalError("the transaction ends too early")
    first = raw[0]
    if first < 0x80:
        return raw[:1], raw[1:]
    base = 0xC0 if first >= 0xC0 else 0x80
    length, start = first - base, 1
    if length > 55:
        size = length - 55
        length, start = int.from_bytes(raw[1 : 1 + size], "big"), 1 + size
    content, rest = raw[start : start + length], raw[start + length :]
    if len(content) != length:
        raise NotCanonicalError("the transaction ends too early")
    if base == 0x80:
        return content, rest
    items = []
    while content:
        item, content = _item(content)
        items.append(item)
    return items, rest


def _number(raw: bytes) -> int:
    if len(raw) > _INT_BYTES_MAX or raw[:1] == b"\0":
        raise NotCanonicalError("expected a number without leading zeros")
    return int.from_bytes(raw, "big")
