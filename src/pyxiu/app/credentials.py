"""Keys and sessions for the API's authentication: identity's rows, secrets opened with the instance's keys.

Invariant: a secret is never logged; one that does not open is as good as no key. Limit: a look-up each; the API
remembers what it asked for, until it changes.
"""

import datetime
import ipaddress
from typing import Final

import structlog

from pyxiu.api.auth_model import Member, Via
from pyxiu.api.credentials import Credential, OpenSession
from pyxiu.api.errors import DISABLED_2FA, KEY_NOT_ACTIVE, NO_SESSION, WireError
from pyxiu.identity.access.credential_store import KeyRow, find_key
from pyxiu.identity.api_keys.model import KeyState, key_purpose
from pyxiu.identity.api_keys.signatures import Algorithm, verifier_of
from pyxiu.identity.model import LIVE_STATES, Client
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions.find_session import find_open_session, find_session
from pyxiu.identity.sessions.model import TOKEN_LENGTH_MAX, SessionOwner, SessionRefusal, token_hash
from pyxiu.kit.errors import PermanentError

_NS_PER_S: Final = 10**9

_log = structlog.stdlib.get_logger("pyxiu.credentials")


class IdentityCredentials:
    """The API's `CredentialStore`."""

    def __init__(self, identity: IdentityServices) -> None:
        self._identity = identity

    async def find(self, kid: str) -> Credential | None:
        async with self._identity.database.connect() as connection:
            row = await find_key(connection, kid)
        return None if row is None else self._credential(row)

    def _credential(self, row: KeyRow) -> Credential | None:
        material = self._material(row)
        if material is None:
            return None
        scopes = frozenset(row.scopes)
        member = Member(row.uid, row.level, row.role, row.state, row.user_id, Via.API_KEY, scopes, kid=row.kid)
        return Credential(
            kid=row.kid,
            member=member,
            verifier=verifier_of(Algorithm(row.algorithm), material),
            refusal=self._refusal(row),
            legacy=row.legacy_signature,
            networks=tuple(ipaddress.ip_network(network, strict=False) for network in row.networks),
            expires_ns=None if row.expires_at is None else _ns(row.expires_at),
            owner_uid=row.owner_uid,
        )

    def _material(self, row: KeyRow) -> bytes | None:
        if row.secret_sealed is None:
            return row.public_key
        try:
            return self._identity.sealer.open(row.secret_sealed, key_purpose(row.kid))
        except PermanentError as error:
            _log.error("API key does not open", kid=row.kid, error=str(error))
            return None

    def _refusal(self, row: KeyRow) -> WireError | None:
        """Why the key may not be used although it is there."""
        if row.key_state != KeyState.ACTIVE:
            return KEY_NOT_ACTIVE
        if row.state not in LIVE_STATES:
            return NO_SESSION
        if row.has_second_factor or row.of_service_account:
            return None
        return DISABLED_2FA if self._identity.settings.keys_need_second_factor else None


class IdentitySessions:
    """The API's `SessionStore`."""

    def __init__(self, identity: IdentityServices) -> None:
        self._identity = identity

    async def open(self, cookie: str, client: Client) -> OpenSession | WireError:
        if len(cookie) > TOKEN_LENGTH_MAX:
            return NO_SESSION
        async with self._identity.database.begin() as connection:
            found = await find_session(connection, self._identity, token_hash(cookie), client)
        return _opened(found)

    async def still_open(self, session_id: int) -> OpenSession | WireError:
        async with self._identity.database.connect() as connection:
            return _opened(await find_open_session(connection, self._identity, session_id))


def _opened(found: SessionOwner | SessionRefusal) -> OpenSession | WireError:
    if isinstance(found, SessionRefusal):
        return WireError(NO_SESSION.status, found.value)
    user = found.user
    member = Member(user.uid, user.level, user.role, user.state, user.id, Via.SESSION, session_id=found.session_id)
    return OpenSession(member, found.csrf_token, _ns(min(found.idle_until, found.expires_at)))


def _ns(moment: datetime.datetime) -> int:
    return int(moment.timestamp() * _NS_PER_S)
