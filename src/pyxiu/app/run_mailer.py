"""The mailer module: everything that it needs, plugged together.

Invariant: it says at the start where mails go, in words that hold no password. Limit: its figures are in the metrics
of its own process.
"""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.app.builtin_plugin import Inside
from pyxiu.app.context import Context
from pyxiu.app.mail_settings import Way
from pyxiu.app.secrets import open_secret_box
from pyxiu.app.settings import Settings
from pyxiu.kit.clock import SystemClock
from pyxiu.mailer.compose import Composer
from pyxiu.mailer.metrics import MailMetrics
from pyxiu.mailer.ports import Transport
from pyxiu.mailer.render import MailRenderer
from pyxiu.mailer.run import Mailer
from pyxiu.mailer.send_mails import MailSender
from pyxiu.mailer.settings import MailSettings
from pyxiu.plugins.registry import Registry
from pyxiu.plugins.spec import MAIL
from pyxiu.storage.orm import open_database

_log = structlog.stdlib.get_logger("pyxiu.mailer")


@asynccontextmanager
async def mailer(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    settings = mail_settings(context.settings)
    database = open_database(context.dsn, "pyxiu mailer", pool_size=settings.at_once)
    try:
        transport = transport_for(context.plugins, context.settings, database)
        _announce(context.settings, transport)
        metrics = MailMetrics(context.registry)
        composer = composer_for(context.settings)
        sender = MailSender(database, composer, transport, settings, SystemClock(), metrics)
        yield Mailer(context.dsn, database, sender, settings, metrics).run()
    finally:
        await database.dispose()


def mail_settings(settings: Settings) -> MailSettings:
    choice = settings.mail
    return MailSettings(
        public_url=choice.public_url or settings.url,
        sender=choice.sender,
        exchange_name=choice.exchange_name,
        default_language=choice.language,
        every_login=choice.every_login,
        templates=choice.templates,
    )


def transport_for(plugins: Registry, settings: Settings, database: AsyncEngine) -> Transport:
    """How mails leave this instance."""
    name = settings.plugins.mail or settings.mail.way(settings.host).value
    return plugins.make(MAIL, name, inside=Inside(settings=settings, database=database))


def renderer_for(settings: Settings) -> MailRenderer:
    mail = mail_settings(settings)
    return MailRenderer(exchange_name=mail.exchange_name, public_url=mail.public_url, folder=mail.templates)


def composer_for(settings: Settings) -> Composer:
    return Composer(renderer_for(settings), open_secret_box(settings.home), settings.mail.sender)


def _announce(settings: Settings, transport: Transport) -> None:
    if settings.plugins.mail is not None:
        _log.info("mails are sent", by=transport.name)
        return
    match settings.mail.way(settings.host):
        case Way.SMTP:
            _log.info("mails are sent", by=transport.name)
        case Way.MAILBOX:
            _log.warning("mails are not sent but shown at /dev/mail, for development only: set PYXIU_SMTP_URL to send")
        case Way.NONE:
            _log.error("mails wait: PYXIU_SMTP_URL is not set, and this instance is not for one machine alone")
