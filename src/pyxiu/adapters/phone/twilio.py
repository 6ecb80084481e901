"""Codes to phones by Twilio's messaging and voice API, over HTTPS.

Invariant: the account's secret is sent to Twilio's host only and is in no log, error or repr; a code is in no log
either. Limit: a message that Twilio accepted may still not arrive; the member then asks for another one.
"""

from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import escape

import httpx
import msgspec
import structlog

from pyxiu.adapters.phone.settings import TwilioSettings
from pyxiu.identity.ports import PhoneMessage, PhoneRefusal, PhoneRefusedError
from pyxiu.kit.errors import TransientError

TIMEOUT_S: Final = 10.0
REFUSALS: Final[Mapping[int, PhoneRefusal]] = {
    21612: PhoneRefusal.NUMBER_NOT_REACHABLE,
    21614: PhoneRefusal.NUMBER_NOT_VALID,
    21618: PhoneRefusal.CONTENT_INVALID,
    21610: PhoneRefusal.UNSUBSCRIBED,
}
#: What is said, by language; English where we do not speak it.
TEXTS: Final = {"en": "Your {exchange} code: {code}", "ru": "Ваш код {exchange}: {code}"}

log = structlog.get_logger(__name__)


class TwilioPhones:
    """Implements the port `PhoneSender`. A connection for each message: they are rare."""

    kind = "twilio_sms"

    def __init__(self, settings: TwilioSettings, auth_token: str) -> None:
        self._settings = settings
        self._auth = httpx.BasicAuth(settings.account_sid, auth_token)

    async def send(self, message: PhoneMessage) -> None:
        resource, form = self._call(message) if message.channel == "call" else self._sms(message)
        url = f"{self._settings.api_url}/2010-04-01/Accounts/{self._settings.account_sid}/{resource}.json"
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_S) as http:
                response = await http.post(url, data=form, auth=self._auth)
        except httpx.HTTPError as error:
            raise TransientError(f"Twilio does not answer: {type(error).__name__}") from error
        if response.is_success:
            return
        code = _error_code(response)
        log.warning("phone_message_refused", status=response.status_code, twilio_code=code, channel=message.channel)
        if response.status_code >= 500 or response.status_code == 429:
            raise TransientError(f"Twilio answers {response.status_code}")
        raise PhoneRefusedError(REFUSALS.get(code, PhoneRefusal.UNEXPECTED))

    def _sms(self, message: PhoneMessage) -> tuple[str, dict[str, str]]:
        sender = self._settings.sender
        by = {"MessagingServiceSid": sender} if sender.startswith("MG") else {"From": sender}
        return "Messages", {"To": message.number, **by, "Body": self._text(message, message.code)}

    def _call(self, message: PhoneMessage) -> tuple[str, dict[str, str]]:
        # Digits apart, and twice, so that a voice reads them one by one.
        spoken = escape(self._text(message, ", ".join(message.code)))
        twiml = f"<Response><Say>{spoken}</Say><Pause/><Say>{spoken}</Say></Response>"
        return "Calls", {"To": message.number, "From": self._settings.sender, "Twiml": twiml}

    def _text(self, message: PhoneMessage, code: str) -> str:
        text = TEXTS.get(message.language, TEXTS["en"])
        return text.format(exchange=self._settings.exchange, code=code)


def _error_code(response: httpx.Response) -> int:
    try:
        answer: Any = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, RecursionError):
        return 0
    code = answer.get("code") if isinstance(answer, dict) else None
    return code if isinstance(code, int) else 0
