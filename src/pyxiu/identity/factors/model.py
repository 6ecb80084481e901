"""What a second factor is, how it is shown, and how the check of it ends.

Invariant: a proof never shows itself in a log or an error. Limit: values only; who may do what with them is decided by
the use cases.
"""

import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec

from pyxiu.identity.model import Client, User


class Factor(StrEnum):
    TOTP = "totp"
    PASSKEY = "passkey"
    RECOVERY = "recovery"


#: What stands in for a passkey when there is one: accepted, but withdrawals then wait.
FALLBACKS: Final = frozenset({Factor.TOTP, Factor.RECOVERY})


class FactorProof(NamedTuple):
    """What a request shows: one of these, or none. Whatever is beyond the first that is given is not looked at.

    `assertion` is what `navigator.credentials.get()` gave, as JSON; `approval` is a token of `approve_action`.
    """

    otp_code: str | None = None
    recovery_code: str | None = None
    assertion: dict[str, Any] | None = None
    approval: str | None = None

    def __bool__(self) -> bool:
        return any(shown for shown in self)

    def __repr__(self) -> str:
        given = [name for name, shown in zip(self._fields, self, strict=True) if shown]
        return f"FactorProof({', '.join(given)})"


class FactorOutcome(StrEnum):
    OK = "ok"
    MISSING = "missing"
    INVALID = "invalid"
    LOCKED = "locked"


class FactorResult(NamedTuple):
    """`retry_after_s` counts when LOCKED, `factor` when OK."""

    outcome: FactorOutcome
    retry_after_s: int = 0
    factor: Factor | None = None

    @property
    def ok(self) -> bool:
        return self.outcome is FactorOutcome.OK


MISSING: Final = FactorResult(FactorOutcome.MISSING)
INVALID: Final = FactorResult(FactorOutcome.INVALID)


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """A registered authenticator."""

    id: int
    user_id: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    label: str
    aaguid: str
    transports: tuple[str, ...]
    backed_up: bool
    state: str
    last_used_at: datetime.datetime | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


PASSKEY_ACTIVE: Final = "active"
#: Its counter went back, so there are two of it; it proves nothing any more.
PASSKEY_FLAGGED: Final = "flagged"


class Refusal(StrEnum):
    """Why a change of factors or keys is not made, in order of precedence."""

    UNKNOWN = "unknown"
    ALREADY_ENABLED = "already_enabled"
    NOT_ENABLED = "not_enabled"
    NO_FACTOR = "no_factor"
    LIMIT_REACHED = "limit_reached"
    HOLDER_NOT_ACTIVE = "holder_not_active"
    FACTOR_MISSING = "factor_missing"
    FACTOR_INVALID = "factor_invalid"
    FACTOR_LOCKED = "factor_locked"
    CREDENTIAL_INVALID = "credential_invalid"
    CREDENTIAL_TAKEN = "credential_taken"


class Refused(NamedTuple):
    """`retry_after_s` counts when the factor is locked."""

    refusal: Refusal
    retry_after_s: int = 0


def refused_by(result: FactorResult) -> Refused:
    """The refusal of a factor that is not OK."""
    return Refused(_REFUSALS[result.outcome], result.retry_after_s)


_REFUSALS: Final = {
    FactorOutcome.MISSING: Refusal.FACTOR_MISSING,
    FactorOutcome.INVALID: Refusal.FACTOR_INVALID,
    FactorOutcome.LOCKED: Refusal.FACTOR_LOCKED,
}


class Caller(NamedTuple):
    """Who changes something: a user in a session (None where a token speaks for it)."""

    user: User
    client: Client
    session_id: int | None
