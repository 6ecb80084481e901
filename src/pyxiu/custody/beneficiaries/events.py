"""What beneficiaries announce to the outside, and the PIN on its way to the mailer.

Invariant: no PIN in the clear, and of a bank account only both ends of its number. Limit: the PIN's event is the
mailer's alone; the relay passes it over.
"""

from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.beneficiaries.data import ACCOUNT_NUMBER, shown
from pyxiu.custody.beneficiaries.model import Beneficiary
from pyxiu.custody.withdrawals.ports import MemberFacts, Sealer
from pyxiu.storage.outbox import emit

#: For the mailer alone: its record carries the PIN, sealed.
PIN_EVENT: Final = "system.beneficiary.pin"
#: What tokens in outbox rows are sealed for.
OUTBOX_PURPOSE: Final = "outbox"


def beneficiary_record(row: Beneficiary, member: MemberFacts) -> dict[str, Any]:
    return {
        "user": {"uid": member.uid, "email": member.mail.get("email")},
        "id": row.id,
        "uid": row.uid,
        "currency": row.currency,
        "blockchain_key": row.network,
        "name": row.name,
        "description": row.description,
        "data": _announced(row),
        "state": row.state.value,
        "sent_at": row.sent_at.isoformat(),
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
    }


async def emit_beneficiary(
    connection: AsyncConnection, member: MemberFacts, row: Beneficiary, before: Beneficiary | None = None
) -> None:
    """Created, or updated with the previous values of what changed."""
    record = beneficiary_record(row, member)
    aggregate = f"beneficiary:{row.id}"
    if before is None:
        await emit(connection, "model.beneficiary.created", record, aggregate=aggregate)
        return
    old = beneficiary_record(before, member)
    changes = {name: value for name, value in old.items() if value != record[name]}
    await emit(connection, "model.beneficiary.updated", record, aggregate=aggregate, changes=changes)


async def emit_pin(
    connection: AsyncConnection, sealer: Sealer, member: MemberFacts, row: Beneficiary, pin: str
) -> None:
    """The mail says what is confirmed, so that its reader can compare it with what was meant."""
    data = shown(row.details.data)
    record = {
        "user": member.mail,
        "token": sealer.seal(pin.encode(), OUTBOX_PURPOSE).hex(),
        "beneficiary": row.name,
        "currency": row.currency.upper(),
        "network": row.network or "",
        "receiver": data.get("address") or data.get(ACCOUNT_NUMBER) or data.get("full_name", ""),
    }
    await emit(connection, PIN_EVENT, record, aggregate=f"beneficiary:{row.id}")


def _announced(row: Beneficiary) -> dict[str, str]:
    """The outbox is not sealed: a bank account's owner and number do not go there."""
    data = shown(row.details.data)
    if row.network is not None:
        return data
    return {ACCOUNT_NUMBER: data[ACCOUNT_NUMBER]} if ACCOUNT_NUMBER in data else {}
