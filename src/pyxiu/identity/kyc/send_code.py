"""Send a code to a phone: five digits, as the dialect's forms expect.

Invariant: a code is drawn from the system's randomness, kept as a keyed hash, good for some minutes, some tries and the
last message only; it is durable before it is sent. Limit: 100,000 codes, of which a member may try
`phone_tries_per_day` a day: one day of guessing succeeds once in 5,000.
"""

import datetime
import secrets
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.kyc.model import Phone
from pyxiu.identity.kyc.phone_store import PhoneStore
from pyxiu.identity.model import User
from pyxiu.identity.ports import PhoneMessage
from pyxiu.identity.services import IdentityServices
from pyxiu.kit.clock import now_of

CODE_DIGITS: Final = 5
CHANNELS: Final = ("sms", "call")


async def make_code(connection: AsyncConnection, services: IdentityServices, phone: Phone) -> str:
    """A new code for the phone; the one before is worth nothing any more."""
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    expires_at = now_of(services.clock) + datetime.timedelta(seconds=services.settings.kyc.phone_code_lifetime_s)
    store = PhoneStore(connection, services.sealer)
    await store.set_code(phone, services.sealer.fingerprint(code_text(phone, code), "phone_code"), expires_at)
    return code


async def send_code(services: IdentityServices, user: User, phone: Phone, code: str, channel: str) -> None:
    """Raises PhoneRefusedError or TransientError; the code stays good then, for a later message to replace it."""
    await services.phones.send(
        PhoneMessage(uid=user.uid, number=f"+{phone.number}", code=code, channel=channel, language=user.language)
    )


def code_text(phone: Phone, code: str) -> bytes:
    """What is hashed: a code is good for its phone only."""
    return f"{phone.id} {code}".encode(errors="replace")
