"""A withdrawal as its owner is shown it."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from pyxiu.api.wire.texts import Decimal, Time, iso8601_of
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.wire import confirmations_of, word_of
from pyxiu.kit.decimals import format_decimal


class WithdrawEntity(msgspec.Struct, frozen=True):
    """`amount` is what leaves the balance; what arrives is `amount` without `fee`."""

    id: int
    currency: str
    type: Annotated[str, msgspec.Meta(description="`coin` or `fiat`.")]
    amount: Decimal
    fee: Decimal
    blockchain_txid: str | None
    rid: Annotated[str, msgspec.Meta(description="The address, or of fiat the beneficiary's reference.")]
    state: str
    confirmations: Annotated[int | UnsetType, msgspec.Meta(description="Of coins: blocks that hold the payment.")]
    note: str | None
    transfer_type: str
    created_at: Time
    updated_at: Time
    done_at: Time | None
    tid: str
    blockchain_key: Annotated[str | None, msgspec.Meta(description="The network; null for fiat.")]
    beneficiary_id: int
    client_withdrawal_id: str | None
    reason: Annotated[str | None, msgspec.Meta(description="Why it ended without being paid, where it did.")]


def withdraw_entity(row: Withdrawal, height: int | None) -> WithdrawEntity:
    """`height` is the last block of its network that was scanned."""
    return WithdrawEntity(
        id=row.id,
        currency=row.currency,
        type="fiat" if row.network is None else "coin",
        amount=format_decimal(row.sum, row.decimals),
        fee=format_decimal(row.fee, row.decimals),
        blockchain_txid=row.txid,
        rid=row.rid,
        state=word_of(row),
        confirmations=UNSET if row.network is None else confirmations_of(row, height),
        note=row.note,
        transfer_type=row.transfer_type,
        created_at=iso8601_of(row.created_at),
        updated_at=iso8601_of(row.updated_at),
        done_at=None if row.done_at is None else iso8601_of(row.done_at),
        tid=row.tid,
        blockchain_key=row.network,
        beneficiary_id=row.beneficiary_id,
        client_withdrawal_id=row.client_id,
        reason=row.reason,
    )
