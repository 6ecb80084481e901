"""The parts of a key as people give them, checked and brought into the one form that is stored. Pure.

Invariant: what comes out is valid and canonical, so the hash of an action over it is the same however it was typed;
None means that it is not valid. Limit: one field each; what fits together is decided by the use cases.
"""

import base64
import binascii
import datetime
import ipaddress
from collections.abc import Iterable

from pyxiu.identity.api_keys.model import LABEL_LENGTH_MAX, NETWORKS_MAX, Scope

_PUBLIC_KEY_BYTES = 32
_PEM_PREFIX = "-----BEGIN PUBLIC KEY-----"
_PEM_SUFFIX = "-----END PUBLIC KEY-----"
#: What precedes the 32 bytes of an Ed25519 key in its DER form.
_ED25519_DER_PREFIX = bytes.fromhex("302a300506032b6570032100")


def scopes_of(words: Iterable[str]) -> tuple[Scope, ...] | None:
    """At least one, each once, in the order of their declaration."""
    try:
        given = {Scope(word.strip().lower()) for word in words}
    except ValueError:
        return None
    return tuple(scope for scope in Scope if scope in given) or None


def networks_of(texts: Iterable[str]) -> tuple[str, ...] | None:
    """Addresses and CIDR blocks, v4 or v6; bits beyond the prefix are not ignored but refused."""
    networks: dict[str, None] = {}
    for text in texts:
        try:
            network = ipaddress.ip_network(text.strip())
        except ValueError:
            return None
        if "%" in text:
            # A zone says something on the machine that it was written on, and nothing here.
            return None
        networks[str(network)] = None
    return tuple(networks) if len(networks) <= NETWORKS_MAX else None


def label_of(text: str) -> str | None:
    label = text.strip()
    return label if len(label) <= LABEL_LENGTH_MAX and label.isprintable() else None


def expiry_of(text: str, now: datetime.datetime) -> datetime.datetime | None:
    """ISO 8601 with an offset, or unix seconds; in the future, in whole seconds."""
    try:
        if text.isascii() and text.isdigit():
            moment = datetime.datetime.fromtimestamp(int(text), datetime.UTC)
        else:
            moment = datetime.datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    if moment.tzinfo is None:
        return None
    try:
        moment = moment.astimezone(datetime.UTC).replace(microsecond=0)
    except OverflowError:
        return None
    return moment if moment > now else None


def public_key_of(text: str) -> bytes | None:
    """The 32 bytes of an Ed25519 public key, given as hex, base64 or base64url of them, or as a PEM."""
    compact = "".join(text.split())
    if text.strip().startswith(_PEM_PREFIX):
        inner = compact.removeprefix("".join(_PEM_PREFIX.split())).removesuffix("".join(_PEM_SUFFIX.split()))
        der = _base64(inner)
        return der[len(_ED25519_DER_PREFIX) :] if der and _is_ed25519(der) else None
    key = _hex(compact) if len(compact) == 2 * _PUBLIC_KEY_BYTES else _base64(compact)
    return key if key is not None and len(key) == _PUBLIC_KEY_BYTES else None


def _is_ed25519(der: bytes) -> bool:
    return der.startswith(_ED25519_DER_PREFIX) and len(der) == len(_ED25519_DER_PREFIX) + _PUBLIC_KEY_BYTES


def _hex(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def _base64(text: str) -> bytes | None:
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    try:
        return base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        return None
