"""The knobs of the captcha.

Invariant: by default a front-end that knows nothing of proof of work can sign its users up, until an address does so
more often than people do. Limit: addresses that many share reach the free number together.
"""

import msgspec

HOUR_S = 3600


class FreeUse(msgspec.Struct, frozen=True):
    """So many requests an address may make in a window of time before each needs a solved captcha."""

    limit: int
    window_s: int


FLOWS = {
    "user_create": FreeUse(3, HOUR_S),
    "password_reset": FreeUse(3, HOUR_S),
    "email_confirmation": FreeUse(3, HOUR_S),
    "session_create": FreeUse(20, HOUR_S),
}


class CaptchaSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A flow that `flows` does not name never needs a captcha; with a limit of 0 it always does."""

    #: What GET /identity/configs says as `captcha_type`: existing front-ends know `none`, `recaptcha`, `geetest`.
    wire_type: str = "none"
    flows: dict[str, FreeUse] = msgspec.field(default_factory=lambda: dict(FLOWS))
    #: Leading zero bits that a solution must have: some 65 thousand hashes, a second or so in a browser.
    difficulty: int = 16
    #: (challenges, bits): a network that asked for so many within `rate_window_s` gets them so much harder; each step
    #: counts what the one before let through.
    harder: tuple[tuple[int, int], ...] = ((10, 2), (30, 4), (100, 6))
    rate_window_s: int = 600
    lifetime_s: int = 300
