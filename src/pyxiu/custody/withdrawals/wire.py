"""Withdrawals in the words of the wire: the states that members and other services know, and the record of an event.

Invariant: amounts are decimal texts; `amount` is gross there, as ever in this dialect, of events it is what arrives.
Limit: no member's address or name is known here, only the uid.
"""

from typing import Any, Final

from pyxiu.custody.deposits.wire import time_text
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.kit.decimals import format_decimal

_WORDS: Final = {
    WithdrawalState.REQUESTED: "prepared",
    WithdrawalState.HELD: "accepted",
    WithdrawalState.APPROVED: "processing",
    WithdrawalState.PAYING: "processing",
    WithdrawalState.PARKED: "under_review",
    WithdrawalState.CONFIRMED: "succeed",
    WithdrawalState.FAILED: "failed",
    WithdrawalState.CANCELED: "canceled",
    WithdrawalState.REJECTED: "rejected",
}
#: A payment that is on its way to the chain, or in a block that is not deep enough.
CONFIRMING: Final = "confirming"
#: Every word that a filter may name; those that never occur here match nothing.
STATES: Final = (
    "prepared",
    "canceled",
    "accepted",
    "skipped",
    "to_reject",
    "rejected",
    "processing",
    "succeed",
    "failed",
    "errored",
    CONFIRMING,
    "under_review",
)


def word_of(row: Withdrawal) -> str:
    """The state as members see it."""
    if row.state is WithdrawalState.PAYING and row.txid is not None:
        return CONFIRMING
    return _WORDS[row.state]


def states_of(word: str) -> list[WithdrawalState]:
    """The states that are shown as a word, but for `confirming`."""
    return [state for state, shown in _WORDS.items() if shown == word]


def confirmations_of(row: Withdrawal, height: int | None) -> int:
    """How many blocks of the chain hold its payment, with `height` as the last one scanned; 0 in no block."""
    if row.block_height is None or height is None:
        return 0
    return max(0, height - row.block_height + 1)


def record_of(row: Withdrawal, height: int | None) -> dict[str, Any]:
    """What events tell of a withdrawal. What is not known is left out."""
    record = {
        "id": row.id,
        "tid": row.tid,
        "uid": row.uid,
        "user": {"uid": row.uid},
        "rid": row.rid,
        "currency": row.currency,
        "sum": format_decimal(row.sum, row.decimals),
        "amount": format_decimal(row.amount, row.decimals),
        "fee": format_decimal(row.fee, row.decimals),
        "state": word_of(row),
        "transfer_type": row.transfer_type,
        "note": row.note,
        "created_at": time_text(row.created_at),
        "updated_at": time_text(row.updated_at),
        "done_at": None if row.done_at is None else time_text(row.done_at),
        "blockchain_key": row.network,
        "blockchain_txid": row.txid,
        "blockchain_confirmations": None if row.network is None else confirmations_of(row, height),
    }
    return {name: value for name, value in record.items() if value is not None}
