"""Confirm an entry with its PIN; from a while later on it can be paid to.

Invariant: wrong PINs are counted also when nothing else happens; a new address waits before it is used (S-5), longer
and only with a second factor for members who turned their allow-list on. Limit: an entry that is active stays so until
it is archived.
"""

import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.beneficiaries import store
from pyxiu.custody.beneficiaries.events import emit_beneficiary
from pyxiu.custody.beneficiaries.model import Beneficiary, BeneficiaryState, Refusal, Refused
from pyxiu.custody.beneficiaries.pins import locked_pending, pin_fits
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals.allow_list import has_allow_list
from pyxiu.custody.withdrawals.payload import request_hash
from pyxiu.custody.withdrawals.ports import MemberFacts, Proved, Prover
from pyxiu.kit.clock import now_of


async def activate_beneficiary(
    services: CustodyServices, member: MemberFacts, beneficiary_id: int, pin: str, prover: Prover
) -> Beneficiary | Refused | Proved:
    """Active; or why not (`Proved` with what is wrong with the second factor)."""
    async with services.database.begin() as connection:
        row = await locked_pending(connection, services, member, beneficiary_id)
        if isinstance(row, Refused):
            return row
        # The transaction commits with the refusal, so that the try counts.
        if not await pin_fits(connection, services, beneficiary_id, pin):
            return Refused(Refusal.INVALID_PIN)
        listed = await has_allow_list(connection, member.uid)
        if listed:
            proved = await prover.prove(activation_hash(beneficiary_id))
            if proved.refusal is not None:
                return proved
        return await _activated(connection, services, member, row, listed=listed)


def activation_hash(beneficiary_id: int) -> str:
    """What a second factor proves when a member with an allow-list confirms an entry."""
    return request_hash(kind="beneficiary.activate", id=beneficiary_id)


async def _activated(
    connection: AsyncConnection, services: CustodyServices, member: MemberFacts, row: Beneficiary, *, listed: bool
) -> Beneficiary:
    now, settings = now_of(services.clock), services.settings.withdrawals
    wait_s = max(settings.new_address_wait_s, settings.allow_list_wait_s if listed else 0)
    usable_from = now + datetime.timedelta(seconds=wait_s)
    await store.drop_pin(connection, row.id)
    state = BeneficiaryState.ACTIVE.value
    await store.change(connection, row.id, state=state, usable_from=usable_from, updated_at=now)
    after = await store.find(connection, services.withdrawing.sealer, row.id)
    assert after is not None, row.id
    await emit_beneficiary(connection, member, after, before=row)
    return after
