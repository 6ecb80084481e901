"""Codes of an authenticator app (RFC 6238: SHA-1, six digits, 30 seconds), as pure functions of secret and time.

Invariant: all periods that could match are compared, in constant time. Limit: one period of clock skew to either side;
that a code works once is the store's to see to.
"""

import hmac
import secrets
from typing import Final

import pyotp

PERIOD_S: Final = 30
DIGITS: Final = 6
SKEW_PERIODS: Final = 1
_SECRET_LENGTH: Final = 32
_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def new_secret() -> str:
    """160 random bits in base32, as authenticator apps take them."""
    return "".join(secrets.choice(_BASE32) for _ in range(_SECRET_LENGTH))


def provisioning_url(secret: str, *, issuer: str, account: str) -> str:
    """The otpauth address that the QR code shows; it holds the secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def clean_code(code: str) -> str | None:
    """The six digits, without the spaces that people type; None for what can be no code."""
    digits = "".join(code.split())
    return digits if len(digits) == DIGITS and digits.isascii() and digits.isdigit() else None


def matching_step(secret: str, code: str, now_s: int) -> int | None:
    """The latest period around `now_s` whose code this is."""
    totp = pyotp.TOTP(secret)
    current = now_s // PERIOD_S
    matching = None
    for step in range(current - SKEW_PERIODS, current + SKEW_PERIODS + 1):
        if hmac.compare_digest(totp.generate_otp(step), code):
            matching = step
    return matching


def code_at(secret: str, now_s: int) -> str:
    """What the app shows at a time."""
    return pyotp.TOTP(secret).generate_otp(now_s // PERIOD_S)
