"""One input's signature, in each network's way: with a witness, in the input itself, or Bitcoin Cash's.

    segwit          BIP 143, in the witness       covers the amount
    Bitcoin Cash    BIP 143 with SIGHASH_FORKID   covers the amount, in the input's script
    the others      the first kind                does not cover it, in the input's script

Invariant: all signatures cover all inputs and outputs, and are the same each time (RFC 6979). Limit: outputs to the
hash of one key.
"""

import hashlib
from typing import Final

from embit import script
from embit.ec import PrivateKey
from embit.script import Witness
from embit.transaction import SIGHASH, Transaction

from pyxiu.adapters.chains.bitcoin.params import Network

#: Bitcoin Cash's fork id is 0; the flag alone keeps its signatures from meaning anything on Bitcoin.
FORK_ID: Final = 0x40


def unlock(network: Network, transaction: Transaction, number: int, key: PrivateKey, amount: int) -> None:
    """Put the signature of a key into the input that spends its output of this amount."""
    public = key.get_public_key()
    code = script.p2pkh(public)
    vin = transaction.vin[number]
    if network.segwit:
        digest = transaction.sighash_segwit(number, code, amount)
        vin.witness = Witness([key.sign(digest).serialize() + bytes([SIGHASH.ALL]), public.sec()])
        return
    if network.fork_id:
        kind = SIGHASH.ALL | FORK_ID
        digest = fork_id_digest(transaction, number, bytes(code.data), amount)
    else:
        kind = SIGHASH.ALL
        digest = transaction.sighash_legacy(number, code)
    vin.script_sig = script.script_sig_p2pkh(key.sign(digest), public, kind)


def fork_id_digest(
    transaction: Transaction, number: int, code: bytes, amount: int, kind: int = SIGHASH.ALL | FORK_ID
) -> bytes:
    """What is signed on Bitcoin Cash: BIP 143's preimage, with the flag in its last four bytes."""
    spent = b"".join(bytes(one.txid)[::-1] + one.vout.to_bytes(4, "little") for one in transaction.vin)
    sequences = b"".join(one.sequence.to_bytes(4, "little") for one in transaction.vin)
    outputs = b"".join(bytes(one.serialize()) for one in transaction.vout)
    vin = transaction.vin[number]
    return _twice(
        transaction.version.to_bytes(4, "little")
        + _twice(spent)
        + _twice(sequences)
        + bytes(vin.txid)[::-1]
        + vin.vout.to_bytes(4, "little")
        + bytes([len(code)])
        + code
        + amount.to_bytes(8, "little")
        + vin.sequence.to_bytes(4, "little")
        + _twice(outputs)
        + transaction.locktime.to_bytes(4, "little")
        + kind.to_bytes(4, "little")
    )


def _twice(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()
