"""Add a phone to a member and send a code to it.

Invariant: nobody else has the number verified, and the member does not have it yet. Limit: some phones a member (the
oldest unverified one gives way), some messages an hour.
"""

from pyxiu.identity.accounts.store import lock_user
from pyxiu.identity.kyc.limits import take_send
from pyxiu.identity.kyc.model import Refusal
from pyxiu.identity.kyc.parse_number import parse_number
from pyxiu.identity.kyc.phone_store import PhoneStore
from pyxiu.identity.kyc.send_code import make_code, send_code
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.throttle import Throttled


async def add_phone(
    services: IdentityServices, user: User, number_text: str, *, channel: str
) -> Refusal | Throttled | None:
    """None when it is added and a message is out. Raises PhoneRefusedError, TransientError."""
    number = parse_number(number_text)
    if number is None:
        return Refusal.NUMBER_INVALID
    throttled = await take_send(services, user.uid, number.digits)
    if throttled is not None:
        return throttled
    async with services.database.begin() as connection:
        await lock_user(connection, user.id)
        store = PhoneStore(connection, services.sealer)
        await store.lock(number.digits)
        holders = await store.holders(number.digits, user_id=user.id)
        if any(phone.user_id == user.id for phone in holders):
            return Refusal.NUMBER_REPEATED
        if holders:
            return Refusal.NUMBER_VERIFIED
        if not await _has_room(store, user, services.settings.kyc.phones_per_member):
            return Refusal.PHONES_TOO_MANY
        phone = await store.add(user.id, number.digits, number.country)
        if phone is None:
            return Refusal.NUMBER_REPEATED
        code = await make_code(connection, services, phone)
    await send_code(services, user, phone, code, channel)
    return None


async def _has_room(store: PhoneStore, user: User, limit: int) -> bool:
    """A number that was never verified, perhaps mistyped, gives way to a new one."""
    phones = await store.of_user(user.id)
    if len(phones) < limit:
        return True
    unverified = [phone for phone in phones if phone.validated_at is None]
    if unverified:
        await store.remove(unverified[0])
    return bool(unverified)
