"""Take an entry out of a member's address book.

Invariant: nothing new goes there; what was asked for before goes on. Limit: the row stays, withdrawals refer to it.
"""

from pyxiu.custody.beneficiaries import store
from pyxiu.custody.beneficiaries.events import emit_beneficiary
from pyxiu.custody.beneficiaries.model import BeneficiaryState, Refusal, Refused
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals.ports import MemberFacts
from pyxiu.custody.withdrawals.store import lock_member
from pyxiu.kit.clock import now_of


async def archive_beneficiary(services: CustodyServices, member: MemberFacts, beneficiary_id: int) -> Refused | None:
    """None when it is gone."""
    sealer = services.withdrawing.sealer
    async with services.database.begin() as connection:
        await lock_member(connection, member.uid)
        row = await store.find(connection, sealer, beneficiary_id, uid=member.uid)
        if row is None or row.state is BeneficiaryState.ARCHIVED:
            return Refused(Refusal.UNKNOWN)
        await store.drop_pin(connection, row.id)
        archived = BeneficiaryState.ARCHIVED.value
        await store.change(connection, row.id, state=archived, updated_at=now_of(services.clock))
        after = await store.find(connection, sealer, row.id)
        assert after is not None, row.id
        await emit_beneficiary(connection, member, after, before=row)
    return None
