"""The second factor that a request shows: its fields, how they are documented, and what they are read into.

Invariant: one of the fields is enough; `totp_code` and `code` are the names that front-ends know. Limit: nothing is
checked here.
"""

from typing import Any, Final

from pyxiu.api.body import text_of
from pyxiu.identity.factors.model import FactorProof

TEXT_LENGTH_MAX: Final = 255

#: JSON schema of the fields by which any request can show a factor, beside its own field for the app's code.
PROOF_PROPERTIES: Final[dict[str, Any]] = {
    "recovery_code": {"type": "string", "description": "A printed recovery code, in place of the app's."},
    "assertion": {
        "type": "object",
        "description": (
            "What `navigator.credentials.get()` gave for the options of "
            "`POST /resource/passkeys/assertion_options`, as JSON."
        ),
    },
    "approval": {"type": "string", "description": "A token of `POST /resource/factors/approvals` for this action."},
}


def proof_of(body: Any, *, code: str) -> FactorProof:
    """`code` names the body's field for the app's code."""
    return FactorProof(
        otp_code=_text(getattr(body, code)),
        recovery_code=_text(body.recovery_code),
        assertion=body.assertion if isinstance(body.assertion, dict) else None,
        approval=_text(body.approval),
    )


def _text(value: Any) -> str | None:
    text = text_of(value)
    return text if text and len(text) <= TEXT_LENGTH_MAX else None
