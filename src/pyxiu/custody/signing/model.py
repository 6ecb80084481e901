"""What the signer decides by and what it remembers.

Invariant: amounts are in the chain's units; nothing of what it remembers is ever changed. Limit: its policy is its own:
nothing outside the schema `signer` and its key store makes it sign.
"""

import datetime
from typing import Any

import msgspec


class Limit(msgspec.Struct, frozen=True):
    """At most `amount_max` of a currency leaves to others in any `period_s` seconds."""

    network: str
    currency: str
    period_s: int
    amount_max: int


class Policy(msgspec.Struct, frozen=True):
    """Of one network. Without a limit a currency is not paid to others at all, without `fee_max` nothing is."""

    limits: tuple[Limit, ...] = ()
    fee_max: int | None = None
    #: Destinations that sweeps and moves of the treasury may go to although no key here owns them (cold wallets).
    allowed: frozenset[str] = frozenset()


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`hash` covers everything else and the hash before it."""

    id: int
    at: datetime.datetime
    kind: str
    network: str
    payout_id: int | None
    payload_hash: bytes | None
    detail: dict[str, Any]
    prev_hash: bytes
    hash: bytes


class Group(msgspec.Struct, frozen=True):
    """What the first signature of a payout has fixed: whom it pays, and the coins or the nonce that make it once."""

    outputs_hash: bytes
    locks: frozenset[str]


class Refused(msgspec.Struct, frozen=True):
    """It will not be signed, whatever changes elsewhere."""

    reason: str


class Waits(msgspec.Struct, frozen=True):
    """It may be signed later: a limit is used up for now."""

    reason: str


class Unheld(msgspec.Struct, frozen=True):
    """It would be signed, but others were given its nonce while it waited: the scheduler gives it another one."""
