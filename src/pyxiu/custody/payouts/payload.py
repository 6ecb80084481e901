"""What a payload says in words, beside the bytes that will be signed; both sides read and write it through these.

Numbers are texts, because some have 78 digits. Invariant: unknown or missing fields are refused, so nothing can stand
in a payload that was not looked at. Limit: whether the words are true is for `SigningChain.check`.
"""

from typing import Any, Literal, TypeVar

import msgspec

from pyxiu.custody.payouts.ports import Payee, PayloadRefusedError


class PayeeWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`key` and `path` are of a destination of ours, for the signer to derive it again."""

    address: str
    destination: str
    amount: str
    withdrawal: str | None = None
    key: str | None = None
    path: str | None = None


class UtxoInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    coin: str
    amount: str
    script: str
    key: str
    path: str


class ChangeWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    destination: str
    amount: str
    key: str
    path: str


class UtxoPayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`previous`: the whole transactions that are spent, in hex by id, where a signature does not cover amounts."""

    form: Literal["utxo-1"]
    network: str
    chain: str
    payout: int
    attempt: int
    purpose: str
    currency: str
    unsigned: str
    inputs: list[UtxoInput]
    outputs: list[PayeeWords]
    change: ChangeWords | None
    fee: str
    previous: dict[str, str] = {}

    def payees(self) -> tuple[Payee, ...]:
        return _payees(self.outputs)


class GasWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The limit of gas, and wei for a unit of it: the whole, and what of it goes to whoever mines."""

    limit: str
    max_fee: str
    priority: str


class AccountPayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`cancel`: it pays nobody and takes the nonce. `fee` is the most that it can cost."""

    form: Literal["account-1"]
    network: str
    chain: str
    payout: int
    attempt: int
    purpose: str
    currency: str
    unsigned: str
    sender: str
    key: str
    path: str
    nonce: int
    contract: str
    outputs: list[PayeeWords]
    cancel: bool
    gas: GasWords
    fee: str

    def payees(self) -> tuple[Payee, ...]:
        return _payees(self.outputs)


Payload = UtxoPayload | AccountPayload
Form = TypeVar("Form", UtxoPayload, AccountPayload)


def words_of(payload: Payload) -> dict[str, Any]:
    """As it is stored and hashed."""
    words: dict[str, Any] = msgspec.to_builtins(payload)
    return words


def read_utxo(words: dict[str, Any]) -> UtxoPayload:
    return _read(words, UtxoPayload)


def read_account(words: dict[str, Any]) -> AccountPayload:
    return _read(words, AccountPayload)


def read_payload(words: dict[str, Any]) -> Payload:
    return read_utxo(words) if words.get("form") == "utxo-1" else read_account(words)


def _read(words: dict[str, Any], kind: type[Form]) -> Form:
    try:
        return msgspec.convert(words, kind, strict=True)
    except msgspec.ValidationError as error:
        raise PayloadRefusedError(f"the payload has another form: {error}") from error


def _payees(outputs: list[PayeeWords]) -> tuple[Payee, ...]:
    for output in outputs:
        if not (output.amount.isascii() and output.amount.isdecimal()):
            raise PayloadRefusedError(f"expected an amount, found {output.amount[:40]!r}")
    return tuple(Payee(one.address, one.destination, int(one.amount), one.withdrawal) for one in outputs)
