"""How payouts are made on this instance, from PYXIU_PAYOUT_* variables, and whose approvals the signer takes.

Invariant: a value that is no value of its setting stops the start. Limit: the signer's own limits are no settings; they
are in its policy (`pyxiu signer policy`).
"""

from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pyxiu.app.settings_error import SettingsError
from pyxiu.custody.payouts.settings import PayoutSettings

APPROVER: Final = "PYXIU_SIGNER_APPROVER"
_KEY_BYTES: Final = 32
#: By variable: the field, the least and the most.
_VARIABLES: Final[dict[str, tuple[str, int, int]]] = {
    "PYXIU_PAYOUT_BATCH_MAX": ("batch_max", 1, 500),
    "PYXIU_PAYOUT_FEE_RATE_MAX": ("fee_rate_max", 1, 1_000_000),
    "PYXIU_PAYOUT_GAS_PRICE_MAX": ("gas_price_max", 1, 1_000_000),
    "PYXIU_PAYOUT_BUMP_AFTER_S": ("bump_after_s", 10, 7 * 24 * 3_600),
}


class PayoutSettingsError(SettingsError):
    """A setting about payouts has a value that cannot be used."""


def read_payouts(given: Mapping[str, str]) -> PayoutSettings:
    """Raises PayoutSettingsError."""
    fields: dict[str, Any] = {}
    for name, (field, least, most) in _VARIABLES.items():
        text = given.get(name)
        if text is None:
            continue
        if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
            raise PayoutSettingsError(f"{name}: expected a number from {least} to {most}, found {text!r}")
        fields[field] = int(text)
    return PayoutSettings(**fields)


def read_approver(given: Mapping[str, str]) -> str | None:
    """The public key in hex. Raises PayoutSettingsError."""
    text = given.get(APPROVER)
    if text is None:
        return None
    try:
        raw = bytes.fromhex(text)
        if len(raw) != _KEY_BYTES:
            raise ValueError
        Ed25519PublicKey.from_public_bytes(raw)
    except ValueError:
        raise PayoutSettingsError(
            f"{APPROVER}: expected 64 hexadecimal digits, as `pyxiu payout approver` prints"
        ) from None
    return text.lower()
