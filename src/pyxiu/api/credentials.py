"""What the API must be able to look up to know who asks; app/ plugs in identity's tables.

Invariant: secrets are in memory only and never logged or shown. Limit: contracts; `app/credentials.py` and
`api/token_service.py` fill them.
"""

import ipaddress
from typing import NamedTuple, Protocol

from pyxiu.api.auth_model import Member
from pyxiu.api.errors import WireError
from pyxiu.identity.api_keys.signatures import Verifier
from pyxiu.identity.model import Client
from pyxiu.identity.tokens.session_token import Checked

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Credential(NamedTuple):
    """An API key, ready to check signatures: never to be logged, so it does not show itself.

    `refusal` is why it may not be used although it is there, told only to who proves to have its secret. `legacy`: it
    takes the scheme that signs nonce and key id alone. `networks`: where it may be used from, everywhere if empty.
    """

    kid: str
    member: Member
    verifier: Verifier
    refusal: WireError | None = None
    legacy: bool = False
    networks: tuple[Network, ...] = ()
    expires_ns: int | None = None
    #: Whose key it is where the member is a service account; a change of either is a change of the key.
    owner_uid: str = ""

    def __repr__(self) -> str:
        return f"Credential(kid={self.kid!r}, member={self.member.uid!r})"


class CredentialStore(Protocol):
    """API keys."""

    async def find(self, kid: str) -> Credential | None:
        """The key of that id, whether or not it may be used."""


class OpenSession(NamedTuple):
    """A session as its cookie opens it."""

    member: Member
    csrf_token: str
    #: By our clock; None where only the store knows.
    expires_ns: int | None = None


class SessionStore(Protocol):
    """Sessions of browsers."""

    async def open(self, cookie: str, client: Client) -> OpenSession | WireError:
        """The session of this cookie, used from this client."""

    async def still_open(self, session_id: int) -> OpenSession | WireError:
        """The session of this id, for what was made for it; that is no use of it, which would keep it from ending."""


class TokenStore(Protocol):
    """Bearer tokens that we issued."""

    async def read(self, token: str) -> Checked | WireError:
        """What it says. Whether that still holds is asked of its origin."""
