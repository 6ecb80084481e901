"""Deposits in the words of the wire: the states that members and other services know, and the record of an event.

Invariant: amounts are decimal texts, times are ISO 8601. Limit: of the member only the uid is known here.
"""

import datetime
from typing import Any, Final

from pyxiu.custody.deposits.model import Deposit, DepositState
from pyxiu.kit.clock import iso8601
from pyxiu.kit.decimals import format_decimal

CREATED: Final = "model.deposit.created"
UPDATED: Final = "model.deposit.updated"

_WORDS: Final = {
    DepositState.PENDING: "submitted",
    DepositState.DROPPED: "canceled",
    DepositState.SUBMITTED: "submitted",
    DepositState.CONFIRMING: "submitted",
    DepositState.ORPHANED: "submitted",
    DepositState.CREDITED: "accepted",
    DepositState.CLAWED_BACK: "errored",
    DepositState.CANCELED: "canceled",
    DepositState.REJECTED: "rejected",
}
#: Every word that a filter may name; those that never occur here match nothing.
STATES: Final = (
    "submitted",
    "canceled",
    "rejected",
    "accepted",
    "collected",
    "skipped",
    "processing",
    "fee_processing",
    "fee_collected",
    "fee_collecting",
    "errored",
    "refunding",
    "aml_processing",
    "aml_suspicious",
)
COLLECTED: Final = "collected"


def word_of(deposit: Deposit) -> str:
    """The state as members see it."""
    if deposit.state is DepositState.CREDITED and deposit.sweep_state == COLLECTED:
        return COLLECTED
    return _WORDS[deposit.state]


def states_of(word: str) -> list[DepositState]:
    """The states that are shown as a word; of `collected` none, as that is what became of a credited deposit."""
    return [state for state, shown in _WORDS.items() if shown == word]


def confirmations_of(deposit: Deposit, height: int | None) -> int:
    """How many blocks of the chain hold it, with `height` as the last one scanned; 0 in no block."""
    if deposit.block_height is None or height is None:
        return 0
    return max(0, height - deposit.block_height + 1)


def record_of(deposit: Deposit, height: int | None) -> dict[str, Any]:
    """What events tell of a deposit. What is not known is left out."""
    record = {
        "id": deposit.id,
        "tid": deposit.tid,
        "uid": deposit.uid,
        "user": {"uid": deposit.uid},
        "currency": deposit.currency,
        "amount": format_decimal(deposit.amount, deposit.decimals),
        "fee": format_decimal(deposit.fee, deposit.decimals),
        "state": word_of(deposit),
        "transfer_type": deposit.transfer_type,
        "created_at": time_text(deposit.created_at),
        "updated_at": time_text(deposit.updated_at),
        "completed_at": None if deposit.completed_at is None else time_text(deposit.completed_at),
        "blockchain_key": deposit.network,
        "blockchain_address": deposit.address,
        "blockchain_txid": deposit.txid,
        "blockchain_confirmations": None if deposit.network is None else confirmations_of(deposit, height),
    }
    return {name: value for name, value in record.items() if value is not None}


def time_text(moment: datetime.datetime) -> str:
    return iso8601(int(moment.timestamp()))
