"""Send a new code to a phone that is not verified yet.

Invariant: only to numbers that the member has added. Limit: some messages an hour and a number.
"""

from pyxiu.identity.kyc.limits import take_send
from pyxiu.identity.kyc.model import Refusal
from pyxiu.identity.kyc.parse_number import parse_number
from pyxiu.identity.kyc.phone_store import PhoneStore
from pyxiu.identity.kyc.send_code import make_code, send_code
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.throttle import Throttled


async def resend_code(
    services: IdentityServices, user: User, number_text: str, *, channel: str
) -> Refusal | Throttled | None:
    """None when a message is out. Raises PhoneRefusedError, TransientError."""
    number = parse_number(number_text)
    if number is None:
        return Refusal.NUMBER_INVALID
    throttled = await take_send(services, user.uid, number.digits)
    if throttled is not None:
        return throttled
    async with services.database.begin() as connection:
        holders = await PhoneStore(connection, services.sealer).holders(number.digits, user_id=user.id)
        own = [phone for phone in holders if phone.user_id == user.id and phone.validated_at is None]
        if not own:
            return Refusal.NUMBER_UNKNOWN
        if any(phone.user_id != user.id for phone in holders):
            return Refusal.NUMBER_VERIFIED
        code = await make_code(connection, services, own[0])
    await send_code(services, user, own[0], code, channel)
    return None
