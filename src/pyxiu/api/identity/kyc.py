"""POST /public/kyc: what a provider of KYC found out."""

from typing import Any, Final

import msgspec

from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.identity.kyc_refusals import REFUSALS, refused
from pyxiu.identity.kyc.model import Refusal
from pyxiu.identity.kyc.take_verdict import Callback, take_verdict

_TIMESTAMP: Final = b"x-kyc-timestamp"
_SIGNATURE: Final = b"x-kyc-signature"


class KycBody(msgspec.Struct):
    """The provider's own; its plug-in reads it."""


SCHEMA: Final[dict[str, Any]] = {"type": "object", "description": "What the provider sends.", "properties": {}}


@endpoint(
    "POST",
    "/public/kyc",
    group="barong",
    tag="KYC",
    body=KycBody,
    body_schema=SCHEMA,
    returns=int,
    errors={
        401: (REFUSALS[Refusal.CALLBACK_UNSIGNED].code,),
        422: (REFUSALS[Refusal.PROVIDER_IS_LOCAL].code, REFUSALS[Refusal.CALLBACK_UNREADABLE].code),
    },
)
async def post_kyc(call: Call[NoQuery]) -> Reply:
    """For the provider of KYC to tell what it found out. The answer is 200.

    Signed: `X-Kyc-Timestamp` is the time in unix seconds, `X-Kyc-Signature` the hex HMAC-SHA256 of timestamp, a point
    and the body. 422 where staff reviews and there is no provider.
    """
    headers = dict(call.scope["headers"])
    callback = Callback(
        body=call.raw_body,
        timestamp=headers.get(_TIMESTAMP, b"").decode("latin-1"),
        signature=headers.get(_SIGNATURE, b"").decode("latin-1"),
    )
    refusal = await take_verdict(call.identity, callback)
    if refusal is not None:
        raise refused(refusal)
    return Reply(200)


ENDPOINTS: Final = (post_kyc,)
