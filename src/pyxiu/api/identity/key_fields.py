"""The fields of an API key as they arrive, and what they are read into.

Invariant: all findings are told at once, in the order of the fields; what a request does not say about a key is UNSET
and stays as it is. Limit: only the form is judged here; factors, holders and limits are the use cases' to judge.
"""

import datetime
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from pyxiu.api.body import text_of
from pyxiu.api.errors import ApiError
from pyxiu.identity.api_keys import fields
from pyxiu.identity.api_keys.model import DEFAULT_SCOPES, KeyChange, KeySpec, KeyState, Scope
from pyxiu.identity.api_keys.signatures import Algorithm

V = TypeVar("V")

_ALGORITHMS: Final = {algorithm.value.lower(): algorithm for algorithm in Algorithm}
_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}
#: Of what is longer than this nothing is valid.
_TEXT_LENGTH_MAX: Final = 4_096
_LIST_LENGTH_MAX: Final = 100


class KeyBody(msgspec.Struct):
    """Everything that can be said of a key, and the factor that approves it."""

    algorithm: Any = None
    scope: Any = None
    scopes: Any = None
    label: Any = None
    ip_allow_list: Any = None
    expires_at: Any = None
    legacy_signature: Any = None
    public_key: Any = None
    state: Any = None
    service_account_uid: Any = None
    totp_code: Any = None
    recovery_code: Any = None
    assertion: Any = None
    approval: Any = None


#: Fields of a key in requests, as JSON schema.
KEY_PROPERTIES: Final[dict[str, Any]] = {
    "scopes": {
        "type": ["array", "string"],
        "items": {"enum": [scope.value for scope in Scope]},
        "description": "What the key is allowed, as a list or separated by commas; `read,trade` unless said.",
    },
    "scope": {"type": "string", "description": "The same, under the name that existing clients use."},
    "label": {"type": "string", "maxLength": 64, "description": "Your own name for it."},
    "ip_allow_list": {
        "type": ["array", "string"],
        "items": {"type": "string"},
        "description": "Addresses and CIDR blocks, v4 or v6, that it may be used from; empty: from everywhere.",
    },
    "expires_at": {
        "type": ["string", "integer"],
        "description": "When it stops working: ISO 8601 with an offset, or unix seconds. Empty: never.",
    },
    "legacy_signature": {
        "type": "boolean",
        "description": "Whether it may sign nonce and key id alone (HS256 only). Switch it off once you sign v2.",
    },
}
SPEC_CODES: Final = (
    "resource.api_key.missing_algorithm",
    "resource.api_key.invalid_algorithm",
    "resource.api_key.invalid_scope",
    "resource.api_key.invalid_label",
    "resource.api_key.invalid_ip_allow_list",
    "resource.api_key.invalid_expires_at",
    "resource.api_key.invalid_legacy_signature",
    "resource.api_key.missing_public_key",
    "resource.api_key.invalid_public_key",
)
CHANGE_CODES: Final = (*SPEC_CODES[2:7], "resource.api_key.invalid_state")


def spec_of(given: Mapping[str, Any], now: datetime.datetime) -> KeySpec:
    """The key that is asked for. Raises ApiError 422 with all that is wrong."""
    reader = _Reader(given, now)
    algorithm = reader.algorithm()
    scopes, label, networks, expires_at = reader.scopes(), reader.label(), reader.networks(), reader.expires_at()
    legacy = reader.legacy_signature()
    if algorithm is Algorithm.ED25519 and legacy is True:
        reader.codes.append("resource.api_key.invalid_legacy_signature")
    public_key = reader.public_key(algorithm)
    reader.check()
    assert algorithm is not None
    return KeySpec(
        algorithm=algorithm,
        scopes=DEFAULT_SCOPES if scopes is UNSET else scopes,
        label="" if label is UNSET else label,
        networks=() if networks is UNSET else networks,
        expires_at=None if expires_at is UNSET else expires_at,
        legacy_signature=algorithm is Algorithm.HS256 if legacy is UNSET else legacy,
        public_key=public_key,
    )


