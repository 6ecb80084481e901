"""From what members send to valid fields, or to what is wrong with which of them.

Invariant: a text is stored as it was sent, without the spaces around it; it is never HTML here, so nothing in it is
markup anywhere. Limit: only shapes are checked; whether a name is somebody's is the reviewer's question.
"""

import datetime
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pyxiu.identity.kyc.countries import alpha_2
from pyxiu.identity.kyc.model import DocumentFields, InvalidFields, ProfileFields

TEXT_LENGTH_MAX: Final = 255
METADATA_BYTES_MAX: Final = 4096
YEARS_MAX: Final = 150
#: What must be there before a profile can be submitted.
REQUIRED: Final = ("first_name", "last_name", "dob", "address", "postcode", "city", "country")
TEXTS: Final = ("first_name", "last_name", "address", "postcode", "city")
DOC_TYPES: Final = (
    "Passport",
    "Identity card",
    "Driver license",
    "Utility Bill",
    "Residental",
    "Institutional",
    "Address",
)
DOC_CATEGORIES: Final = ("front_side", "back_side", "selfie")
_DATES: Final = (
    (re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII), (1, 2, 3)),
    (re.compile(r"(\d{2})/(\d{2})/(\d{4})", re.ASCII), (3, 2, 1)),
)
_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./-]*")
_IDENTIFICATOR: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")

Sent = Mapping[str, str | None]


class Findings:
    """Collects what is wrong."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    def add(self, field: str, finding: str) -> None:
        self.found.append((field, finding))

    def text(self, sent: Sent, field: str) -> str | None:
        """The trimmed text of a field; None if it is not there or empty."""
        text = (sent.get(field) or "").strip()
        if not text:
            return None
        if len(text) > TEXT_LENGTH_MAX:
            self.add(field, "too_long")
        elif not is_printable(text):
            self.add(field, "invalid")
        return text

    def date(self, sent: Sent, field: str) -> datetime.date | None:
        text = self.text(sent, field)
        if text is None:
            return None
        date = parse_date(text)
        if date is None:
            self.add(field, "invalid")
        return date

    def metadata(self, sent: Sent) -> str | None:
        """JSON of an object, as it was sent."""
        text = (sent.get("metadata") or "").strip()
        if not text:
            return None
        if len(text.encode(errors="replace")) > METADATA_BYTES_MAX:
            self.add("metadata", "too_long")
        elif not is_json_object(text):
            self.add("metadata", "invalid")
        return text

    def choice(self, sent: Sent, field: str, choices: tuple[str, ...]) -> str | None:
        """One of them in any case, as it is spelt here."""
        text = self.text(sent, field)
        found = next((choice for choice in choices if text is not None and choice.lower() == text.lower()), None)
        if text is not None and found is None:
            self.add(field, "invalid")
        return found


def read_profile(sent: Sent, *, today: datetime.date) -> ProfileFields | InvalidFields:
    """What is there must be valid; what is missing is only said when a profile is submitted."""
    findings = Findings()
    texts = {field: findings.text(sent, field) for field in TEXTS}
    for field in ("first_name", "last_name"):
        name = texts[field]
        if name is not None and len(name) <= TEXT_LENGTH_MAX and not is_name(name):
            findings.add(field, "invalid")
    dob = findings.date(sent, "dob")
    if dob is not None and dob > today:
        findings.add("dob", "in_future")
    elif dob is not None and dob.year < today.year - YEARS_MAX:
        findings.add("dob", "invalid")
    country = findings.text(sent, "country")
    code = None if country is None else alpha_2(country)
    if country is not None and code is None:
        findings.add("country", "invalid")
    metadata = findings.metadata(sent)
    if findings.found:
        return InvalidFields(tuple(dict.fromkeys(findings.found)))
    return ProfileFields(**texts, dob=dob, country=code, metadata=metadata)


def missing_fields(fields: ProfileFields) -> InvalidFields | None:
    """What a profile lacks to be submitted."""
    missing = [(field, "missing") for field in REQUIRED if getattr(fields, field) is None]
    return InvalidFields(tuple(missing)) if missing else None


def read_document(sent: Sent, *, today: datetime.date, expiry_required: bool) -> DocumentFields | InvalidFields:
    findings = Findings()
    doc_type = findings.choice(sent, "doc_type", DOC_TYPES)
    number = findings.text(sent, "doc_number")
    if number is not None and len(number) <= TEXT_LENGTH_MAX and not _NUMBER.fullmatch(number):
        findings.add("doc_number", "invalid")
    expire, issue = findings.date(sent, "doc_expire"), findings.date(sent, "doc_issue")
    if expire is not None and expire < today:
        findings.add("doc_expire", "expired")
    if issue is not None and issue > today:
        findings.add("doc_issue", "in_future")
    identificator = findings.text(sent, "identificator")
    if identificator is not None and not _IDENTIFICATOR.fullmatch(identificator):
        findings.add("identificator", "invalid")
    category = findings.choice(sent, "doc_category", DOC_CATEGORIES)
    metadata = findings.metadata(sent)
    required = ("doc_type", "doc_number", "doc_expire") if expiry_required else ("doc_type", "doc_number")
    for field in required:
        if not (sent.get(field) or "").strip():
            findings.add(field, "missing")
    if findings.found:
        return InvalidFields(tuple(dict.fromkeys(findings.found)))
    assert doc_type is not None, "checked above"
    assert number is not None, "checked above"
    return DocumentFields(
        doc_type=doc_type,
        doc_number=number,
        doc_expire=expire,
        doc_issue=issue,
        doc_category=category,
        identificator=identificator,
        metadata=metadata,
    )


def read_address(sent: Sent) -> DocumentFields | InvalidFields:
    """A proof of address is a document of its own type, whose number is the address."""
    findings = Findings()
    texts = {field: findings.text(sent, field) for field in ("address", "city", "postcode", "country")}
    for field, text in texts.items():
        if text is None:
            findings.add(field, "missing")
    code = alpha_2(texts["country"] or "")
    if texts["country"] is not None and code is None:
        findings.add("country", "invalid")
    if findings.found:
        return InvalidFields(tuple(dict.fromkeys(findings.found)))
    metadata = {"city": texts["city"], "postcode": texts["postcode"], "country": code}
    return DocumentFields(
        doc_type="Address", doc_number=texts["address"] or "", metadata=msgspec.json.encode(metadata).decode()
    )


def parse_date(text: str) -> datetime.date | None:
    """`1990-10-29`, or `29/10/1990` as existing front-ends write it."""
    for pattern, (year, month, day) in _DATES:
        found = pattern.fullmatch(text)
        if found is not None:
            try:
                return datetime.date(int(found[year]), int(found[month]), int(found[day]))
            except ValueError:
                return None
    return None


def is_name(text: str) -> bool:
    """Letters of any script with their marks, digits, spaces, hyphens and apostrophes."""
    return all(character in " -'\u2019_" or unicodedata.category(character)[0] in "LMN" for character in text)


def is_printable(text: str) -> bool:
    """Fit for storing and showing: no control characters, nothing that was broken UTF-8."""
    return text.isprintable() and "\ufffd" not in text


def is_json_object(text: str) -> bool:
    try:
        decoded: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return isinstance(decoded, dict) and "\\u0000" not in text
