"""EVM addresses: checked, written with their checksum (EIP-55), derived from an extended public key (BIP 44).

Invariant: inside, an address is lower case; mixed case that does not match its own checksum is refused, because it was
mistyped. Limit: that an address is a contract cannot be told from its text.
"""

import re
from typing import Final

from embit.bip32 import HDKey
from embit.networks import NETWORKS as EMBIT_NETWORKS
from eth_hash.auto import keccak

from pyxiu.custody.chain import InvalidAddressError

COIN_TYPE: Final = 60
_PLAIN: Final = re.compile(r"0x[0-9a-fA-F]{40}")
_ZERO: Final = "0x" + "0" * 40


def canonical(address: str) -> str:
    """In lower case. Raises InvalidAddressError."""
    if not _PLAIN.fullmatch(address):
        raise InvalidAddressError("expected 0x and 40 hexadecimal digits")
    lower = address.lower()
    digits = address[2:]
    if digits not in (digits.lower(), digits.upper()) and address != checksummed(lower):
        raise InvalidAddressError("the checksum is wrong: a character was mistyped")
    if lower == _ZERO:
        raise InvalidAddressError("the zero address belongs to nobody")
    return lower


def checksummed(address: str) -> str:
    """The address with the capital letters of EIP-55."""
    digits = address[2:].lower()
    digest = keccak(digits.encode("ascii")).hex()
    return "0x" + "".join(
        char.upper() if int(nibble, 16) >= 8 else char for char, nibble in zip(digits, digest, strict=False)
    )


def address_of_public_key(uncompressed: bytes) -> str:
    """The address of a public key: 65 bytes that begin with 4."""
    assert len(uncompressed) == 65, len(uncompressed)
    return "0x" + keccak(uncompressed[1:])[-20:].hex()


class EvmAddressDeriver:
    """Receiving addresses of one account, `0/index` below its extended public key."""

    def __init__(self, xpub: str) -> None:
        try:
            key = HDKey.from_string(xpub)
        except Exception as error:
            raise InvalidAddressError("expected an extended public key") from error
        if key.is_private:
            raise InvalidAddressError("expected an extended public key, found a private one: it belongs to the signer")
        self._receiving = key.derive([0])

    def address(self, index: int) -> str:
        assert 0 <= index < 2**31, index
        public = self._receiving.derive([index]).key
        public.compressed = False
        return address_of_public_key(public.serialize())


def evm_account_xpub(seed: bytes, account: int = 0) -> str:
    """The extended public key of m/44'/60'/account' below a seed."""
    key = HDKey.from_seed(seed).derive(f"m/44h/{COIN_TYPE}h/{account}h")
    return str(key.to_public().to_base58(version=EMBIT_NETWORKS["main"]["xpub"]))
