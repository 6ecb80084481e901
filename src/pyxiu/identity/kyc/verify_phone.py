"""Verify a phone by the code that was sent to it.

Invariant: each try is counted before it is compared, under a lock on the user, so parallel tries share the limit; a
code is good once. Limit: the label follows in the same transaction, and with it the member's level.
"""

import hmac

from pyxiu.identity.accounts.store import lock_user
from pyxiu.identity.kyc.label import set_kyc_label
from pyxiu.identity.kyc.limits import take_try
from pyxiu.identity.kyc.model import Phone, Refusal
from pyxiu.identity.kyc.parse_number import parse_number
from pyxiu.identity.kyc.phone_store import PhoneStore
from pyxiu.identity.kyc.send_code import code_text
from pyxiu.identity.model import User
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.throttle import Throttled
from pyxiu.kit.clock import now_of


async def verify_phone(
    services: IdentityServices, user: User, number_text: str, code: str
) -> Refusal | Throttled | None:
    """None when the phone is verified."""
    number = parse_number(number_text)
    if number is None:
        return Refusal.NUMBER_INVALID
    throttled = await take_try(services, user.uid)
    if throttled is not None:
        return throttled
    async with services.database.begin() as connection:
        await lock_user(connection, user.id)
        store = PhoneStore(connection, services.sealer)
        await store.lock(number.digits)
        holders = await store.holders(number.digits, user_id=user.id)
        own = [phone for phone in holders if phone.user_id == user.id and phone.validated_at is None]
        if not own:
            return Refusal.NUMBER_UNKNOWN
        if any(phone.user_id != user.id for phone in holders):
            return Refusal.NUMBER_VERIFIED
        if not await _right_code(services, store, own[0], code):
            return Refusal.CODE_WRONG
        await store.set_validated(own[0], now_of(services.clock))
        await set_kyc_label(connection, services, user, "phone", "verified")
    return None


async def _right_code(services: IdentityServices, store: PhoneStore, phone: Phone, code: str) -> bool:
    if phone.code_hash is None or phone.code_expires_at is None:
        return False
    if phone.code_expires_at <= now_of(services.clock) or phone.code_tries >= services.settings.kyc.phone_code_tries:
        return False
    await store.count_try(phone)
    hashes = services.sealer.fingerprints(code_text(phone, code.strip()), "phone_code")
    return any(hmac.compare_digest(one, phone.code_hash) for one in hashes)
