"""The signed envelope of the Event API: a JSON serialisation of a JWS, as consumers of this line of systems verify it.

    {"payload": …, "signatures": [{"protected": …, "header": {"kid": issuer}, "signature": …}]}

The claims are iss, jti (the event's stable id), iat, exp and `event`: the record with its `name`. Format: RFC 7515,
section 7.2.1. Invariant: a consumer can check who sent an event and that nobody changed it. Limit: `exp` bounds how
late a message may be believed; a consumer that was away for longer asks the API instead.
"""

from typing import Any, Final

import jwt

from pyxiu.relay.model import RelayedEvent

ALGORITHM: Final = "RS256"
#: The reference allows a minute; a broker that was down for ten must still hand over what is good.
LIFETIME_S: Final = 3_600


class EnvelopeSigner:
    """Signs with the private key in PEM."""

    def __init__(self, private_key: bytes, *, algorithm: str = ALGORITHM, lifetime_s: int = LIFETIME_S) -> None:
        self._key = jwt.get_algorithm_by_name(algorithm).prepare_key(private_key)
        self._algorithm = algorithm
        self._lifetime_s = lifetime_s

    def sign(self, event: RelayedEvent, now_s: int) -> dict[str, Any]:
        """The envelope, as plain JSON values. `iat` is now, so that an event that waited can still be believed."""
        claims = {
            "iss": event.issuer,
            "jti": event.id,
            "iat": now_s,
            "exp": now_s + self._lifetime_s,
            "event": {**event.payload, "name": event.name},
        }
        compact = jwt.encode(claims, self._key, algorithm=self._algorithm, headers={"typ": None})
        protected, payload, signature = compact.split(".")
        return {
            "payload": payload,
            "signatures": [{"protected": protected, "header": {"kid": event.issuer}, "signature": signature}],
        }


def open_envelope(envelope: dict[str, Any], public_key: bytes, *, algorithms: tuple[str, ...] = (ALGORITHM,)) -> Any:
    """The claims of an envelope with one signature. Raises jwt.InvalidTokenError."""
    [signature] = envelope["signatures"]
    compact = ".".join((signature["protected"], envelope["payload"], signature["signature"]))
    return jwt.decode(compact, public_key, algorithms=list(algorithms), options={"verify_aud": False})
