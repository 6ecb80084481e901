"""A provider's callback: signed, read by the provider's plug-in, decided as a reviewer's decision would be.

The signature is the hex HMAC-SHA256 of `<unix seconds>.<body>` with the key that provider and exchange share.
Invariant: an unsigned, changed or late callback is refused before anybody reads it; what staff has decided stays
decided, so a callback that comes twice does nothing. Limit: profile and documents are separate verdicts; neither
implies the other.
"""

import hmac
import re
from hashlib import sha256
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts.store import lock_user, user_by_id
from pyxiu.identity.kyc.model import DocumentState, ProfileState, Refusal, Reviewer
from pyxiu.identity.kyc.profile_store import ProfileStore
from pyxiu.identity.kyc.review_document import review_documents
from pyxiu.identity.kyc.review_profile import review_profile
from pyxiu.identity.ports import KycVerdict
from pyxiu.identity.services import IdentityServices

#: How old a callback may be, either way.
WINDOW_S: Final = 300
ROLE: Final = "kyc"
_SECONDS: Final = re.compile(r"[0-9]{1,12}")


class Callback(msgspec.Struct, frozen=True):
    """What came, as it came; `timestamp` is unix time in seconds."""

    body: bytes
    timestamp: str
    signature: str


async def take_verdict(services: IdentityServices, callback: Callback) -> Refusal | None:
    """None when it was taken, also when it changed nothing."""
    provider = services.kyc_provider
    if provider is None:
        return Refusal.PROVIDER_IS_LOCAL
    if not signed(services.kyc_callback_key, callback, services.clock.now_ns() // 10**9):
        return Refusal.CALLBACK_UNSIGNED
    try:
        verdict = provider.verdict_of(callback.body)
    except ValueError:
        return Refusal.CALLBACK_UNREADABLE
    if verdict is not None:
        async with services.database.begin() as connection:
            await _apply(connection, services, verdict, Reviewer(f"kyc:{provider.name}", ROLE))
    return None


def signature_of(key: bytes, timestamp: str, body: bytes) -> str:
    """What a provider sends."""
    return hmac.digest(key, timestamp.encode() + b"." + body, sha256).hex()


def signed(key: bytes, callback: Callback, now_s: int) -> bool:
    """Whether the callback is from who has the key, and from now."""
    if not key or not _SECONDS.fullmatch(callback.timestamp) or abs(int(callback.timestamp) - now_s) > WINDOW_S:
        return False
    expected = signature_of(key, callback.timestamp, callback.body)
    return hmac.compare_digest(expected.encode(), callback.signature.encode(errors="replace"))


async def _apply(
    connection: AsyncConnection, services: IdentityServices, verdict: KycVerdict, reviewer: Reviewer
) -> None:
    store = ProfileStore(connection, services.sealer)
    profile = await store.of_applicant(verdict.applicant_id)
    user = None if profile is None else await user_by_id(connection, profile.user_id)
    if profile is None or user is None:
        return
    await lock_user(connection, user.id)
    profile = await store.of_applicant(verdict.applicant_id)
    submitted = profile is not None and profile.state is ProfileState.SUBMITTED
    if verdict.profile_verified is not None and submitted:
        state = ProfileState.VERIFIED if verdict.profile_verified else ProfileState.REJECTED
        await review_profile(connection, services, user, reviewer, state=state, reason=verdict.reason)
    if verdict.documents_verified is not None:
        decided = DocumentState.VERIFIED if verdict.documents_verified else DocumentState.REJECTED
        await review_documents(connection, services, user, reviewer, state=decided, reason=verdict.reason)
