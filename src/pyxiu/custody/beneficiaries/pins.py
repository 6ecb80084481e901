"""PINs: six random digits that are mailed to the member and typed in once.

Invariant: kept as a keyed hash that is bound to its beneficiary; the PIN itself is in the mailer's sealed event and
nowhere else. Limit: six digits can be guessed in a million tries, so tries are counted and few.
"""

import datetime
import hmac
import re
import secrets
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.beneficiaries import store
from pyxiu.custody.beneficiaries.events import emit_pin
from pyxiu.custody.beneficiaries.model import Beneficiary, BeneficiaryState, Refusal, Refused
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals.ports import MemberFacts
from pyxiu.custody.withdrawals.store import lock_member
from pyxiu.kit.clock import now_of

_DIGITS: Final = 6
_PIN: Final = re.compile(rf"[0-9]{{{_DIGITS}}}")


async def locked_pending(
    connection: AsyncConnection, services: CustodyServices, member: MemberFacts, beneficiary_id: int
) -> Beneficiary | Refused:
    """The member's entry that waits for its PIN, within the member's lock; or why there is none."""
    await lock_member(connection, member.uid)
    row = await store.find(connection, services.withdrawing.sealer, beneficiary_id, uid=member.uid)
    if row is None or row.state is BeneficiaryState.ARCHIVED:
        return Refused(Refusal.UNKNOWN)
    return row if row.state is BeneficiaryState.PENDING else Refused(Refusal.NOT_PENDING)


async def send_pin(
    connection: AsyncConnection, services: CustodyServices, member: MemberFacts, row: Beneficiary
) -> None:
    """A new PIN; the one before it is worth nothing any more."""
    pin = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
    sealer = services.withdrawing.sealer
    lifetime = datetime.timedelta(seconds=services.settings.withdrawals.pin_lifetime_s)
    pin_hash = sealer.fingerprint(pin.encode(), _purpose(row.id))
    await store.put_pin(connection, row.id, pin_hash, now_of(services.clock) + lifetime)
    await emit_pin(connection, sealer, member, row, pin)


async def pin_fits(connection: AsyncConnection, services: CustodyServices, beneficiary_id: int, typed: str) -> bool:
    """Whether this is the PIN, in time and within the tries. The caller commits, so that a wrong one is counted."""
    known = await store.try_pin(connection, beneficiary_id)
    if known is None or known.tries > services.settings.withdrawals.pin_tries:
        return False
    if known.expires_at <= now_of(services.clock) or not _PIN.fullmatch(typed):
        return False
    hashes = services.withdrawing.sealer.fingerprints(typed.encode(), _purpose(beneficiary_id))
    return any(hmac.compare_digest(known.pin_hash, candidate) for candidate in hashes)


def _purpose(beneficiary_id: int) -> str:
    return f"beneficiary-pin:{beneficiary_id}"
