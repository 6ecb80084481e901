"""What beneficiaries and withdrawals need of others: members, currencies, secrets, second factors, risk.

Invariant: nothing here knows HTTP, and a default that stands in for something real says so. Limit: plugged in app/.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

import msgspec


class MemberFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What identity knows of a member. `withdraw_from`: withdrawals wait until then, after a change that lowered the
    account's security. `mail` is what a mail to the member needs.
    """

    uid: str
    username: str | None
    level: int
    group: str
    active: bool
    withdraw_from: datetime.datetime | None
    mail: dict[str, Any]

    def __repr__(self) -> str:
        return f"MemberFacts(uid={self.uid!r})"


class Members(Protocol):
    async def find(self, uid: str) -> MemberFacts | None: ...

    async def find_by_name(self, uid_or_username: str) -> MemberFacts | None: ...

    async def usernames(self, uids: Sequence[str]) -> dict[str, str | None]:
        """What these members call themselves."""

    async def start_cool_off(self, uid: str) -> None:
        """Withdrawals of this member wait, as after every change that lowers an account's security."""


class CurrencyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A currency as a whole; amounts in the engine's units. `withdraw_fee` and `min_withdrawal` count for fiat, coins
    have theirs on each network. `price` is in the platform currency, 0 is unknown.
    """

    code: str
    fiat: bool
    visible: bool
    withdrawal_enabled: bool
    decimals: int
    precision: int
    price: Decimal
    withdraw_fee: int
    min_withdrawal: int


class LimitRow(msgspec.Struct, frozen=True):
    """What members of a group and level may withdraw, in the platform currency; `any` stands for all. Both limits 0:
    no limit.
    """

    group: str
    level: str
    limit_24h: Decimal
    limit_1m: Decimal


class Rules(Protocol):
    """The catalog's, as they are now."""

    async def currency(self, code: str) -> CurrencyFacts | None: ...

    async def limits(self) -> list[LimitRow]: ...


class CheckedAddress(NamedTuple):
    """`text` is how the address is written, `destination` the chain's canonical form to look up."""

    text: str
    destination: str


class Sealer(Protocol):
    """Encrypts small secrets at rest. A value opens only for the purpose it was sealed for."""

    def seal(self, secret: bytes, purpose: str) -> bytes: ...

    def open(self, sealed: bytes, purpose: str) -> bytes: ...

    def fingerprint(self, value: bytes, purpose: str) -> bytes:
        """A keyed hash of 32 bytes under the newest key."""

    def fingerprints(self, value: bytes, purpose: str) -> tuple[bytes, ...]:
        """The same under every key, the newest first."""


class ProofRefusal(StrEnum):
    """Why what a member shows is no second factor for this action."""

    NO_FACTOR = "no_factor"
    MISSING = "missing"
    INVALID = "invalid"
    LOCKED = "locked"


class Proved(NamedTuple):
    """`refusal` None: it is one. `retry_after_s` counts when LOCKED."""

    refusal: ProofRefusal | None = None
    retry_after_s: int = 0


class Prover(Protocol):
    """The second factor that came with a request; asking uses it up."""

    async def prove(self, action: str) -> Proved:
        """Whether it is one for the action of this hash."""


class RiskQuestion(NamedTuple):
    """What a risk or AML service is asked about a withdrawal; the amount is in the engine's units."""

    uid: str
    currency: str
    network: str | None
    address: str
    amount: int
    value: Decimal


class Risk(Protocol):
    #: What the log calls it.
    name: str

    async def assess(self, question: RiskQuestion) -> str | None:
        """None when nothing speaks against it, otherwise why staff should look. Raises TransientError when it cannot
        be told; the withdrawal then waits for staff.
        """


class NoRisk:
    """Says yes to everything: there is no risk service on this instance."""

    name = "none"

    async def assess(self, question: RiskQuestion) -> str | None:  # noqa: ARG002 - the port's signature
        return None


@dataclass(frozen=True)
class WithdrawalPorts:
    """All of them, for a process that takes withdrawals."""

    members: Members
    rules: Rules
    sealer: Sealer
    risk: Risk = field(default_factory=NoRisk)
