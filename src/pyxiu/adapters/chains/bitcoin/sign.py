"""The signer's side of the Bitcoin family: read what the bytes pay, find the keys, sign.

The payload's words (amounts, scripts, keys of the inputs) are checked against what the keys themselves derive. Where a
signature covers the amount that it spends (segwit, Bitcoin Cash), a wrong amount makes a signature that no node takes.
Elsewhere (Dogecoin, Dash) the payload carries the whole transactions that are spent, whose ids the coins name, and
amounts are read out of them, as hardware wallets do. Invariant: every output is a payee that the payload names, or
change to a key of the same wallet, and the fee is certain. Limit: outputs to the hash of one key (P2WPKH, P2PKH).
"""

from collections.abc import Callable
from typing import Any, Final

from embit import script
from embit.bip32 import HDKey
from embit.script import Script
from embit.transaction import Transaction

from pyxiu.adapters.chains.bitcoin.addresses import script_of
from pyxiu.adapters.chains.bitcoin.build import REPLACEABLE, VERSION
from pyxiu.adapters.chains.bitcoin.params import Network
from pyxiu.adapters.chains.bitcoin.previous import NotPreviousError, spent_output
from pyxiu.adapters.chains.bitcoin.unlock import unlock
from pyxiu.custody.chain import InvalidAddressError
from pyxiu.custody.payouts.payload import UtxoPayload, read_utxo
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
            unlock(self._network, transaction, number, self._derived(spent.key, spent.path).key, int(spent.amount))
        return Signed(bytes(transaction.serialize()), bytes(transaction.txid()).hex())

    def _read(self, payload: dict[str, Any]) -> UtxoPayload:
        told = read_utxo(payload)
        if told.chain != self._network.name:
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
            if self._script(one.key, one.path) != one.script:
                raise PayloadRefusedError(f"{one.coin}: the script is not that of key {one.key} {one.path}")
        self._check_amounts(told)

    def _check_amounts(self, told: UtxoPayload) -> None:
        """That the coins hold what the payload says, where no signature would show it."""
        wanted = set() if self._network.covers_amounts else {one.coin.partition(":")[0] for one in told.inputs}
        if set(told.previous) != wanted:
            raise PayloadRefusedError("expected just those previous transactions that the amounts are read out of")
        for one in told.inputs if wanted else ():
            try:
                held = spent_output(bytes.fromhex(told.previous[one.coin.partition(":")[0]]), one.coin)
            except (NotPreviousError, ValueError) as error:
                raise PayloadRefusedError(str(error)) from error
            if held != (int(one.amount), one.script):
                raise PayloadRefusedError(f"{one.coin} holds {held[0]} for {held[1]}, the payload says otherwise")

    def _check_change(self, told: UtxoPayload) -> None:
        assert told.change is not None
        if told.change.key not in {one.key for one in told.inputs}:
            raise PayloadRefusedError("change would go to another wallet's key than the one that pays")
        if self._script(told.change.key, told.change.path) != told.change.destination:
            raise PayloadRefusedError("change would go to a script that is not ours")

    def _own(self, told: UtxoPayload) -> frozenset[str]:
        """Those payees that claim to be ours and are."""
        own = set()
        for output in told.outputs:
            if output.key is None or output.path is None:
                continue
            if self._script(output.key, output.path) == output.destination:
                own.add(output.destination)
        return frozenset(own)

    def _script(self, key_id: str, path: str) -> str:
        public = self._derived(key_id, path).get_public_key()
        made: Script = script.p2wpkh(public) if self._network.segwit else script.p2pkh(public)
        return bytes(made.data).hex()

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
