"""Challenges for authenticators: to register one, to log in with one, to prove an action with one.

Invariant: 32 random bytes, kept until they are answered once or too old, bound to flow, session and action. Limit: the
challenge of a login is asked by anybody and names nobody, so it tells nothing about who has an account.
"""

import datetime
import secrets
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.factors import passkey_store
from pyxiu.identity.factors.bound import bound_to
from pyxiu.identity.factors.model import Caller
from pyxiu.identity.factors.passkey_store import Challenge
from pyxiu.identity.factors.verify_passkey import Flow
from pyxiu.identity.factors.webauthn import assertion_options, registration_options
from pyxiu.identity.model import Client
from pyxiu.identity.services import IdentityServices
from pyxiu.kit.clock import now_of

_CHALLENGE_BYTES = 32


async def ask_for_login(services: IdentityServices, client: Client) -> dict[str, Any]:
    """The `publicKey` of `navigator.credentials.get()`: any passkey that the authenticator has for us."""
    async with services.database.begin() as connection:
        challenge = await _new(connection, services, Flow.LOGIN, bound_to(client, None))
    return assertion_options(services.settings.factors, challenge, registered=[], verify_user=True)


async def ask_for_proof(services: IdentityServices, caller: Caller, action: str) -> dict[str, Any]:
    """The same, of this user and for this action (its `action_hash`)."""
    async with services.database.begin() as connection:
        registered = await passkey_store.passkeys_of(connection, caller.user.id)
        bound = bound_to(caller.client, caller.session_id)
        challenge = await _new(connection, services, Flow.PROOF, bound, user_id=caller.user.id, action=action)
    ids = [passkey.credential_id for passkey in registered]
    return assertion_options(services.settings.factors, challenge, registered=ids, verify_user=False)


async def ask_for_registration(services: IdentityServices, caller: Caller) -> dict[str, Any]:
    """The `publicKey` of `navigator.credentials.create()`."""
    user = caller.user
    async with services.database.begin() as connection:
        registered = await passkey_store.passkeys_of(connection, user.id)
        bound = bound_to(caller.client, caller.session_id)
        challenge = await _new(connection, services, Flow.REGISTER, bound, user_id=user.id)
    ids = [passkey.credential_id for passkey in registered]
    return registration_options(services.settings.factors, challenge, uid=user.uid, name=user.email, registered=ids)


async def _new(
    connection: AsyncConnection,
    services: IdentityServices,
    flow: Flow,
    bound: str,
    *,
    user_id: int | None = None,
    action: str | None = None,
) -> bytes:
    now = now_of(services.clock)
    expires_at = now + datetime.timedelta(seconds=services.settings.factors.challenge_s)
    challenge = Challenge(secrets.token_bytes(_CHALLENGE_BYTES), flow.value, bound, user_id, action, expires_at)
    await passkey_store.put_challenge(connection, challenge, now)
    return challenge.challenge
