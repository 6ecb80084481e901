"""A deposit as its owner is shown it."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from pyxiu.api.wire.texts import Decimal, Time, iso8601_of
from pyxiu.custody.deposits.model import Deposit
from pyxiu.custody.deposits.wire import confirmations_of, word_of
from pyxiu.kit.decimals import format_decimal


class DepositEntity(msgspec.Struct, frozen=True):
    """`amount` is what is added to the balance, without `fee`."""

    id: int
    currency: str
    amount: Decimal
    fee: Decimal
    txid: str | None
    confirmations: Annotated[int | UnsetType, msgspec.Meta(description="Of coins: blocks that hold the payment.")]
    state: str
    transfer_type: Annotated[str, msgspec.Meta(description="`crypto`, or how a bank has sent it.")]
    created_at: Time
    completed_at: Annotated[Time | None, msgspec.Meta(description="When it was first credited.")]
    tid: str
    blockchain_key: Annotated[str | None, msgspec.Meta(description="The network; null for fiat.")]
    address: Annotated[str | None, msgspec.Meta(description="What was paid; null for fiat.")]
    credit_confirmations: Annotated[
        int | UnsetType, msgspec.Meta(description="Of coins: at so many confirmations it can be traded with.")
    ]
    withdrawable_confirmations: Annotated[
        int | UnsetType, msgspec.Meta(description="Of coins: at so many confirmations it can be withdrawn.")
    ]


def deposit_entity(row: Deposit, height: int | None) -> DepositEntity:
    """`height` is the last block of its network that was scanned."""
    return DepositEntity(
        id=row.id,
        currency=row.currency,
        amount=format_decimal(row.amount, row.decimals),
        fee=format_decimal(row.fee, row.decimals),
        txid=row.txid,
        confirmations=UNSET if row.network is None else confirmations_of(row, height),
        state=word_of(row),
        transfer_type=row.transfer_type,
        created_at=iso8601_of(row.created_at),
        completed_at=None if row.completed_at is None else iso8601_of(row.completed_at),
        tid=row.tid,
        blockchain_key=row.network,
        address=row.address,
        credit_confirmations=UNSET if row.credit_depth is None else row.credit_depth,
        withdrawable_confirmations=UNSET if row.withdrawable_depth is None else row.withdrawable_depth,
    )
