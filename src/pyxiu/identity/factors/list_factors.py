"""What second factors an account has."""

from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.factors import passkey_store, store
from pyxiu.identity.factors.check_factor import enabled_factors
from pyxiu.identity.factors.model import Factor, Passkey


class Factors(NamedTuple):
    totp: bool
    passkeys: list[Passkey]
    recovery_codes_left: int


async def list_factors(connection: AsyncConnection, user_id: int) -> Factors:
    enabled = await enabled_factors(connection, user_id)
    return Factors(
        totp=Factor.TOTP in enabled,
        passkeys=await passkey_store.passkeys_of(connection, user_id),
        recovery_codes_left=await store.recovery_codes_left(connection, user_id),
    )
