"""How mails leave this instance, from PYXIU_* variables.

Invariant: the development mailbox, in which everybody's log-in links lie open, is there only on an instance that no
other machine reaches and that is not said to be in production. Limit: one SMTP server.
"""

import ipaddress
from collections.abc import Mapping
from email.utils import parseaddr
from enum import StrEnum
from pathlib import Path

import msgspec

from pyxiu.adapters.mail.smtp_url import SmtpServer, SmtpUrlError, parse_smtp_url
from pyxiu.app.setting_values import flag_of
from pyxiu.app.settings_error import SettingsError


class MailSettingsError(SettingsError):
    """A setting about mail has a value that cannot be used."""


class Way(StrEnum):
    SMTP = "smtp"
    MAILBOX = "mailbox"
    NONE = "none"


class MailChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator chose. `public_url` None: where this instance answers."""

    smtp: SmtpServer | None = None
    sender: str = "Pyxiu <no-reply@localhost>"
    exchange_name: str = "Pyxiu"
    public_url: str | None = None
    language: str = "en"
    templates: Path | None = None
    every_login: bool = False
    production: bool = False

    def way(self, host: str) -> Way:
        """How mails leave an instance that listens on `host`."""
        if self.smtp is not None:
            return Way.SMTP
        return Way.MAILBOX if is_loopback(host) and not self.production else Way.NONE


def read_mail(given: Mapping[str, str]) -> MailChoice:
    """Raises MailSettingsError."""
    default = MailChoice()
    sender = given.get("PYXIU_MAIL_FROM", default.sender)
    if "@" not in parseaddr(sender)[1] or not sender.isprintable():
        raise MailSettingsError(f"PYXIU_MAIL_FROM: expected an address as `Name <a@example.com>`, found {sender!r}")
    language = given.get("PYXIU_MAIL_LANGUAGE", default.language)
    if language not in {"en", "ru"}:
        raise MailSettingsError(f"PYXIU_MAIL_LANGUAGE: expected en or ru, found {language!r}")
    return MailChoice(
        smtp=_smtp(given.get("PYXIU_SMTP_URL")),
        sender=sender,
        exchange_name=given.get("PYXIU_EXCHANGE_NAME", default.exchange_name),
        public_url=_url(given.get("PYXIU_PUBLIC_URL")),
        language=language,
        templates=Path(given["PYXIU_MAIL_TEMPLATES"]).expanduser() if "PYXIU_MAIL_TEMPLATES" in given else None,
        every_login=flag_of(given, "PYXIU_MAIL_EVERY_LOGIN", MailSettingsError),
        production=flag_of(given, "PYXIU_PRODUCTION", MailSettingsError),
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _smtp(url: str | None) -> SmtpServer | None:
    try:
        return None if url is None else parse_smtp_url(url)
    except SmtpUrlError as error:
        raise MailSettingsError(f"PYXIU_SMTP_URL: {error}") from None


def _url(url: str | None) -> str | None:
    if url is not None and not url.startswith(("https://", "http://")):
        raise MailSettingsError(f"PYXIU_PUBLIC_URL: expected https://HOST, found {url!r}")
    return None if url is None else url.rstrip("/")
