"""How often a member may ask for what costs us or others.

Invariant: counted before it is done. Limit: none of it replaces a limit at the edge.
"""

from pyxiu.identity.services import IdentityServices
from pyxiu.identity.throttle import Throttled, take

HOUR_S = 3600
DAY_S = 24 * HOUR_S


async def take_upload(services: IdentityServices, uid: str) -> Throttled | None:
    """Files are decoded, so a member gets some an hour."""
    limit = services.settings.kyc.uploads_per_hour
    return await take(services, "kyc_upload", uid, limit=limit, window_s=HOUR_S)


async def take_send(services: IdentityServices, uid: str, number: str) -> Throttled | None:
    """A message costs money, and annoys whoever owns the number."""
    settings = services.settings.kyc
    throttled = await take(services, "phone_send", uid, limit=settings.phone_sends_per_hour, window_s=HOUR_S)
    if throttled is not None:
        return throttled
    limit = settings.phone_sends_per_number_day
    return await take(services, "phone_send_number", number, limit=limit, window_s=DAY_S)


async def take_try(services: IdentityServices, uid: str) -> Throttled | None:
    """Codes are short, so a member has some tries a day over all of them."""
    limit = services.settings.kyc.phone_tries_per_day
    return await take(services, "phone_try", uid, limit=limit, window_s=DAY_S)
