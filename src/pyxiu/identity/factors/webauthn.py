"""What authenticators send, read and verified: a thin wall around the library, as pure functions.

Invariant: whatever arrives, the answer is a value or None, never an exception; nothing is trusted before its signature
fits. Limit: counters, states and who may use a challenge are the use cases'; attestations are not asked for.
"""

from typing import Any, Final, NamedTuple

import webauthn
from webauthn.helpers import options_to_json_dict, parse_authentication_credential_json, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.parse_registration_credential_json import parse_registration_credential_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from pyxiu.identity.factors.settings import FactorSettings

#: What the library raises on hostile bytes; it parses before it checks.
_BROKEN: Final = (
    WebAuthnException,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
    OverflowError,
)
_MS_PER_S: Final = 1000


class Shown(NamedTuple):
    """What an assertion claims, before it is verified."""

    credential_id: bytes
    challenge: bytes
    user_handle: bytes | None


class Verified(NamedTuple):
    """What an assertion proved."""

    sign_count: int
    user_verified: bool
    backed_up: bool


class NewCredential(NamedTuple):
    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: str
    backed_up: bool
    transports: tuple[str, ...]


def registration_options(
    settings: FactorSettings, challenge: bytes, *, uid: str, name: str, registered: list[bytes]
) -> dict[str, Any]:
    """What `navigator.credentials.create()` takes: a key that can be found without a name, once per authenticator."""
    options = webauthn.generate_registration_options(
        rp_id=settings.rp_id,
        rp_name=settings.issuer,
        user_id=uid.encode(),
        user_name=name,
        challenge=challenge,
        timeout=settings.challenge_s * _MS_PER_S,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=credential_id) for credential_id in registered],
    )
    return options_to_json_dict(options)


def assertion_options(
    settings: FactorSettings, challenge: bytes, *, registered: list[bytes], verify_user: bool
) -> dict[str, Any]:
    """What `navigator.credentials.get()` takes; without `registered` the authenticator offers what it has for us."""
    options = webauthn.generate_authentication_options(
        rp_id=settings.rp_id,
        challenge=challenge,
        timeout=settings.challenge_s * _MS_PER_S,
        allow_credentials=[PublicKeyCredentialDescriptor(id=credential_id) for credential_id in registered],
        user_verification=(
            UserVerificationRequirement.REQUIRED if verify_user else UserVerificationRequirement.PREFERRED
        ),
    )
    return options_to_json_dict(options)


def read_assertion(credential: object) -> Shown | None:
    """What an assertion claims; None when it is none."""
    if not isinstance(credential, dict):
        return None
    try:
        parsed = parse_authentication_credential_json(credential)
        challenge = parse_client_data_json(parsed.response.client_data_json).challenge
    except _BROKEN:
        return None
    return Shown(parsed.raw_id, challenge, parsed.response.user_handle)


def challenge_of_registration(credential: object) -> bytes | None:
    """The challenge that a new credential claims to answer."""
    if not isinstance(credential, dict):
        return None
    try:
        parsed = parse_registration_credential_json(credential)
        return parse_client_data_json(parsed.response.client_data_json).challenge
    except _BROKEN:
        return None


def verify_assertion(
    settings: FactorSettings, credential: dict[str, Any], *, challenge: bytes, public_key: bytes, verify_user: bool
) -> Verified | None:
    """What it proved: our domain, our page, our challenge, this key. The counter is the caller's to compare."""
    try:
        proved = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=settings.rp_id,
            expected_origin=list(settings.origins),
            credential_public_key=public_key,
            # A counter that went back must be told from a forgery, so it is compared after the signature.
            credential_current_sign_count=0,
            require_user_verification=verify_user,
        )
    except _BROKEN:
        return None
    return Verified(proved.new_sign_count, proved.user_verified, proved.credential_backed_up)


def verify_registration(
    settings: FactorSettings, credential: dict[str, Any], *, challenge: bytes
) -> NewCredential | None:
    """The new key, when it was made for our domain, on our page, for our challenge."""
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=settings.rp_id,
            expected_origin=list(settings.origins),
        )
        transports = parse_registration_credential_json(credential).response.transports or []
    except _BROKEN:
        return None
    return NewCredential(
        made.credential_id,
        made.credential_public_key,
        made.sign_count,
        made.aaguid,
        made.credential_backed_up,
        tuple(transport.value for transport in transports),
    )
