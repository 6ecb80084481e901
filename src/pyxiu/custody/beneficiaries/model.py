"""An entry of a member's address book, and why something is refused.

Invariant: what it pays to never changes; another address is another entry. Limit: `data` is in the clear here and
sealed in its row.
"""

import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec


class BeneficiaryState(StrEnum):
    #: Waits for the PIN.
    PENDING = "pending"
    ACTIVE = "active"
    ARCHIVED = "archived"


class Details(msgspec.Struct, frozen=True):
    """What is sealed: the data as it is shown, and the one form by which it is found again (of coins the chain's
    canonical form of the address).
    """

    data: dict[str, str]
    key: str

    def __repr__(self) -> str:
        return "Details(…)"


class Beneficiary(msgspec.Struct, frozen=True, kw_only=True):
    """`network` is None of fiat. `internal_uid` is the member whose deposit address it is, where it is one of ours."""

    id: int
    uid: str
    currency: str
    network: str | None
    name: str
    description: str | None
    details: Details
    internal_uid: str | None
    state: BeneficiaryState
    usable_from: datetime.datetime | None
    sent_at: datetime.datetime
    created_at: datetime.datetime
    updated_at: datetime.datetime

    @property
    def rid(self) -> str:
        """Where withdrawals go: the address, or of fiat a reference for the bank."""
        if self.network is not None:
            return self.details.data["address"]
        name = "-".join(self.details.data["full_name"].lower().split())
        return f"{name}-{self.currency}-{self.id:08d}"


class Refusal(StrEnum):
    """Why a request about a beneficiary is refused; in order of precedence."""

    UNKNOWN = "unknown"
    CURRENCY = "currency"
    NETWORK = "network"
    MISSING_ADDRESS = "missing_address"
    MISSING_FULL_NAME = "missing_full_name"
    INVALID_DATA = "invalid_data"
    INVALID_ADDRESS = "invalid_address"
    PLATFORM_ADDRESS = "platform_address"
    DUPLICATE = "duplicate"
    TOO_MANY = "too_many"
    NOT_PENDING = "not_pending"
    TOO_SOON = "too_soon"
    TOO_MANY_PINS = "too_many_pins"
    INVALID_PIN = "invalid_pin"
    PROOF = "proof"


class Refused(NamedTuple):
    """`text` is for the person, where there is more to say; `retry_after_s` counts when too soon."""

    refusal: Refusal
    text: str = ""
    retry_after_s: int = 0
