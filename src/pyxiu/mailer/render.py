"""From an event's record to a mail: subject, text and HTML in the reader's language.

Invariant: what a user wrote is inert: escaped in HTML, one line long and cut everywhere, and never a template; a value
that a template names and the record lacks is an error, not a gap. Limit: facts of the record that are not there
(an unknown country) are left out of the list of facts.
"""

import datetime
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import msgspec
import yaml
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from pyxiu.kit.errors import PermanentError

LANGUAGES: Final = ("en", "ru")
VALUE_LENGTH_MAX: Final = 200
_FILES: Final = (*(f"texts/{language}.yaml" for language in LANGUAGES), "templates/mail.txt", "templates/mail.html")


S = TypeVar("S", bound=msgspec.Struct)


class MailTemplateError(PermanentError):
    """A template does not fit the event: a value is missing, or the file cannot be read."""


class Mail(msgspec.Struct, frozen=True):
    subject: str
    text: str
    html: str


class MailText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of `texts/*.yaml`. `facts` are fields of the record that are listed below the text."""

    subject: str
    body: str
    action: str | None = None
    facts: tuple[str, ...] = ()
    #: Whether to say what to do if it was somebody else.
    alert: bool = False


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    footer: str
    not_you: str
    facts: dict[str, str]


class MailRenderer:
    """All templates, read once at the start."""

    def __init__(self, *, exchange_name: str, public_url: str, folder: Path | None = None) -> None:
        """`folder` holds files that replace ours. Raises MailTemplateError if one of them cannot be used."""
        self._name = exchange_name
        self._public_url = public_url.rstrip("/")
        self._plain = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, autoescape=False)
        self._html = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, autoescape=True)
        sources = {name: _source(name, folder) for name in _FILES}
        self._texts: dict[str, dict[str, MailText]] = {}
        self._layouts: dict[str, Layout] = {}
        for language in LANGUAGES:
            entries = _parsed(f"texts/{language}.yaml", sources[f"texts/{language}.yaml"])
            self._layouts[language] = _converted(entries.pop("layout", None), Layout, f"{language}: layout")
            self._texts[language] = {
                name: _converted(entry, MailText, f"{language}: {name}") for name, entry in entries.items()
            }
        self._text_layout = self._plain.from_string(sources["templates/mail.txt"])
        self._html_layout = self._html.from_string(sources["templates/mail.html"])

    def render(
        self,
        template: str,
        language: str,
        record: Mapping[str, Any],
        *,
        at: datetime.datetime,
        link: str | None = None,
        token: str | None = None,
        code: bool = False,
    ) -> Mail:
        """Raises MailTemplateError. `link` is a path with `{token}` and `{language}` in it; `code`: the text may say
        the token.
        """
        text, layout = self._texts[language].get(template), self._layouts[language]
        if text is None:
            raise MailTemplateError(f"{language}: no text for {template}")
        tame = {"time": f"{at:%Y-%m-%d %H:%M}", **_tame(record)}
        values = {"name": self._name, "record": tame, "user": tame.get("user", {}), "time": tame["time"]}
        if code:
            values["code"] = token
        shown = {
            "facts": [(layout.facts[name], tame[name]) for name in text.facts if tame.get(name)],
            "link": None if link is None else self._link(link, token or "", language),
            "name": self._name,
            "language": language,
        }
        try:
            subject = " ".join(self._plain.from_string(text.subject).render(values).split())
            plain = self._text_layout.render(shown | _said(self._plain, text, layout, values))
            html = self._html_layout.render(shown | _said(self._html, text, layout, values) | {"subject": subject})
        except TemplateError as error:
            raise MailTemplateError(f"{language}: {template}: {error}") from error
        return Mail(subject, plain, html)

    def _link(self, link: str, token: str, language: str) -> str:
        return self._public_url + link.format(token=quote(token, safe=""), language=quote(language, safe=""))


def _said(environment: SandboxedEnvironment, text: MailText, layout: Layout, values: dict[str, Any]) -> dict[str, Any]:
    """The sentences of a mail, escaped already where the environment escapes."""

    def filled(source: str) -> str:
        return environment.from_string(source).render(values)

    return {
        "paragraphs": [filled(" ".join(part.split())) for part in text.body.strip().split("\n\n")],
        "action": None if text.action is None else filled(text.action),
        "not_you": filled(layout.not_you) if text.alert else None,
        "footer": filled(layout.footer),
    }


def _tame(value: Any) -> Any:
    """The record with every text on one line, printable and short."""
    if isinstance(value, Mapping):
        return {str(name): _tame(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return ", ".join(str(_tame(inner)) for inner in value)[:VALUE_LENGTH_MAX]
    if not isinstance(value, str):
        return value
    line = "".join(character if character.isprintable() else " " for character in value)
    line = " ".join(line.split())
    return line if len(line) <= VALUE_LENGTH_MAX else f"{line[:VALUE_LENGTH_MAX]}…"


def _source(name: str, folder: Path | None) -> str:
    """The operator's file of that name, or ours."""
    own = folder / name if folder else None
    try:
        if own is not None and own.is_file():
            return own.read_text(encoding="utf-8")
        return files(__package__).joinpath(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MailTemplateError(f"{own}: {error}") from error


def _parsed(name: str, source: str) -> dict[str, Any]:
    try:
        entries = yaml.safe_load(source)
    except yaml.YAMLError as error:
        raise MailTemplateError(f"{name}: {error}") from error
    if not isinstance(entries, dict):
        raise MailTemplateError(f"{name}: expected templates by name, found {type(entries).__name__}")
    return entries


def _converted(entry: Any, struct: type[S], where: str) -> S:
    try:
        return msgspec.convert(entry, struct)
    except msgspec.ValidationError as error:
        raise MailTemplateError(f"{where}: {error}") from error
