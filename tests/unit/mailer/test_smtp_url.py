"""PYXIU_SMTP_URL: what it can say, and that its password is never repeated."""

import pytest

from pyxiu.adapters.mail.smtp_url import SmtpServer, SmtpUrlError, parse_smtp_url
from pyxiu.app.settings import load_settings
from pyxiu.app.settings_error import SettingsError


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtps://mail.test", SmtpServer(host="mail.test", port=465, security="tls")),
        ("smtp://mail.test", SmtpServer(host="mail.test", port=587, security="starttls")),
        ("smtp://127.0.0.1:25?tls=none", SmtpServer(host="127.0.0.1", port=25, security="none")),
        ("smtp://[::1]:25?tls=none", SmtpServer(host="::1", port=25, security="none")),
        (
            "smtp://me%40x:p%2Fw@mail.test:2587?timeout=5&ca=/ca.pem",
            SmtpServer(
                host="mail.test", port=2587, security="starttls", user="me@x", password="p/w", ca="/ca.pem", timeout_s=5
            ),
        ),
    ],
)
def test_a_url_says_where_and_how(url: str, server: SmtpServer) -> None:
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.test",
        "smtp://",
        "smtp://mail.test:99999",
        "smtp://mail.test/path",
        "smtp://canary@mail.test",
        "smtp://u:canary@mail.test?tls=none",
        "smtps://u:canary@mail.test?tls=none",
        "smtp://u:canary@mail.test?tls=maybe",
        "smtp://u:canary@mail.test?verify=no",
        "smtp://u:canary@mail.test?timeout=canary0",
        "smtp://u:canary@mail.test?timeout=nan",
        "canary",
    ],
)
def test_t73_a_url_that_cannot_be_used_is_refused_without_repeating_its_password(url: str) -> None:
    with pytest.raises(SmtpUrlError) as refused:
        parse_smtp_url(url)
    assert "u:canary" not in str(refused.value)
    with pytest.raises(SettingsError, match="PYXIU_SMTP_URL"):
        load_settings(environment={"PYXIU_SMTP_URL": url})


def test_t73_the_password_is_in_no_repr() -> None:
    settings = load_settings(environment={"PYXIU_SMTP_URL": "smtp://me:canary@mail.test"})
    assert "canary" not in f"{settings!r} {settings.mail.smtp} {settings.mail.smtp!r}"


@pytest.mark.parametrize(
    ("environment", "way"),
    [
        ({}, "mailbox"),
        ({"PYXIU_HOST": "::1"}, "mailbox"),
        ({"PYXIU_HOST": "0.0.0.0"}, "none"),
        ({"PYXIU_HOST": "192.0.2.1"}, "none"),
        ({"PYXIU_HOST": "exchange.test"}, "none"),
        ({"PYXIU_PRODUCTION": "1"}, "none"),
        ({"PYXIU_SMTP_URL": "smtps://mail.test"}, "smtp"),
        ({"PYXIU_SMTP_URL": "smtps://mail.test", "PYXIU_HOST": "0.0.0.0"}, "smtp"),
    ],
)
def test_the_development_mailbox_is_only_for_ones_own_machine(environment: dict[str, str], way: str) -> None:
    settings = load_settings(environment=environment)
    assert settings.mail.way(settings.host) == way


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PYXIU_MAIL_FROM", "nobody"),
        ("PYXIU_MAIL_FROM", "a@b.test\nBcc: c@d.test"),
        ("PYXIU_MAIL_LANGUAGE", "xx"),
        ("PYXIU_PUBLIC_URL", "javascript:alert(1)"),
    ],
)
def test_settings_that_would_break_mails_are_refused_at_the_start(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings(environment={name: value})
