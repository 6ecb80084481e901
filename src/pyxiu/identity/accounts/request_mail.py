"""Ask for a mail with a token: to confirm an address, or to set a new password.

Invariant: whoever asks learns nothing about the address, by text, status or time: the address is not looked up while
the caller waits. A row is written for everybody, and `answer_mail_requests` does the rest in the background. Limit: the
limit by address is told, the one by mailbox is not, as only accounts have one.
"""

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.accounts import mail_token_store as tokens
from pyxiu.identity.accounts import store
from pyxiu.identity.accounts.fields import lookup_email
from pyxiu.identity.accounts.mail_token_store import MailRequest
from pyxiu.identity.accounts.mail_tokens import Purpose, send_token
from pyxiu.identity.accounts.refusals import Refused, captcha_refusal, too_many
from pyxiu.identity.activities.model import Activity, Result
from pyxiu.identity.activities.record_activity import record_activity
from pyxiu.identity.model import LIVE_STATES, Client, User, UserState
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.throttle import network_of, take_rate

#: Requests answered in one db transaction.
BATCH_MAX = 50
_FLOWS: dict[Purpose, str] = {"confirmation": "email_confirmation", "reset": "password_reset"}

log = structlog.get_logger(__name__)


async def request_mail(
    services: IdentityServices, purpose: Purpose, email: str, client: Client, *, captcha_response: str | None
) -> Refused | None:
    """None: if the address has an account that such a mail is of use to, it gets one."""
    throttled = await take_rate(services, "mail_address", network_of(client), services.settings.rates.mail_address)
    if throttled is not None:
        return too_many(throttled)
    refused = await captcha_refusal(services, captcha_response, client, _FLOWS[purpose])
    if refused is not None:
        return refused
    async with services.database.begin() as connection:
        await tokens.add_request(connection, purpose, lookup_email(email), client)
    return None


async def answer_mail_requests(services: IdentityServices) -> int:
    """Look at what was asked for meanwhile; how many mails go out."""
    async with services.database.begin() as connection:
        requests = await tokens.take_requests(connection, limit=BATCH_MAX)
        sent = 0
        for request in requests:
            sent += await _answer(connection, services, request)
    if requests:
        log.info("mail_requests_answered", asked=len(requests), sent=sent)
    return sent if len(requests) < BATCH_MAX else sent + await answer_mail_requests(services)


async def _answer(connection: AsyncConnection, services: IdentityServices, request: MailRequest) -> bool:
    user = await store.user_by_email(connection, request.email) if request.email else None
    if user is None or not _is_of_use(request.purpose, user):
        return False
    rate = services.settings.rates.mail_account
    if await take_rate(services, f"mail_{request.purpose}", str(user.id), rate) is not None:
        return False
    if request.purpose == "reset":
        await send_token(connection, services, user, "reset")
        activity = Activity(
            user_id=user.id,
            topic="password",
            action="request password reset",
            result=Result.SUCCEED,
            client=request.client,
        )
        await record_activity(connection, activity)
    else:
        await send_token(connection, services, user, "confirmation")
    return True


def _is_of_use(purpose: str, user: User) -> bool:
    return user.state is UserState.PENDING if purpose == "confirmation" else user.state in LIVE_STATES
