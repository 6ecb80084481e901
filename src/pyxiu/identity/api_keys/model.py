"""API keys and service accounts as values.

Invariant: none of them carries a secret, except `IssuedKey`, which is shown once and never in a log. Limit: how a wire
writes a scope or a network is the edge's business.
"""

import datetime
from enum import StrEnum
from typing import Final

import msgspec

from pyxiu.identity.api_keys.signatures import Algorithm


class Scope(StrEnum):
    """What a key is allowed: to see, to place and cancel orders, to withdraw, to move funds between own accounts."""

    READ = "read"
    TRADE = "trade"
    WITHDRAW = "withdraw"
    TRANSFER = "transfer"


#: Of a key for which nothing was said: a bot can trade with it, but not carry anything out of the house.
DEFAULT_SCOPES: Final = (Scope.READ, Scope.TRADE)
LABEL_LENGTH_MAX: Final = 64
NETWORKS_MAX: Final = 32


class KeyState(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"


class KeySpec(msgspec.Struct, frozen=True, kw_only=True):
    """A key that is asked for. `public_key`: of an Ed25519 key, 32 bytes. `networks` empty: from everywhere."""

    algorithm: Algorithm
    scopes: tuple[Scope, ...] = DEFAULT_SCOPES
    label: str = ""
    networks: tuple[str, ...] = ()
    expires_at: datetime.datetime | None = None
    legacy_signature: bool = False
    public_key: bytes | None = None


class KeyChange(msgspec.Struct, frozen=True, kw_only=True):
    """What of a key is to change; what is UNSET stays as it is."""

    scopes: tuple[Scope, ...] | msgspec.UnsetType = msgspec.UNSET
    label: str | msgspec.UnsetType = msgspec.UNSET
    networks: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    expires_at: datetime.datetime | msgspec.UnsetType | None = msgspec.UNSET
    legacy_signature: bool | msgspec.UnsetType = msgspec.UNSET
    state: KeyState | msgspec.UnsetType = msgspec.UNSET

    def given(self) -> dict[str, object]:
        """The fields that were given."""
        return {
            field: value for field in self.__struct_fields__ if (value := getattr(self, field)) is not msgspec.UNSET
        }


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `api_keys` without its secret."""

    id: int
    kid: str
    user_id: int
    service_account_id: int | None
    algorithm: Algorithm
    public_key: bytes | None
    scopes: tuple[Scope, ...]
    label: str
    networks: tuple[str, ...]
    expires_at: datetime.datetime | None
    state: KeyState
    legacy_signature: bool
    last_used_at: datetime.datetime | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


class IssuedKey(msgspec.Struct, frozen=True):
    """A new key with its secret, which nobody can ask for again; None for a key whose owner has the private half."""

    key: ApiKey
    secret: str | None

    def __repr__(self) -> str:
        return f"IssuedKey(kid={self.key.kid!r})"


class ServiceAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account of a program that belongs to a user: no password, no login, keys only."""

    id: int
    uid: str
    owner_id: int
    email: str
    role: str
    level: int
    state: str
    created_at: datetime.datetime
    updated_at: datetime.datetime


def key_purpose(kid: str) -> str:
    """What an API key's secret is sealed for."""
    return f"api_key:{kid}"
