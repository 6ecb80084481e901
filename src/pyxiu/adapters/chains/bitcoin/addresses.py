"""Addresses of the Bitcoin family: text to script and back, and derived from an extended public key.

Formats: Base58Check with a version byte (P2PKH, P2SH), segwit v0 by BIP 173 and later versions by BIP 350, CashAddr by
its own specification. Derivation: BIP 32; the receiving chain `0/index` below the account's key. Invariant: an address
of another network is refused, whatever it looks like, and what `address_of` writes `script_of` reads back. Limit: MWEB
addresses are refused, because a payment to them cannot be seen on the chain.
"""

from typing import Final

import msgspec
from embit import base58, bech32, script
from embit.bip32 import HDKey
from embit.networks import NETWORKS as EMBIT_NETWORKS

from pyxiu.adapters.chains.bitcoin.cashaddr import decode_cashaddr, encode_cashaddr
from pyxiu.adapters.chains.bitcoin.params import Network
from pyxiu.custody.chain import InvalidAddressError

ADDRESS_LENGTH_MAX: Final = 120
_HASH_BYTES: Final = 20
#: A P2SH or P2PKH payload with its version byte.
_PAYLOAD_BYTES: Final = 21


def script_of(address: str, network: Network) -> str:
    """The script that an address stands for, in hex. Raises InvalidAddressError."""
    if not address.isascii() or not 0 < len(address) <= ADDRESS_LENGTH_MAX:
        raise InvalidAddressError("expected an address")
    if network.hrp and address.lower().startswith(f"{network.hrp}mweb1"):
        raise InvalidAddressError("MWEB addresses are not supported: use a transparent one")
    if network.hrp and address.lower().startswith(f"{network.hrp}1"):
        return _segwit_script(address, network)
    if (network.cashaddr and ":" in address) or (network.cashaddr and address[:1].lower() in "qp"):
        version, payload = _cashaddr(address, network)
        return _hash_script(payload, is_p2sh=version == 1)
    return _base58_script(address, network)


def address_of(script_hex: str, network: Network) -> str | None:
    """The address of a script, None for one that has none."""
    raw = bytes.fromhex(script_hex)
    if len(raw) == 25 and raw[:3] == b"\x76\xa9\x14" and raw[23:] == b"\x88\xac":
        return _hash_address(raw[3:23], network, is_p2sh=False)
    if len(raw) == 23 and raw[:2] == b"\xa9\x14" and raw[22:] == b"\x87":
        return _hash_address(raw[2:22], network, is_p2sh=True)
    if network.segwit and 4 <= len(raw) <= 42 and raw[1] == len(raw) - 2 and (raw[0] == 0 or 0x51 <= raw[0] <= 0x60):
        version = raw[0] - 0x50 if raw[0] else 0
        encoded: str | None = bech32.encode(network.hrp, version, raw[2:])
        return encoded
    return None


def legacy_address_of(script_hex: str, network: Network) -> str | None:
    """The Base58 form of a script's address on a network that writes CashAddr."""
    return address_of(script_hex, msgspec.structs.replace(network, cashaddr=""))


class AddressDeriver:
    """Receiving addresses of one account: segwit where the network has it, P2PKH otherwise.

    `xpub` is an account's extended public key; nothing here can spend. Raises InvalidAddressError for a private key.
    """

    def __init__(self, xpub: str, network: Network) -> None:
        try:
            key = HDKey.from_string(xpub)
        except Exception as error:
            raise InvalidAddressError("expected an extended public key") from error
        if key.is_private:
            raise InvalidAddressError("expected an extended public key, found a private one: it belongs to the signer")
        self._receiving = key.derive([0])
        self._network = network

    def script(self, index: int) -> str:
        """The script of address `index`, in hex."""
        assert 0 <= index < 2**31, index
        public = self._receiving.derive([index])
        made = script.p2wpkh(public) if self._network.segwit else script.p2pkh(public)
        return bytes(made.data).hex()

    def address(self, index: int) -> str:
        address = address_of(self.script(index), self._network)
        assert address is not None, index
        return address


def account_xpub(seed: bytes, network: Network, account: int = 0) -> str:
    """The extended public key of an account below a seed: BIP 84 for segwit networks, BIP 44 for the others."""
    purpose = 84 if network.segwit else 44
    account_key = HDKey.from_seed(seed).derive(f"m/{purpose}h/{network.coin_type}h/{account}h")
    return str(account_key.to_public().to_base58(version=EMBIT_NETWORKS["main"]["xpub"]))


def _segwit_script(address: str, network: Network) -> str:
    version, program = bech32.decode(network.hrp, address)
    if version is None:
        raise InvalidAddressError("the checksum or the length is wrong: a character was mistyped")
    opcode = version + 0x50 if version else 0
    return bytes([opcode, len(program), *program]).hex()


def _base58_script(address: str, network: Network) -> str:
    try:
        payload = base58.decode_check(address)
    except Exception as error:
        raise InvalidAddressError("the checksum or the form is wrong: a character was mistyped") from error
    if len(payload) != _PAYLOAD_BYTES:
        raise InvalidAddressError("the length is wrong")
    if payload[0] == network.p2pkh:
        return _hash_script(payload[1:], is_p2sh=False)
    if payload[0] in network.p2sh:
        return _hash_script(payload[1:], is_p2sh=True)
    raise InvalidAddressError(f"this is an address of another network than {network.name}")


def _cashaddr(address: str, network: Network) -> tuple[int, bytes]:
    decoded = decode_cashaddr(address, network.cashaddr)
    if decoded is None or len(decoded[1]) != _HASH_BYTES or decoded[0] not in (0, 1):
        raise InvalidAddressError("the checksum, the prefix or the length is wrong")
    return decoded


def _hash_script(payload: bytes, *, is_p2sh: bool) -> str:
    return f"a914{payload.hex()}87" if is_p2sh else f"76a914{payload.hex()}88ac"


def _hash_address(payload: bytes, network: Network, *, is_p2sh: bool) -> str:
    if network.cashaddr:
        return encode_cashaddr(network.cashaddr, int(is_p2sh), payload)
    version = network.p2sh[0] if is_p2sh else network.p2pkh
    return str(base58.encode_check(bytes([version]) + payload))
