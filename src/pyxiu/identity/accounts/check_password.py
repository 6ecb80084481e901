"""Ask a member for the password again, before something that a stolen session must not do."""

from pyxiu.identity.accounts import store
from pyxiu.identity.accounts.refusals import Refused, too_many
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.throttle import forget, take_rate


async def check_password(services: IdentityServices, user_id: int, password: str, *, wrong: Refused) -> Refused | None:
    """None when it is right; `wrong` or 429 otherwise. Raises HashingBusyError."""
    bucket, key = "password_member", str(user_id)
    throttled = await take_rate(services, bucket, key, services.settings.rates.password_member)
    if throttled is not None:
        return too_many(throttled)
    async with services.database.connect() as connection:
        password_hash = await store.password_hash_of(connection, user_id)
    if not (await services.passwords.check(password_hash, password)).right:
        return wrong
    await forget(services, bucket, key)
    return None
