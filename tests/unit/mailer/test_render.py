"""What mails say: every event in every language, and nothing that a user could smuggle in."""

import datetime
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import pyxiu
from pyxiu.mailer.events import MAIL_EVENTS, MailEvent, mail_event_of
from pyxiu.mailer.render import LANGUAGES, Mail, MailRenderer, MailTemplateError
from tests.support.mails import LABEL_SAMPLES, PUBLIC_URL, SAMPLES, TOKEN, USER

PACKAGE = Path(pyxiu.__file__).parent
#: Whoever announces something that a person may want to hear by mail.
ANNOUNCERS = (PACKAGE / "identity", PACKAGE / "custody/beneficiaries")
#: Their names are put together in `kyc/label.py`.
DOCUMENT_EVENTS = {"system.document.verified", "system.document.rejected"}
#: Of these nobody wants to hear by mail.
UNMAILED = {
    "model.beneficiary.created",
    "model.beneficiary.updated",
    "model.document.created",
    "model.label.deleted",
    "model.profile.created",
    "model.profile.updated",
    "model.user.created",
    "model.user.updated",
    "system.api_key.deleted",
    "system.api_key.updated",
    "system.user.email.confirmed",
}
AT = datetime.datetime(2026, 3, 1, 12, 30, tzinfo=datetime.UTC)
RENDERER = MailRenderer(exchange_name="Pyxiu", public_url=PUBLIC_URL)


def sample_of(row: MailEvent) -> dict[str, Any]:
    return LABEL_SAMPLES[row.template] if row.template in LABEL_SAMPLES else SAMPLES[row.event]


def rendered(row: MailEvent, record: dict[str, Any], language: str = "en") -> Mail:
    return RENDERER.render(row.template, language, record, at=AT, link=row.link, token=TOKEN, code=row.code)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("row", MAIL_EVENTS, ids=lambda row: f"{row.event}-{row.template}")
def test_every_event_makes_a_whole_mail_in_every_language(row: MailEvent, language: str) -> None:
    record = sample_of(row)
    assert mail_event_of(row.event, record, every_login=True) == row
    mail = rendered(row, record, language)
    assert mail.subject.startswith("Pyxiu: ")
    for body in (mail.text, mail.html):
        assert "{{" not in body
        assert "None" not in body
        assert ("canary-token" in body) == (row.link is not None or row.code)
    assert mail.text.isascii() == (language == "en")


def test_every_event_about_an_account_is_mailed_or_known_not_to_be() -> None:
    paths = [path for folder in ANNOUNCERS for path in folder.rglob("*.py")]
    sources = "".join(path.read_text(encoding="utf-8") for path in paths)
    announced = set(re.findall(r'"((?:system|model)\.[a-z_.]+)"', sources)) | DOCUMENT_EVENTS
    mailed = {row.event for row in MAIL_EVENTS}
    assert mailed <= announced
    assert announced - mailed == UNMAILED


def test_nothing_is_in_the_tables_twice() -> None:
    rows = [(row.event, tuple(sorted(row.when.items()))) for row in MAIL_EVENTS]
    assert len(set(rows)) == len(rows)
    for language in LANGUAGES:
        source = files("pyxiu.mailer").joinpath(f"texts/{language}.yaml").read_text(encoding="utf-8")
        names = re.findall(r"^(\w+):", source, re.MULTILINE)
        assert len(set(names)) == len(names)


def test_both_languages_say_the_same_things() -> None:
    english, russian = (RENDERER._texts[language] for language in LANGUAGES)
    assert english.keys() == russian.keys()
    for name, text in english.items():
        other = russian[name]
        assert (text.facts, text.alert, text.action is None) == (other.facts, other.alert, other.action is None), name


def test_a_mail_reads_as_intended() -> None:
    row = next(row for row in MAIL_EVENTS if row.template == "new_device")
    assert rendered(row, SAMPLES[row.event]).text == (
        "There was a log-in to your account from a device or place that we had not seen before.\n\n"
        "Time (UTC): 2026-03-01 12:30\nAddress: 203.0.113.7\nCountry: DE\nBrowser: Firefox on Linux\n\n"
        "If this was not you, change your password at once and write to support.\n\n"
        "-- \nYou get this mail because of an account at Pyxiu with this address."
    )


def test_t66_links_begin_with_the_configured_url_whatever_host_was_asked() -> None:
    row = MAIL_EVENTS[0]
    mail = rendered(row, SAMPLES[row.event])
    assert f"{PUBLIC_URL}/accounts/confirmation?confirmation_token={TOKEN}&lang=en" in mail.text
    assert "evil.test" not in mail.text + mail.html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7 * 7 }}",
        "{% raw %}",
        "a\r\nBcc: b@evil.test",
    ],
)
def test_t71_what_a_user_wrote_is_inert(hostile: str) -> None:
    row = next(row for row in MAIL_EVENTS if row.template == "api_key_created")
    mail = rendered(row, SAMPLES[row.event] | {"label": hostile})
    assert "<script" not in mail.html
    assert "<img" not in mail.html
    assert "49" not in mail.html
    assert "\nBcc" not in mail.text
    assert "\r" not in mail.text + mail.html


def test_long_values_are_cut() -> None:
    row = next(row for row in MAIL_EVENTS if row.template == "new_device")
    mail = rendered(row, SAMPLES[row.event] | {"user_agent": "x" * 100_000})
    assert len(mail.text) < 1_000


def test_a_value_that_a_template_names_and_the_record_lacks_is_an_error() -> None:
    row = MAIL_EVENTS[0]
    with pytest.raises(MailTemplateError, match="email"):
        rendered(row, {"user": {}})


def test_an_operator_replaces_a_template(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/mail.txt").write_text("ours: {{ paragraphs[0] }}")
    renderer = MailRenderer(exchange_name="Ours", public_url=PUBLIC_URL, folder=tmp_path)
    assert renderer.render("test", "en", {"user": USER}, at=AT).text.startswith("ours: This is a test")


@pytest.mark.parametrize("content", ["layout: [", "- a list", "test: {subject: x}", "layout: {footer: 1}"])
def test_a_template_file_that_cannot_be_used_is_named_at_the_start(tmp_path: Path, content: str) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/en.yaml").write_text(content)
    with pytest.raises(MailTemplateError, match="en"):
        MailRenderer(exchange_name="Ours", public_url=PUBLIC_URL, folder=tmp_path)


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        ({"key": "document", "value": "verified", "scope": "private"}, None),
        ({"key": "profile", "value": "verified", "scope": "public"}, None),
        ({"key": "profile", "value": "verified", "scope": "private"}, "profile_verified"),
        ({}, None),
    ],
)
def test_only_labels_that_staff_or_we_have_set_make_mails(record: dict[str, Any], wanted: str | None) -> None:
    row = mail_event_of("model.label.updated", record, every_login=False)
    assert (row and row.template) == wanted


def test_a_mail_at_every_login_is_the_operators_choice() -> None:
    assert mail_event_of("system.session.create", {}, every_login=False) is None
