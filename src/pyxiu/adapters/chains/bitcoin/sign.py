"""The signer's side of the Bitcoin family: read what the bytes pay, find the keys, sign.

The payload's words (amounts, scripts, keys of the inputs) are checked against what the keys themselves derive. A segwit
signature covers the amount that it spends (BIP 143), so a wrong amount makes a signature that no node takes; therefore
only segwit inputs are signed. Invariant: every output is a payee that the payload names, or change to a key of the same
wallet. Limit: P2WPKH only, so no payouts yet on Dogecoin, Dash and Bitcoin Cash.
"""

from collections.abc import Callable
from typing import Any, Final

from embit import script
from embit.bip32 import HDKey
from embit.script import Witness
from embit.transaction import SIGHASH, Transaction

from pyxiu.adapters.chains.bitcoin.addresses import script_of
from pyxiu.adapters.chains.bitcoin.build import REPLACEABLE, VERSION
from pyxiu.adapters.chains.bitcoin.params import Network
from pyxiu.custody.chain import InvalidAddressError
from pyxiu.custody.payouts.payload import UtxoInput, UtxoPayload, read_utxo
from pyxiu.custody.payouts.ports import Checked, PayloadRefusedError, Signed

#: Gives an account's extended private key by the key store's name of it.
AccountKey = Callable[[str], str]
_BRANCHES: Final = (0, 1)


class BitcoinSigner:
    """Implements the port `SigningChain`."""

    def __init__(self, network: Network, account_key: AccountKey) -> None:
        self._network = network
        self._account_key = account_key

    def check(self, payload: dict[str, Any]) -> Checked:
        told = self._read(payload)
        transaction = _parsed(told.unsigned)
        self._check_inputs(told, transaction)
        outputs = [(bytes(one.script_pubkey.data).hex(), int(one.value)) for one in transaction.vout]
        payees = told.payees()
        for payee in payees:
            try:
                real = script_of(payee.address, self._network)
            except InvalidAddressError as error:
                raise PayloadRefusedError(f"{payee.address}: {error}") from error
            if real != payee.destination:
                raise PayloadRefusedError(f"{payee.address} does not stand for the script {payee.destination}")
        expected = [(payee.destination, payee.amount) for payee in payees]
        if told.change is not None:
            self._check_change(told)
            expected.append((told.change.destination, int(told.change.amount)))
        if outputs != expected:
            raise PayloadRefusedError("the transaction's outputs are not those that the payload names")
        fee = sum(int(one.amount) for one in told.inputs) - sum(amount for _, amount in outputs)
        if fee != int(told.fee) or fee < 0:
            raise PayloadRefusedError(f"the transaction's fee is {fee}, the payload says {told.fee}")
        locks = tuple(f"coin:{one.coin}" for one in told.inputs)
        return Checked(payees, fee, locks, "", self._own(told))

    def sign(self, payload: dict[str, Any]) -> Signed:
        """The same payload gives the same bytes: signatures are deterministic (RFC 6979)."""
        self.check(payload)
        told = self._read(payload)
        transaction = _parsed(told.unsigned)
        for number, spent in enumerate(told.inputs):
            key = self._derived(spent.key, spent.path).key
            public = key.get_public_key()
            digest = transaction.sighash_segwit(number, script.p2pkh(public), int(spent.amount))
            signature = key.sign(digest).serialize() + bytes([SIGHASH.ALL])
            transaction.vin[number].witness = Witness([signature, public.sec()])
        return Signed(bytes(transaction.serialize()), bytes(transaction.txid()).hex())

    def _read(self, payload: dict[str, Any]) -> UtxoPayload:
        told = read_utxo(payload)
        if told.chain != self._network.name or not self._network.segwit:
            raise PayloadRefusedError(f"a payload for {told.chain} cannot be signed for {self._network.name}")
        return told

    def _check_inputs(self, told: UtxoPayload, transaction: Transaction) -> None:
        if transaction.version != VERSION or transaction.locktime != 0:
            raise PayloadRefusedError("expected a transaction of version 2 without lock time")
        if any(one.sequence != REPLACEABLE for one in transaction.vin):
            raise PayloadRefusedError("expected inputs that may be replaced")
        spent = [f"{bytes(one.txid).hex()}:{one.vout}" for one in transaction.vin]
        if spent != [one.coin for one in told.inputs] or len(set(spent)) != len(spent):
            raise PayloadRefusedError("the transaction's inputs are not those that the payload names")
        for one in told.inputs:
            if self._script(one) != one.script:
                raise PayloadRefusedError(f"{one.coin}: the script is not that of key {one.key} {one.path}")

    def _check_change(self, told: UtxoPayload) -> None:
        assert told.change is not None
        if told.change.key not in {one.key for one in told.inputs}:
            raise PayloadRefusedError("change would go to another wallet's key than the one that pays")
        made = script.p2wpkh(self._derived(told.change.key, told.change.path).get_public_key())
        if bytes(made.data).hex() != told.change.destination:
            raise PayloadRefusedError("change would go to a script that is not ours")

    def _own(self, told: UtxoPayload) -> frozenset[str]:
        """Those payees that claim to be ours and are."""
        own = set()
        for output in told.outputs:
            if output.key is None or output.path is None:
                continue
            made = script.p2wpkh(self._derived(output.key, output.path).get_public_key())
            if bytes(made.data).hex() == output.destination:
                own.add(output.destination)
        return frozenset(own)

    def _script(self, one: UtxoInput) -> str:
        return bytes(script.p2wpkh(self._derived(one.key, one.path).get_public_key()).data).hex()

    def _derived(self, key_id: str, path: str) -> HDKey:
        return derived(self._account_key(key_id), path)


def derived(account_key: str, path: str) -> HDKey:
    """A key below an account's: `branch/index`. Raises PayloadRefusedError for any other path."""
    branch, _, index = path.partition("/")
    if not (branch.isdecimal() and index.isdecimal() and int(branch) in _BRANCHES and int(index) < 2**31):
        raise PayloadRefusedError(f"expected a path as 0/5, found {path[:40]!r}")
    return HDKey.from_string(account_key).derive([int(branch), int(index)])


def _parsed(unsigned: str) -> Transaction:
    try:
        raw = bytes.fromhex(unsigned)
        transaction = Transaction.parse(raw)
    except Exception as error:
        raise PayloadRefusedError("the payload holds no transaction") from error
    if bytes(transaction.serialize()) != raw or transaction.is_segwit:
        raise PayloadRefusedError("the payload holds more than an unsigned transaction")
    return transaction
