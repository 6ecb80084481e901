"""Fields that several bodies of identity have, each with what the document says of it, and the schema of such a body.

    class EmailBody(msgspec.Struct):
        email: Email = None
        captcha_response: CaptchaResponse = None

    @endpoint(…, body=EmailBody, body_schema=schema_of(EmailBody, "email"))

Invariant: a field is optional and untyped to the decoder, because a refused value has a code of its own; it is in the
document if and only if it says what it is. Limit: flat bodies.
"""

from typing import Annotated, Any, get_type_hints

import msgspec

from pyxiu.api.identity.fields import object_schema
from pyxiu.api.identity.proofs import PROOF_PROPERTIES
from pyxiu.identity.accounts.password_strength import LENGTH_MAX

Email = Annotated[Any, {"type": "string", "format": "email", "maxLength": 254}]
Password = Annotated[Any, {"type": "string", "format": "password", "maxLength": LENGTH_MAX}]
CaptchaResponse = Annotated[Any, {"type": "string", "description": "The solved captcha, where one is asked for."}]
MailedToken = Annotated[Any, {"type": "string", "description": "From the link in the mail."}]
OtpCode = Annotated[Any, {"type": "string", "description": "Of the authenticator app, where one is on."}]
RecoveryCode = Annotated[Any, PROOF_PROPERTIES["recovery_code"]]
Assertion = Annotated[Any, PROOF_PROPERTIES["assertion"]]
Approval = Annotated[Any, PROOF_PROPERTIES["approval"]]


def schema_of(body: type[msgspec.Struct], *needed: str) -> dict[str, Any]:
    """JSON schema of a body; `needed` are the fields that must be there."""
    hints = get_type_hints(body, include_extras=True)
    told = {name: hint.__metadata__[0] for name, hint in hints.items() if hasattr(hint, "__metadata__")}
    return object_schema(*needed, **told)
