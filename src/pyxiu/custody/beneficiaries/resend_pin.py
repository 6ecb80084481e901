"""Mail another PIN for an entry that waits for one.

Invariant: not before a minute has passed, and only so many for an entry; the PIN before it is worth nothing any more.
"""

import datetime
import math

from pyxiu.custody.beneficiaries import store
from pyxiu.custody.beneficiaries.events import emit_beneficiary
from pyxiu.custody.beneficiaries.model import Refusal, Refused
from pyxiu.custody.beneficiaries.pins import locked_pending, send_pin
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals.ports import MemberFacts
from pyxiu.kit.clock import now_of


async def resend_pin(services: CustodyServices, member: MemberFacts, beneficiary_id: int) -> Refused | None:
    """None when it is on its way."""
    sealer, now = services.withdrawing.sealer, now_of(services.clock)
    async with services.database.begin() as connection:
        row = await locked_pending(connection, services, member, beneficiary_id)
        if isinstance(row, Refused):
            return row
        again_at = row.sent_at + datetime.timedelta(seconds=services.settings.withdrawals.pin_resend_s)
        if now < again_at:
            return Refused(Refusal.TOO_SOON, retry_after_s=math.ceil((again_at - now).total_seconds()))
        if await store.pins_sent(connection, row.id) >= services.settings.withdrawals.pins_max:
            return Refused(Refusal.TOO_MANY_PINS)
        await store.change(connection, row.id, sent_at=now, updated_at=now)
        after = await store.find(connection, sealer, row.id)
        assert after is not None, row.id
        await emit_beneficiary(connection, member, after, before=row)
        await send_pin(connection, services, member, after)
    return None
