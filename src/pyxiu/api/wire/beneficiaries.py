"""An entry of the address book as its owner is shown it."""

from typing import Annotated, Any

import msgspec

from pyxiu.api.wire.texts import Time, iso8601_of
from pyxiu.custody.beneficiaries.data import shown
from pyxiu.custody.beneficiaries.model import Beneficiary


class BeneficiaryEntity(msgspec.Struct, frozen=True):
    """Where withdrawals can go."""

    id: int
    currency: str
    uid: str
    name: str
    description: str | None
    data: Annotated[
        dict[str, Any], msgspec.Meta(description="Of a coin the address; of fiat the account, its number masked.")
    ]
    state: Annotated[str, msgspec.Meta(description="`pending` until its PIN was typed in, then `active`.")]
    sent_at: Annotated[Time, msgspec.Meta(description="When the last PIN was mailed.")]
    blockchain_key: Annotated[str | None, msgspec.Meta(description="The network; null for fiat.")]
    usable_from: Annotated[Time | None, msgspec.Meta(description="From when on it can be paid to; null if pending.")]
    internal: Annotated[
        bool, msgspec.Meta(description="It is a deposit address of another member here: a transfer costs nothing.")
    ]


def beneficiary_entity(row: Beneficiary) -> BeneficiaryEntity:
    return BeneficiaryEntity(
        id=row.id,
        currency=row.currency,
        uid=row.uid,
        name=row.name,
        description=row.description,
        data=shown(row.details.data),
        state=row.state.value,
        sent_at=iso8601_of(row.sent_at),
        blockchain_key=row.network,
        usable_from=None if row.usable_from is None else iso8601_of(row.usable_from),
        internal=row.internal_uid is not None,
    )
