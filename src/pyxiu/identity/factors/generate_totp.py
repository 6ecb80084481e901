"""Make a secret for an authenticator app: shown as a QR code, in force only once a code of it was shown.

Invariant: a secret that is in force is never replaced here. Limit: generated again, the older pending secret is void.
"""

import base64
import io
from typing import NamedTuple

import segno

from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.factors import store, totp
from pyxiu.identity.factors.check_factor import totp_purpose
from pyxiu.identity.factors.model import Caller, Refusal, Refused
from pyxiu.identity.services import IdentityServices

_SCALE = 6


class GeneratedTotp(NamedTuple):
    """`url` is the otpauth address with the secret in it, `barcode` a base64 PNG of it."""

    url: str
    barcode: str

    def __repr__(self) -> str:
        return "GeneratedTotp()"


async def generate_totp(services: IdentityServices, caller: Caller) -> GeneratedTotp | Refused:
    user = caller.user
    secret = totp.new_secret()
    sealed = services.sealer.seal(secret.encode(), totp_purpose(user.id))
    async with services.database.begin() as connection:
        if not await store.put_pending_totp(connection, user.id, sealed):
            return Refused(Refusal.ALREADY_ENABLED)
        activity = Activity(
            user_id=user.id, topic="otp", action="request QR code for 2FA", result=Result.SUCCEED, client=caller.client
        )
        await record_activity(connection, activity)
    url = totp.provisioning_url(secret, issuer=services.settings.factors.issuer, account=user.email)
    return GeneratedTotp(url, _png(url))


def _png(text: str) -> str:
    image = io.BytesIO()
    segno.make_qr(text).save(image, kind="png", scale=_SCALE)
    return base64.b64encode(image.getvalue()).decode()
