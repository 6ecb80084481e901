"""API keys for the API's authentication: rows of the catalog, secrets opened with the instance's box.

All keys are kept in memory and changes are fetched together, a few times a second at most: a look-up per key and
second would cost more than everything else that a request does. Invariant: a secret is never logged; one that does not
open is as good as no key; a change is seen within `REFRESH_S`. Limit: some 500 bytes a key; provisional, identity will
own keys.
"""

import asyncio
import datetime
import time
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.api.auth import ACTIVE, Credential, Member
from pyxiu.app.secrets import SecretBox, SecretError
from pyxiu.catalog.model import ApiKey
from pyxiu.catalog.store import reading

REFRESH_S: Final = 0.25
#: A database transaction that began earlier than another may commit later: look back so far for what it changed.
OVERLAP: Final = datetime.timedelta(minutes=1)

_log = structlog.stdlib.get_logger("pyxiu.credentials")


def key_purpose(kid: str) -> str:
    """What an API key's secret is sealed for."""
    return f"api_key:{kid}"


class CatalogCredentials:
    """The API's `CredentialStore` over the table `api_keys`."""

    def __init__(self, database: AsyncEngine, box: SecretBox, *, refresh_s: float = REFRESH_S) -> None:
        self._database = database
        self._box = box
        self._refresh_s = refresh_s
        self._fresh_until = float("-inf")
        self._refreshing = asyncio.Lock()
        self._seen: datetime.datetime | None = None
        self._sealed: dict[str, ApiKey] = {}
        self._credentials: dict[str, Credential | None] = {}

    async def find(self, kid: str) -> Credential | None:
        if time.monotonic() >= self._fresh_until:
            async with self._refreshing:
                if time.monotonic() >= self._fresh_until:
                    await self._refresh()
        if kid in self._credentials:
            return self._credentials[kid]
        key = self._sealed.get(kid)
        if key is None:
            return None
        opened = self._credentials[kid] = self._opened(key)
        return opened

    async def _refresh(self) -> None:
        async with reading(self._database) as store:
            changed, self._seen = await store.api_keys_changed(self._seen and self._seen - OVERLAP)
        for key in changed:
            if self._sealed.get(key.kid) != key:
                self._sealed[key.kid] = key
                self._credentials.pop(key.kid, None)
        self._fresh_until = time.monotonic() + self._refresh_s

    def _opened(self, key: ApiKey) -> Credential | None:
        try:
            secret = self._box.open(key.secret_encrypted, purpose=key_purpose(key.kid))
        except SecretError as error:
            _log.error("API key does not open", kid=key.kid, error=str(error))
            return None
        member = Member(uid=key.member_uid, level=key.level, role=key.role)
        return Credential(kid=key.kid, secret=secret, active=key.state == ACTIVE, member=member)