def change_of(given: Mapping[str, Any], now: datetime.datetime) -> KeyChange:
    """What is to change. Raises ApiError 422 with all that is wrong."""
    reader = _Reader(given, now)
    change = KeyChange(
        scopes=reader.scopes(),
        label=reader.label(),
        networks=reader.networks(),
        expires_at=reader.expires_at(),
        legacy_signature=reader.legacy_signature(),
        state=reader.state(),
    )
    reader.check()
    return change


class _Reader:
    """Reads one field after the other and collects what is wrong."""

    def __init__(self, given: Mapping[str, Any], now: datetime.datetime) -> None:
        self._given = given
        self._now = now
        self.codes: list[str] = []

    def check(self) -> None:
        if self.codes:
            raise ApiError(422, tuple(self.codes))

    def algorithm(self) -> Algorithm | None:
        text = text_of(self._given.get("algorithm"))
        if not text:
            self.codes.append("resource.api_key.missing_algorithm")
            return None
        algorithm = _ALGORITHMS.get(text.lower())
        if algorithm is None:
            self.codes.append("resource.api_key.invalid_algorithm")
        return algorithm

    def scopes(self) -> tuple[Scope, ...] | UnsetType:
        value = self._given.get("scopes")
        value = self._given.get("scope") if value is None else value
        if value is None:
            return UNSET
        words = _words(value)
        scopes = None if words is None else fields.scopes_of(words)
        return self._or_finding(scopes, "scope")

    def networks(self) -> tuple[str, ...] | UnsetType:
        value = self._given.get("ip_allow_list")
        if value is None:
            return UNSET
        words = _words(value)
        return self._or_finding(None if words is None else fields.networks_of(words), "ip_allow_list")

    def label(self) -> str | UnsetType:
        value = self._given.get("label")
        if value is None:
            return UNSET
        text = text_of(value)
        return self._or_finding(None if text is None else fields.label_of(text), "label")

    def expires_at(self) -> datetime.datetime | UnsetType | None:
        value = self._given.get("expires_at")
        if value is None:
            return UNSET
        if value == "":
            return None
        text = text_of(value)
        return self._or_finding(None if text is None else fields.expiry_of(text, self._now), "expires_at")

    def legacy_signature(self) -> bool | UnsetType:
        value = self._given.get("legacy_signature")
        if value is None:
            return UNSET
        return self._or_finding(_FLAGS.get((text_of(value) or "").lower()), "legacy_signature")

    def state(self) -> KeyState | UnsetType:
        value = self._given.get("state")
        if value is None:
            return UNSET
        words = {state.value: state for state in KeyState}
        return self._or_finding(words.get(text_of(value) or ""), "state")

    def public_key(self, algorithm: Algorithm | None) -> bytes | None:
        if algorithm is not Algorithm.ED25519:
            return None
        text = text_of(self._given.get("public_key"))
        if not text:
            self.codes.append("resource.api_key.missing_public_key")
            return None
        key = fields.public_key_of(text) if len(text) <= _TEXT_LENGTH_MAX else None
        if key is None:
            self.codes.append("resource.api_key.invalid_public_key")
        return key

    def _or_finding(self, value: V | None, name: str) -> V | UnsetType:
        if value is None:
            self.codes.append(f"resource.api_key.invalid_{name}")
            return UNSET
        return value


def _words(value: Any) -> list[str] | None:
    """A list of texts, or a text with commas; None for anything else."""
    if isinstance(value, str) and len(value) <= _TEXT_LENGTH_MAX:
        return [word for word in value.split(",") if word.strip()]
    if isinstance(value, list) and len(value) <= _LIST_LENGTH_MAX and all(isinstance(word, str) for word in value):
        return value
    return None
