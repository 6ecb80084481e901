"""Whether an assertion answers a question that we asked, with a passkey that we know.

Invariant: the question is used up with the first answer that is looked at, whatever comes of it in this transaction; a
counter that went back flags the passkey in a transaction of its own, so that it stays flagged. Limit: whose passkey it
has to be is the caller's question.
"""

from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts.store import user_by_id
from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.events import emit_about_user
from pyxiu.identity.factors import passkey_store
from pyxiu.identity.factors.model import PASSKEY_ACTIVE, Passkey
from pyxiu.identity.factors.passkey_store import Challenge
from pyxiu.identity.factors.webauthn import read_assertion, verify_assertion
from pyxiu.identity.model import Client
from pyxiu.identity.services import IdentityServices
from pyxiu.kit.clock import now_of


class Flow(StrEnum):
    """What a challenge was made for."""

    LOGIN = "login"
    REGISTER = "register"
    PROOF = "proof"


class Question(NamedTuple):
    """The circumstances that an answer must share with its challenge."""

    flow: Flow
    bound_to: str
    action: str | None = None


async def verify_passkey(
    connection: AsyncConnection,
    services: IdentityServices,
    assertion: dict[str, Any],
    question: Question,
    *,
    client: Client,
    verify_user: bool = False,
) -> Passkey | None:
    """The passkey that signed, or None. `verify_user`: its owner must have shown a finger, a face or a PIN to it."""
    shown = read_assertion(assertion)
    if shown is None:
        return None
    challenge = await take_fitting(connection, services, shown.challenge, question)
    passkey = await passkey_store.find_passkey(connection, shown.credential_id)
    if challenge is None or passkey is None or passkey.state != PASSKEY_ACTIVE:
        return None
    if challenge.user_id not in {None, passkey.user_id}:
        return None
    verified = verify_assertion(
        services.settings.factors,
        assertion,
        challenge=challenge.challenge,
        public_key=passkey.public_key,
        verify_user=verify_user,
    )
    if verified is None:
        return None
    if await passkey_store.raise_counter(connection, passkey.id, verified.sign_count, backed_up=verified.backed_up):
        return passkey
    if await _flag(services, passkey, client):
        activity = Activity(
            user_id=passkey.user_id,
            topic="otp",
            action="flag passkey",
            result=Result.DENIED,
            client=client,
            data={"passkey_id": passkey.id, "label": passkey.label},
        )
        await record_activity(connection, activity)
    return None


async def take_fitting(
    connection: AsyncConnection, services: IdentityServices, challenge: bytes, question: Question
) -> Challenge | None:
    """The challenge, used up; None when it is not ours, too old, or was made for something else."""
    taken = await passkey_store.take_challenge(connection, challenge)
    if taken is None or taken.expires_at <= now_of(services.clock):
        return None
    fits = (taken.flow, taken.bound_to, taken.action) == (question.flow.value, question.bound_to, question.action)
    return taken if fits else None


async def _flag(services: IdentityServices, passkey: Passkey, client: Client) -> bool:
    """Two devices sign with one passkey. In a transaction of its own: the caller's ends with a refusal.

    It touches no row that the caller's may have locked, or each would wait for the other.
    """
    async with services.counting.begin() as connection:
        flagged = await passkey_store.flag_passkey(connection, passkey.id)
        owner = await user_by_id(connection, passkey.user_id)
        if flagged and owner is not None:
            told = {"label": passkey.label, "user_ip": client.ip}
            await emit_about_user(connection, services, "system.passkey.flagged", owner, **told)
        return flagged
