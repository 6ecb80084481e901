"""The command that the books need for a deposit: how much, in which direction, under which key.

Invariant (W-2): the first credit of a coin has the key `deposit:<network>:<payment id>`, which depends on nothing but
the coin; a later round says which. Whatever the rounds were, what is booked ends at the amount. Limit: keys have 128
characters, so a payment id that is too long for one is named by its hash.
"""

from hashlib import sha256
from typing import Final

from pyxiu.core.codec import encode_command
from pyxiu.core.commands import CreditDeposit, DebitDeposit, PostEntry, Posting
from pyxiu.core.money import pack
from pyxiu.core.types import EXTERNAL, REVENUE, AssetId, MemberId
from pyxiu.custody.deposits.model import Booking, BookingKind, Deposit

KEY_LENGTH_MAX: Final = 128


def key_of(deposit: Deposit, number: int) -> str:
    """The key of a deposit's round; the first is 1."""
    suffix = "" if number == 1 else f"#{number}"
    if deposit.network is None:
        return f"deposit:{deposit.tid}{suffix}"
    key = f"deposit:{deposit.network}:{deposit.payment_id}{suffix}"
    if len(key) > KEY_LENGTH_MAX:
        key = f"deposit:{deposit.network}:{sha256((deposit.payment_id or '').encode()).hexdigest()}{suffix}"
    return key


def credit_of(deposit: Deposit) -> Booking:
    """The command that brings what is booked up to the amount; a bank's fee goes to revenue with it."""
    amount = deposit.amount - deposit.booked
    assert amount > 0, deposit
    key = key_of(deposit, deposit.rounds + 1)
    member, asset = MemberId(deposit.uid), AssetId(deposit.currency)
    if deposit.fee:
        postings = (
            Posting(EXTERNAL, asset, pack(-amount - deposit.fee)),
            Posting(member, asset, pack(amount)),
            Posting(REVENUE, asset, pack(deposit.fee)),
        )
        command = encode_command(PostEntry(key, postings, f"deposit {deposit.tid} with its fee"))
    else:
        command = encode_command(CreditDeposit(key, member, asset, pack(amount)))
    return _booking(deposit, BookingKind.CREDIT, key, amount, command)


def debit_of(deposit: Deposit, amount: int) -> Booking:
    assert 0 < amount <= deposit.booked, (deposit, amount)
    key = key_of(deposit, deposit.rounds + 1)
    command = DebitDeposit(key, MemberId(deposit.uid), AssetId(deposit.currency), pack(amount))
    return _booking(deposit, BookingKind.DEBIT, key, amount, encode_command(command))


def _booking(deposit: Deposit, kind: BookingKind, key: str, amount: int, command: bytes) -> Booking:
    return Booking(deposit_id=deposit.id, round=deposit.rounds + 1, kind=kind, key=key, amount=amount, command=command)
