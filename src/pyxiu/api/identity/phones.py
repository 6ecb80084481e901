"""GET and POST /resource/phones, POST /resource/phones/send_code and /verify: a member's phone numbers."""

from typing import Annotated, Any, Final

import msgspec

from pyxiu.api.body import text_of
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.errors import ApiError
from pyxiu.api.identity.caller import caller_of, own_user_id
from pyxiu.api.identity.kyc_entities import PhoneEntity, phone_entity
from pyxiu.api.identity.kyc_refusals import PHONE_REFUSALS, REFUSALS, THROTTLED, refused
from pyxiu.api.identity.user_entities import FullUser, full_user
from pyxiu.identity.kyc.add_phone import add_phone
from pyxiu.identity.kyc.model import Refusal
from pyxiu.identity.kyc.phone_store import PhoneStore
from pyxiu.identity.kyc.resend_code import resend_code
from pyxiu.identity.kyc.send_code import CHANNELS
from pyxiu.identity.kyc.verify_phone import verify_phone
from pyxiu.identity.ports import PhoneRefusedError

PREFIX: Final = "resource.phone"
MISSING_NUMBER: Final = f"{PREFIX}.missing_phone_number"
EMPTY_NUMBER: Final = f"{PREFIX}.empty_phone_number"
MISSING_CODE: Final = f"{PREFIX}.missing_verification_code"
EMPTY_CODE: Final = f"{PREFIX}.empty_verification_code"
INVALID_CHANNEL: Final = f"{PREFIX}.invalid_channel"
_NUMBER: Final = {"type": "string", "maxLength": 32, "description": "With country code, the + may be missing."}


class PhoneBody(msgspec.Struct):
    """Optional and untyped: a refused value has its own code."""

    phone_number: Any = None
    channel: Any = None
    verification_code: Any = None


class Message(msgspec.Struct, frozen=True):
    """What was done, in words."""

    message: Annotated[str, msgspec.Meta(examples=["Code was sent successfully"])]


SEND_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["phone_number"],
    "properties": {
        "phone_number": _NUMBER,
        "channel": {"type": "string", "enum": list(CHANNELS), "default": "sms"},
    },
}
VERIFY_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["phone_number", "verification_code"],
    "properties": {"phone_number": _NUMBER, "verification_code": {"type": "string", "description": "Five digits."}},
}
SEND_ERRORS: Final = {
    422: (MISSING_NUMBER, EMPTY_NUMBER, INVALID_CHANNEL, *PHONE_REFUSALS),
    429: (THROTTLED.code,),
}


def _codes(*refusals: Refusal) -> tuple[str, ...]:
    return tuple(REFUSALS[refusal].code for refusal in refusals)


@endpoint("GET", "/resource/phones", group="barong", tag="KYC", private=True, returns=list[PhoneEntity])
async def list_phones(call: Call[NoQuery]) -> Reply:
    """Your phone numbers, verified or not."""
    services, user_id = call.identity, await own_user_id(call)
    async with services.database.connect() as connection:
        phones = await PhoneStore(connection, services.sealer).of_user(user_id)
    return Reply([phone_entity(phone, masked=services.settings.kyc.mask_personal) for phone in phones])


@endpoint(
    "POST",
    "/resource/phones",
    group="barong",
    tag="KYC",
    private=True,
    body=PhoneBody,
    body_schema=SEND_SCHEMA,
    returns=Message,
    errors={
        400: _codes(Refusal.NUMBER_INVALID, Refusal.NUMBER_VERIFIED, Refusal.NUMBER_REPEATED, Refusal.PHONES_TOO_MANY),
        **SEND_ERRORS,
    },
)
async def post_phone(call: Call[NoQuery]) -> Reply:
    """Add a phone number; a code is sent to it."""
    number, channel = _asked(call)
    user = (await caller_of(call)).user
    try:
        refusal = await add_phone(call.identity, user, number, channel=channel)
    except PhoneRefusedError as error:
        raise _not_sent(error) from None
    if refusal is not None:
        raise refused(refusal)
    return Reply(Message("Code was sent successfully"))


@endpoint(
    "POST",
    "/resource/phones/send_code",
    group="barong",
    tag="KYC",
    private=True,
    body=PhoneBody,
    body_schema=SEND_SCHEMA,
    returns=Message,
    errors={
        400: _codes(Refusal.NUMBER_INVALID, Refusal.NUMBER_VERIFIED),
        404: _codes(Refusal.NUMBER_UNKNOWN),
        **SEND_ERRORS,
    },
)
async def post_send_code(call: Call[NoQuery]) -> Reply:
    """Send a new code to a number that is not verified yet; the one before is worth nothing any more."""
    number, channel = _asked(call)
    user = (await caller_of(call)).user
    try:
        refusal = await resend_code(call.identity, user, number, channel=channel)
    except PhoneRefusedError as error:
        raise _not_sent(error) from None
    if refusal is not None:
        raise refused(refusal)
    return Reply(Message("Code was sent successfully"))


@endpoint(
    "POST",
    "/resource/phones/verify",
    group="barong",
    tag="KYC",
    private=True,
    status=201,
    body=PhoneBody,
    body_schema=VERIFY_SCHEMA,
    returns=FullUser,
    errors={
        400: _codes(Refusal.NUMBER_INVALID, Refusal.NUMBER_VERIFIED),
        404: _codes(Refusal.CODE_WRONG, Refusal.NUMBER_UNKNOWN),
        422: (MISSING_NUMBER, EMPTY_NUMBER, MISSING_CODE, EMPTY_CODE),
        429: (THROTTLED.code,),
    },
)
async def post_verify(call: Call[NoQuery]) -> Reply:
    """Verify a number by the code that was sent to it. Five wrong codes, and a new one must be asked for."""
    number, code = _required(call, "phone_number", "verification_code")
    refusal = await verify_phone(call.identity, (await caller_of(call)).user, number, code)
    if refusal is not None:
        raise refused(refusal)
    return Reply(await full_user(call.identity, (await caller_of(call)).user), 201)


def _asked(call: Call[NoQuery]) -> tuple[str, str]:
    (number,) = _required(call, "phone_number")
    channel = (text_of(call.body.channel) or CHANNELS[0]).lower()
    if channel not in CHANNELS:
        raise ApiError(422, (INVALID_CHANNEL,))
    return number, channel


def _required(call: Call[NoQuery], *names: str) -> list[str]:
    texts = {name: text_of(getattr(call.body, name)) for name in names}
    codes = [f"{PREFIX}.missing_{name}" for name, text in texts.items() if text is None]
    codes += [f"{PREFIX}.empty_{name}" for name, text in texts.items() if text is not None and not text.strip()]
    if codes:
        raise ApiError(422, codes)
    return [text for text in texts.values() if text is not None]


def _not_sent(error: PhoneRefusedError) -> ApiError:
    return ApiError(422, (f"{PREFIX}.{error.refusal.value}",))


ENDPOINTS: Final = (list_phones, post_phone, post_send_code, post_verify)
