"""How payouts are made on this instance, from PYXIU_PAYOUT_* variables, and whose approvals the signer takes.

Invariant: a value that is no value of its setting stops the start. Limit: the signer's own limits are no settings; they
are in its policy (`pyxiu signer policy`).
"""

from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pyxiu.app.setting_values import Variables, read_variables, whole
from pyxiu.app.settings_error import SettingsError
from pyxiu.custody.payouts.settings import PayoutSettings

APPROVER: Final = "PYXIU_SIGNER_APPROVER"
_KEY_BYTES: Final = 32
_VARIABLES: Final[Variables] = {
    "PYXIU_PAYOUT_BATCH_MAX": ("batch_max", whole(1, 500)),
    "PYXIU_PAYOUT_FEE_RATE_MAX": ("fee_rate_max", whole(1, 1_000_000)),
    "PYXIU_PAYOUT_GAS_PRICE_MAX": ("gas_price_max", whole(1, 1_000_000)),
    "PYXIU_PAYOUT_BUMP_AFTER_S": ("bump_after_s", whole(10, 7 * 24 * 3_600)),
    "PYXIU_PAYOUT_GAP_AFTER_S": ("gap_after_s", whole(10, 7 * 24 * 3_600)),
}


class PayoutSettingsError(SettingsError):
    """A setting about payouts has a value that cannot be used."""


def read_payouts(given: Mapping[str, str]) -> PayoutSettings:
    """Raises PayoutSettingsError."""
    return PayoutSettings(**read_variables(given, _VARIABLES, PayoutSettingsError))


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
