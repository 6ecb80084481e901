"""What a second factor approves when a key is made, changed or deleted: the hashes of these actions.

Invariant: all that the key will be allowed is in the hash, so a proof for one key is none for a mightier one (S-2).
"""

from pyxiu.identity.api_keys.model import KeyChange, KeySpec
from pyxiu.identity.factors.actions import action_hash


def create_action(holder_uid: str, spec: KeySpec) -> str:
    return action_hash(
        "api_key.create",
        holder=holder_uid,
        algorithm=spec.algorithm.value,
        scopes=[scope.value for scope in spec.scopes],
        label=spec.label,
        networks=list(spec.networks),
        expires_at=None if spec.expires_at is None else spec.expires_at.isoformat(),
        legacy_signature=spec.legacy_signature,
        public_key=None if spec.public_key is None else spec.public_key.hex(),
    )


def update_action(holder_uid: str, kid: str, change: KeyChange) -> str:
    given = {name: _plain(value) for name, value in change.given().items()}
    return action_hash("api_key.update", holder=holder_uid, kid=kid, **given)


def delete_action(holder_uid: str, kid: str) -> str:
    return action_hash("api_key.delete", holder=holder_uid, kid=kid)


def _plain(value: object) -> str | bool | list[str] | None:
    if isinstance(value, tuple):
        return [str(item) for item in value]
    return value if value is None or isinstance(value, bool) else str(value)
