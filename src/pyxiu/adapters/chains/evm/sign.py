"""The signer's side of EVM chains: read what the bytes pay, find the key, sign.

Invariant: the chain's id is in what is signed, so no other chain takes it; the call is a plain transfer of the coin or
a token's `transfer`, and nothing else is ever signed. Limit: a token's contract decides itself what a transfer does;
which contracts are tokens is the catalog's.
"""

import secrets
from collections.abc import Callable
from typing import Any

from embit.bip32 import HDKey
from embit.util import secp256k1

from pyxiu.adapters.chains.bitcoin.sign import derived
from pyxiu.adapters.chains.evm.addresses import address_of_public_key, canonical
from pyxiu.adapters.chains.evm.transactions import (
    NotCanonicalError,
    Transaction,
    decode_unsigned,
    encode_signed,
    read_transfer,
    signing_hash,
    txid_of,
)
from pyxiu.custody.chain import InvalidAddressError
from pyxiu.custody.payouts.payload import AccountPayload, read_account
from pyxiu.custody.payouts.ports import Checked, PayloadRefusedError, Signed

AccountKey = Callable[[str], str]


class EvmSigner:
    """Implements the port `SigningChain`."""

    def __init__(self, name: str, chain_id: int, account_key: AccountKey) -> None:
        self._name = name
        self._chain_id = chain_id
        self._account_key = account_key

    def check(self, payload: dict[str, Any]) -> Checked:
        told = self._read(payload)
        transaction = _decoded(told.unsigned)
        if (transaction.chain_id, transaction.nonce) != (self._chain_id, told.nonce):
            raise PayloadRefusedError("chain or nonce are not those that the payload names")
        if transaction.priority > transaction.max_fee:
            raise PayloadRefusedError("the priority fee is above the whole fee")
        if self._address(told.key, told.path) != told.sender:
            raise PayloadRefusedError(f"{told.sender} is not the address of key {told.key} {told.path}")
        gas = (str(transaction.gas), str(transaction.max_fee), str(transaction.priority))
        if gas != (told.gas.limit, told.gas.max_fee, told.gas.priority):
            raise PayloadRefusedError("gas or its price are not those that the payload names")
        fee = transaction.gas * transaction.max_fee
        if str(fee) != told.fee:
            raise PayloadRefusedError(f"the transaction may cost {fee}, the payload says {told.fee}")
        self._check_payment(told, transaction)
        locks = (f"nonce:{told.sender}:{told.nonce}",)
        return Checked(told.payees(), fee, locks, told.contract, self._own(told))

    def sign(self, payload: dict[str, Any]) -> Signed:
        """The same payload gives the same bytes: signatures are deterministic (RFC 6979)."""
        self.check(payload)
        told = self._read(payload)
        raw = bytes.fromhex(told.unsigned)
        secret = self._key(told.key, told.path).key.secret
        signature = secp256k1.ecdsa_sign_recoverable(signing_hash(raw), secret)
        compact, y_parity = secp256k1.ecdsa_recoverable_signature_serialize_compact(signature)
        r, s = int.from_bytes(compact[:32], "big"), int.from_bytes(compact[32:], "big")
        signed = encode_signed(_decoded(told.unsigned), y_parity, r, s)
        recovered = secp256k1.ec_pubkey_serialize(
            secp256k1.ecdsa_recover(signature, signing_hash(raw)), secp256k1.EC_UNCOMPRESSED
        )
        assert secrets.compare_digest(address_of_public_key(bytes(recovered)), told.sender), told.sender
        return Signed(signed, txid_of(signed))

    def _read(self, payload: dict[str, Any]) -> AccountPayload:
        told = read_account(payload)
        if told.chain != self._name:
            raise PayloadRefusedError(f"a payload for {told.chain} cannot be signed for {self._name}")
        return told

    def _check_payment(self, told: AccountPayload, transaction: Transaction) -> None:
        """That the bytes pay whom the words name; a cancellation pays nothing, to ourselves."""
        if told.cancel:
            plain = (transaction.to, transaction.value, transaction.data)
            if plain != (told.sender, 0, b"") or told.outputs:
                raise PayloadRefusedError("a cancellation pays nobody")
            return
        payees = told.payees()
        if len(payees) != 1:
            raise PayloadRefusedError("expected one payee")
        [payee] = payees
        try:
            real = canonical(payee.address)
        except InvalidAddressError as error:
            raise PayloadRefusedError(f"{payee.address}: {error}") from error
        paid: tuple[str, int] | None = (transaction.to, transaction.value)
        if told.contract:
            if transaction.to != told.contract or transaction.value:
                raise PayloadRefusedError(f"expected a call of the contract {told.contract}")
            paid = read_transfer(transaction.data)
        elif transaction.data:
            raise PayloadRefusedError("a payment of the chain's coin has no call data")
        if paid != (real, payee.amount) or real != payee.destination:
            raise PayloadRefusedError("the transaction does not pay whom the payload names")

    def _own(self, told: AccountPayload) -> frozenset[str]:
        return frozenset(
            output.destination
            for output in told.outputs
            if output.key is not None
            and output.path is not None
            and self._address(output.key, output.path) == output.destination
        )

    def _key(self, key_id: str, path: str) -> HDKey:
        return derived(self._account_key(key_id), path)

    def _address(self, key_id: str, path: str) -> str:
        public = self._key(key_id, path).get_public_key()
        public.compressed = False
        return address_of_public_key(bytes(public.serialize()))


def _decoded(unsigned: str) -> Transaction:
    try:
        return decode_unsigned(bytes.fromhex(unsigned))
    except (NotCanonicalError, ValueError) as error:
        raise PayloadRefusedError(f"the payload holds no transaction: {error}") from error
