"""What a user may write about itself: e-mail, username, data. Texts in, kept form or wire code out.

Invariant: pure; what passes fits its column and means one thing (an e-mail has one spelling). Limit: whether a mailbox
exists is found out by mailing to it.
"""

import re
from typing import Any, Final, NamedTuple

import msgspec
from email_validator import EmailNotValidError, validate_email

EMAIL_LENGTH_MAX: Final = 254
DATA_LENGTH_MAX: Final = 1024
USERNAME_LENGTH_MIN: Final = 4
USERNAME_LENGTH_MAX: Final = 12
LANGUAGE_DEFAULT: Final = "en"
_USERNAME: Final = re.compile(r"[a-z0-9]+")
_LANGUAGE: Final = re.compile(r"[a-z]{2}(-[a-z]{2,4})?")
_NOT_STORABLE: Final = re.compile(r"[\x00\ud800-\udfff]")


class Invalid(NamedTuple):
    code: str


def clean_email(text: str) -> str | Invalid:
    """The address in lower case; many mailboxes would tell letters apart, no person does."""
    if len(text) > EMAIL_LENGTH_MAX or not text.isprintable():
        return Invalid("email.invalid")
    try:
        # Names under `.test` are valid: nobody can own one, so nobody gets in by it, and rehearsals use them.
        checked = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except (EmailNotValidError, UnicodeError):
        return Invalid("email.invalid")
    # The domain as it is on the wire: look-alike scripts cannot make a second spelling of one address.
    address = (checked.ascii_email or checked.normalized).lower()
    return address if len(address) <= EMAIL_LENGTH_MAX else Invalid("email.invalid")


def lookup_email(text: str) -> str:
    """What to look an account up by: the kept form, or for what can be no address something that nobody has."""
    cleaned = clean_email(text)
    return "" if isinstance(cleaned, Invalid) else cleaned


def clean_username(text: str) -> str | Invalid:
    name = text.strip().lower()
    if len(name) < USERNAME_LENGTH_MIN:
        return Invalid("username.too_short")
    if len(name) > USERNAME_LENGTH_MAX:
        return Invalid("username.too_long")
    return name if _USERNAME.fullmatch(name) else Invalid("username.invalid")


def clean_data(text: str) -> str | Invalid:
    """JSON of an object, as it came."""
    if len(text) > DATA_LENGTH_MAX:
        return Invalid("data.too_long")
    if _NOT_STORABLE.search(text) or _object_of(text) is None:
        return Invalid("data.invalid_format")
    return text


def language_of(data: str | None) -> str | None:
    """What `data` says about the language of mails; None if it says nothing that can be one."""
    given = (_object_of(data) or {}).get("language") if data else None
    language = given.lower() if isinstance(given, str) else ""
    return language if _LANGUAGE.fullmatch(language) else None


def _object_of(text: str) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
