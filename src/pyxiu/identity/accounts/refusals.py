"""How a flow of accounts says no: status, wire codes, and when to try again.

Invariant: a refusal names a rule, never what is known of an account that the caller has not proved to own. Limit: codes
that the dialect has are spelt as it spells them.
"""

from typing import Final

from pyxiu.identity.model import Client
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.throttle import Throttled

TOO_MANY_REQUESTS: Final = "server.too_many_requests"
CAPTCHA_REQUIRED: Final = "identity.captcha.required"
CAPTCHA_FAILED: Final = "identity.captcha.verification_failed"


class Refused:
    """`retry_after_s` is set with status 429."""

    __slots__ = ("codes", "retry_after_s", "status")

    def __init__(self, status: int, *codes: str, retry_after_s: int | None = None) -> None:
        self.status = status
        self.codes = codes
        self.retry_after_s = retry_after_s

    def __repr__(self) -> str:
        return f"Refused({self.status}, {', '.join(self.codes)})"


def too_many(throttled: Throttled) -> Refused:
    return Refused(429, TOO_MANY_REQUESTS, retry_after_s=throttled.retry_after_s)


async def captcha_refusal(
    services: IdentityServices, response: str | None, client: Client, flow: str
) -> Refused | None:
    """None where the request may go on: its captcha is solved, or none is asked of it."""
    if await services.captcha.verify(response, client, flow):
        return None
    return Refused(422, CAPTCHA_FAILED) if response else Refused(400, CAPTCHA_REQUIRED)
