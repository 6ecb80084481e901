"""A transfer between members as one of the two is shown it."""

from typing import Annotated

import msgspec

from pyxiu.api.wire.texts import Decimal, Time, iso8601_of
from pyxiu.custody.transfers.model import InternalTransfer
from pyxiu.kit.decimals import format_decimal


class InternalTransferEntity(msgspec.Struct, frozen=True):
    """Names are empty where a member has none."""

    id: int
    currency: str
    sender_username: str | None
    receiver_username: str | None
    sender_uid: str
    receiver_uid: str
    direction: Annotated[str, msgspec.Meta(description="`in` or `out`, as the asking member sees it.")]
    amount: Decimal
    status: str
    created_at: Time
    updated_at: Time
    tid: str
    client_transfer_id: Annotated[str | None, msgspec.Meta(description="The sender's own id; the sender sees it.")]


def internal_transfer_entity(
    row: InternalTransfer, uid: str, usernames: dict[str, str | None]
) -> InternalTransferEntity:
    out = row.sender_uid == uid
    return InternalTransferEntity(
        id=row.id,
        currency=row.currency,
        sender_username=usernames.get(row.sender_uid),
        receiver_username=usernames.get(row.receiver_uid),
        sender_uid=row.sender_uid,
        receiver_uid=row.receiver_uid,
        direction="out" if out else "in",
        amount=format_decimal(row.amount, row.decimals),
        status=row.state.value,
        created_at=iso8601_of(row.created_at),
        updated_at=iso8601_of(row.updated_at),
        tid=row.tid,
        client_transfer_id=row.client_id if out else None,
    )
