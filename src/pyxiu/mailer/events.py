"""Which events become mails: the one table to add a row to.

A row names the event, the template (a key of `texts/*.yaml`, in every language), and where needed: a condition on the
record (field: accepted values), a link with the event's token or the token itself as a code, and how long the mail is
of use. Invariant: a test
renders every row in every language with a sample record. Limit: an event makes one mail, to the user in its record.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

HOUR_S: Final = 3600
DAY_S: Final = 24 * HOUR_S


class MailEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`link` is a path below the public URL; `{token}` in it is the record's token, opened."""

    event: str
    template: str
    when: Mapping[str, frozenset[str]] = {}
    link: str | None = None
    #: The text shows the record's token, opened, as `{{ code }}`.
    code: bool = False
    lifetime_s: int = 3 * DAY_S
    #: Sent only where the operator wants a mail at every log-in.
    every_login: bool = False

    def applies(self, record: Mapping[str, Any]) -> bool:
        """Whether the record fits the condition."""
        return all(str(record.get(field)) in accepted for field, accepted in self.when.items())


def _label(key: str, value: str) -> dict[str, frozenset[str]]:
    return {"key": frozenset({key}), "value": frozenset({value}), "scope": frozenset({"private"})}


def _label_mails(key: str, value: str) -> list[MailEvent]:
    return [
        MailEvent(event=f"model.label.{change}", template=f"{key}_{value}", when=_label(key, value))
        for change in ("created", "updated")
    ]


MAIL_EVENTS: Final[tuple[MailEvent, ...]] = (
    MailEvent(
        event="system.user.email.confirmation.token",
        template="email_confirmation",
        link="/accounts/confirmation?confirmation_token={token}&lang={language}",
        lifetime_s=HOUR_S,
    ),
    MailEvent(
        event="system.user.password.reset.token",
        template="password_reset",
        link="/accounts/password_reset?reset_token={token}&lang={language}",
        lifetime_s=HOUR_S,
    ),
    MailEvent(event="system.user.password.reset", template="password_changed"),
    MailEvent(event="system.user.password.change", template="password_changed"),
    MailEvent(event="system.user.signup.taken", template="signup_taken"),
    MailEvent(event="system.user.account.deleted", template="account_deleted"),
    MailEvent(event="system.session.create", template="session_created", every_login=True),
    MailEvent(event="system.session.new_device", template="new_device"),
    MailEvent(event="system.otp.enabled", template="otp_enabled"),
    MailEvent(event="system.otp.disabled", template="otp_disabled"),
    MailEvent(event="system.passkey.created", template="passkey_created"),
    MailEvent(event="system.passkey.deleted", template="passkey_deleted"),
    MailEvent(event="system.passkey.flagged", template="passkey_flagged"),
    MailEvent(event="system.external_identity.linked", template="identity_linked"),
    MailEvent(event="system.external_identity.unlinked", template="identity_unlinked"),
    MailEvent(event="system.recovery_code.used", template="recovery_code_used"),
    MailEvent(event="system.api_key.created", template="api_key_created"),
    MailEvent(event="system.beneficiary.pin", template="beneficiary_pin", code=True, lifetime_s=HOUR_S),
    MailEvent(event="system.document.verified", template="document_verified"),
    MailEvent(event="system.document.rejected", template="document_rejected"),
    *_label_mails("phone", "verified"),
    *_label_mails("profile", "verified"),
    *_label_mails("profile", "rejected"),
)


def mail_event_of(event: str, record: Mapping[str, Any], *, every_login: bool) -> MailEvent | None:
    """The row that an event falls under; None for most events, which nobody wants a mail about."""
    for row in MAIL_EVENTS:
        if row.event == event and row.applies(record) and (every_login or not row.every_login):
            return row
    return None
