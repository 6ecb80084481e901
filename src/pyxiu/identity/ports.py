"""What identity needs of others: app/ plugs in the built-in or the operator's own.

Invariant: nothing here knows HTTP. Limit: implementations are in adapters/ or plugins; these are their contracts.
"""

from enum import StrEnum
from typing import Protocol

import msgspec

from pyxiu.identity.model import Client
from pyxiu.kit.errors import PermanentError


class Sealer(Protocol):
    """Encrypts small secrets at rest. A value opens only for the purpose it was sealed for."""

    def seal(self, secret: bytes, purpose: str) -> bytes: ...

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Raises PermanentError when it was sealed for another purpose or with an unknown key, or was changed."""

    def fingerprint(self, value: bytes, purpose: str) -> bytes:
        """A keyed hash of 32 bytes, to find equal values again or to sign; the newest key's."""

    def fingerprints(self, value: bytes, purpose: str) -> tuple[bytes, ...]:
        """The same under every key, the newest first: what was made before a rotation may have."""


class Challenge(msgspec.Struct, frozen=True):
    """What a browser solves: see docs/api/captcha.md. `expires_at` is unix time in seconds."""

    challenge: str
    difficulty: int
    expires_at: int


class CaptchaRegistration(msgspec.Struct, frozen=True):
    """What a widget of Geetest starts with."""

    gt: str
    challenge: str


class Captcha(Protocol):
    """Makes automated sign-ups expensive."""

    #: What GET /identity/configs tells the front-end: `none`, `pow`, `recaptcha`, …
    kind: str

    async def verify(self, response: str | None, client: Client, flow: str) -> bool:
        """Whether this request may go on: its response is good (each is good once), or none is needed of it."""

    async def challenge(self, client: Client, flow: str) -> Challenge | None:
        """Something to solve, None where this kind is solved elsewhere or not at all."""

    async def register(self, client: Client) -> CaptchaRegistration | None:
        """What `GET /identity/users/register_geetest` answers; None for every other kind of captcha."""


class NoCaptcha:
    """Lets everybody through."""

    kind = "none"

    async def verify(self, response: str | None, client: Client, flow: str) -> bool:  # noqa: ARG002 - the port's
        return True

    async def challenge(self, client: Client, flow: str) -> Challenge | None:  # noqa: ARG002 - the port's signature
        return None

    async def register(self, client: Client) -> CaptchaRegistration | None:  # noqa: ARG002 - the port's signature
        return None


class IdentityClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What a good identity token says. Nothing here has been compared with an account."""

    issuer: str
    #: The person at the issuer; it stays when the e-mail changes.
    subject: str
    #: As it was sent.
    email: str
    #: Whether the issuer says that the mailbox is the subject's. Without that an e-mail means nothing.
    email_verified: bool
    #: The same for every spelling of one token, and for no other.
    fingerprint: bytes
    #: Unix seconds after which the token is refused whatever was done with it.
    expires_s: int

    def __repr__(self) -> str:
        return f"IdentityClaims(issuer={self.issuer!r})"


class IdentityTokens(Protocol):
    """Checks tokens of an outside identity provider (OpenID Connect)."""

    #: What GET /public/configs/auth0 tells front-ends; both empty where there is no provider.
    domain: str
    client_id: str

    async def verify(self, id_token: str) -> IdentityClaims | None:
        """What it says; None for one that is not the provider's, not for us, or not good now.

        Raises TransientError when the provider's keys cannot be had.
        """


class NoIdentityTokens:
    """What an exchange has that was given no provider: every token is refused."""

    domain = ""
    client_id = ""

    async def verify(self, id_token: str) -> IdentityClaims | None:  # noqa: ARG002 - the port's signature
        return None


class ObjectStore(Protocol):
    """Keeps files. Keys are ours: random, of `[a-z0-9/]`, never taken from a request."""

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        """Durable when it returns. Raises TransientError when it cannot be told whether it is."""

    async def get(self, key: str) -> bytes | None: ...

    async def delete(self, key: str) -> None:
        """What is not there is as good as deleted."""

    async def link(self, key: str, *, filename: str, content_type: str, lifetime_s: int) -> str:
        """A URL or path that downloads the file for so long, for whoever has it; it never shows inside a page."""


class PhoneRefusal(StrEnum):
    """Why a message did not go out, as it is told to the member."""

    NUMBER_NOT_REACHABLE = "num_not_reachable"
    NUMBER_NOT_VALID = "num_not_valid"
    CONTENT_INVALID = "sms_content_invalid"
    UNSUBSCRIBED = "unsubscribed_recipient"
    UNEXPECTED = "twilio_unexpected"


class PhoneRefusedError(PermanentError):
    """The provider does not send to this number, or not at all."""

    def __init__(self, refusal: PhoneRefusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class PhoneMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A code on its way. `number` is E.164 with its `+`; channel is `sms` or `call`."""

    uid: str
    number: str
    code: str
    channel: str
    language: str


class PhoneSender(Protocol):
    """Sends codes to phones."""

    #: What GET /identity/configs says as `phone_verification_type`.
    kind: str

    async def send(self, message: PhoneMessage) -> None:
        """Raises PhoneRefusedError, or TransientError when the provider does not answer."""


class NoPhones:
    """What an exchange has that was given no provider: it refuses."""

    kind = "none"

    async def send(self, message: PhoneMessage) -> None:  # noqa: ARG002 - the port's signature
        raise PhoneRefusedError(PhoneRefusal.UNEXPECTED)


class NoObjects:
    """What an exchange has that was given no place for files."""

    async def put(self, key: str, content: bytes, content_type: str) -> None:  # noqa: ARG002 - the port's signature
        raise PermanentError("no object store is plugged in")

    async def get(self, key: str) -> bytes | None:  # noqa: ARG002 - the port's signature
        return None

    async def delete(self, key: str) -> None:
        """There is nothing."""

    async def link(self, key: str, *, filename: str, content_type: str, lifetime_s: int) -> str:  # noqa: ARG002
        raise PermanentError("no object store is plugged in")


class KycVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider found out about one applicant; what it says nothing about stays as it is."""

    applicant_id: str
    profile_verified: bool | None = None
    documents_verified: bool | None = None
    reason: str = ""


class KycProvider(Protocol):
    """Somebody else who checks profiles and documents; it hears of them through the outbox's events."""

    name: str

    def verdict_of(self, body: bytes) -> KycVerdict | None:
        """What a callback, whose signature was good, says; None if it says nothing. Raises ValueError if malformed."""


class CountryLookup(Protocol):
    def country_of(self, ip: str) -> str:
        """ISO 3166 alpha-2 code of an IPv4 or IPv6 address, empty where it is not known."""


class NoCountries:
    """Knows of no address where it is."""

    def country_of(self, ip: str) -> str:  # noqa: ARG002 - the port's signature
        return ""
