"""`pyxiu mail …`: mails to members, tried and looked at from the command line."""

import datetime
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.app.plugging import load_plugins
from pyxiu.app.run_mailer import composer_for, renderer_for, transport_for
from pyxiu.app.session import database_session
from pyxiu.app.settings import Settings
from pyxiu.cli.running import EXIT_OK, EXIT_USAGE, Home, Number, Rows, run, settings_for, tell
from pyxiu.mailer import store
from pyxiu.mailer.model import MailState
from pyxiu.mailer.retry_mails import retry_mails
from pyxiu.mailer.send_test_mail import send_test_mail
from pyxiu.storage.orm import open_database


def send_test(address: str, /, *, language: str = "en", home: Home = None) -> int:
    """Send a test mail the way all mails go, and say how that ended.

    Parameters
    ----------
    address
        Whom to send it to.
    language
        en or ru.
    """
    if language not in {"en", "ru"}:
        tell(f"language: expected en or ru, found {language!r}")
        return EXIT_USAGE
    settings = settings_for(home)
    return run(lambda: _send_test(settings, address, language))


def list_mails(*, state: MailState | None = None, limit: Rows = 50, json: bool = False, home: Home = None) -> int:
    """Show the newest mails.

    Parameters
    ----------
    state
        Only those that are queued, sent, failed or abandoned.
    limit
        How many at most.
    json
        One JSON object a mail, for programs.
    """
    settings = settings_for(home)
    return run(lambda: _list(settings, state, limit, json=json))


def retry(mail: Number | None = None, /, *, home: Home = None) -> int:
    """Try again what was given up, and at once what waits after a failure; sent mails stay sent.

    Parameters
    ----------
    mail
        The number of one mail; without it all.
    """
    settings = settings_for(home)
    return run(lambda: _retry(settings, mail))


async def _send_test(settings: Settings, address: str, language: str) -> int:
    async with _database(settings) as database:
        transport = transport_for(load_plugins(settings), settings, database)
        composer, renderer = composer_for(settings), renderer_for(settings)
        await send_test_mail(composer, renderer, transport, address, settings.mail.sender, language)
    print(f"{address}: taken by {transport.name}")
    return EXIT_OK


async def _list(settings: Settings, state: MailState | None, limit: int, *, json: bool) -> int:
    async with _database(settings) as database, database.connect() as connection:
        for mail in await store.newest(connection, state=state, limit=limit):
            if json:
                print(msgspec.json.encode(mail).decode())
                continue
            reason = f"  {mail.reason}" if mail.reason else ""
            print(
                f"{mail.id:>6}  {_at(mail.created_at)}  {mail.state:<9}  {mail.attempts:>2}x  {mail.recipient}  "
                f"{mail.event}{reason}"
            )
    return EXIT_OK


async def _retry(settings: Settings, mail: int | None) -> int:
    async with _database(settings) as database:
        count = await retry_mails(database, mail)
    print(f"{count} to be sent again by the mailer")
    return EXIT_OK


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[AsyncEngine]:
    async with database_session(settings) as context:
        database = open_database(context.dsn, "pyxiu mail", pool_size=1)
        try:
            yield database
        finally:
            await database.dispose()


def _at(moment: datetime.datetime) -> str:
    return f"{moment.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S}"
