"""Events as identity announces them, one for every row of the mailer's table, and mailers to send them with."""

from typing import Any, Final

from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.app.secrets import KEY_BYTES, SecretBox
from pyxiu.kit.clock import Clock, SystemClock
from pyxiu.mailer.compose import OUTBOX_PURPOSE, Composer
from pyxiu.mailer.metrics import MailMetrics
from pyxiu.mailer.ports import Transport
from pyxiu.mailer.render import MailRenderer
from pyxiu.mailer.run import Mailer
from pyxiu.mailer.send_mails import MailSender
from pyxiu.mailer.settings import MailSettings
from pyxiu.storage.outbox import emit

BOX: Final = SecretBox(bytes(KEY_BYTES))
PUBLIC_URL: Final = "https://exchange.test"
TOKEN: Final = "canary-token_1.2"
USER: Final[dict[str, Any]] = {
    "uid": "ID1234567890",
    "email": "alice@example.test",
    "username": None,
    "role": "member",
    "level": 1,
    "otp": False,
    "state": "active",
    "language": "en",
    "data": None,
    "referral_uid": None,
}
_TOKEN_RECORD: Final = {"user": USER, "domain": "evil.test"}
_LABEL: Final = {"id": 1, "scope": "private", "description": None, "user": USER}
_CLIENT: Final = {"user": USER, "user_ip": "203.0.113.7", "country": "DE", "user_agent": "Firefox on Linux"}

#: A sample record for each event of the table, without the token.
SAMPLES: Final[dict[str, dict[str, Any]]] = {
    "system.user.email.confirmation.token": _TOKEN_RECORD,
    "system.user.password.reset.token": _TOKEN_RECORD,
    "system.user.password.reset": {"user": USER, "domain": "evil.test"},
    "system.user.password.change": {"user": USER, "domain": "evil.test"},
    "system.user.signup.taken": {"user": USER, "domain": "evil.test"},
    "system.user.account.deleted": {"user": USER},
    "system.session.create": _CLIENT,
    "system.session.new_device": _CLIENT,
    "system.otp.enabled": {"user": USER},
    "system.otp.disabled": {"user": USER},
    "system.passkey.created": {"user": USER, "label": "phone"},
    "system.passkey.deleted": {"user": USER},
    "system.external_identity.linked": {"user": USER, "issuer": "https://tenant.example/"},
    "system.external_identity.unlinked": {"user": USER, "issuer": "https://tenant.example/"},
    "system.passkey.flagged": {"user": USER, "label": "phone", "user_ip": "203.0.113.7"},
    "system.recovery_code.used": {"user": USER, "left": 9, "user_ip": "203.0.113.7"},
    "system.api_key.created": {"user": USER, "kid": "61d025b8573501c2", "label": "bot", "scopes": ["read", "trade"]},
    "system.beneficiary.pin": {
        "user": USER,
        "beneficiary": "Cold wallet",
        "currency": "BTC",
        "network": "bitcoin",
        "receiver": "bc1qj930tc4cjuernxax4hvc7fmeqrqwwaywmsjczp",
    },
    "system.document.verified": _LABEL | {"key": "document", "value": "verified"},
    "system.document.rejected": _LABEL | {"key": "document", "value": "rejected"},
}
LABEL_SAMPLES: Final = {
    template: _LABEL | dict(zip(("key", "value"), template.split("_"), strict=True))
    for template in ("phone_verified", "profile_verified", "profile_rejected")
}


def sealed(token: str = TOKEN) -> str:
    return BOX.seal(token.encode(), OUTBOX_PURPOSE).hex()


async def announce(database: AsyncEngine, event: str, **record: Any) -> None:
    """Commit an event with its sample record, changed as said."""
    sample = SAMPLES[event] | ({"token": sealed()} if event.endswith(".token") else {})
    async with database.begin() as connection:
        await emit(connection, event, sample | record, aggregate=f"user:{USER['uid']}")


def composer() -> Composer:
    renderer = MailRenderer(exchange_name="Pyxiu", public_url=PUBLIC_URL)
    return Composer(renderer, BOX, "Pyxiu <no-reply@exchange.test>")


def a_mailer(
    dsn: str, database: AsyncEngine, transport: Transport, clock: Clock | None = None, **settings: Any
) -> Mailer:
    """A mailer with short pauses unless `settings` say otherwise."""
    patient = {"first_pause_s": 0.02, "longest_pause_s": 0.05, "sender": "Pyxiu <no-reply@exchange.test>"}
    chosen = MailSettings(public_url=PUBLIC_URL, **{**patient, **settings})
    metrics = MailMetrics(CollectorRegistry())
    sender = MailSender(database, composer(), transport, chosen, clock or SystemClock(), metrics)
    return Mailer(dsn, database, sender, chosen, metrics)
