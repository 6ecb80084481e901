"""The bodies of the address book's requests, from the wire to what the use cases take.

Invariant: all findings about the form are told at once. Limit: whether an address is one is custody's to say.
"""

from typing import Any, Final

import msgspec

from pyxiu.api.account.proving import ProvedBody
from pyxiu.api.body import JSON_ERRORS, text_of
from pyxiu.api.errors import ApiError, WireError, refuse
from pyxiu.api.ids import row_id
from pyxiu.custody.beneficiaries.create_beneficiary import BeneficiaryRequest

PREFIX: Final = "account.beneficiary"
NAME_LENGTH_MAX: Final = 64
DESCRIPTION_LENGTH_MAX: Final = 255
KEY_LENGTH_MAX: Final = 64
_PIN_DIGITS: Final = 6
_NON_INTEGER_ID: Final = WireError(422, f"{PREFIX}.non_integer_id")

BODY_PROPERTIES: Final[dict[str, Any]] = {
    "currency": {"type": "string", "description": "The code."},
    "blockchain_key": {"type": "string", "description": "The network, where the coin moves on several."},
    "name": {"type": "string", "maxLength": NAME_LENGTH_MAX, "description": "What you call it."},
    "description": {"type": "string", "maxLength": DESCRIPTION_LENGTH_MAX},
    "data": {
        "type": ["object", "string"],
        "description": (
            "As an object or as JSON in a text. Of a coin: `address`. Of fiat: `full_name`, and whatever the bank "
            "needs, such as `account_number` and `bank_swift_code`."
        ),
    },
}
BODY_CODES: Final = tuple(
    f"{PREFIX}.{reason}"
    for reason in (
        "missing_currency",
        "missing_name",
        "empty_name",
        "too_long_name",
        "too_long_description",
        "missing_data",
        "non_json_data",
    )
)


class BeneficiaryBody(msgspec.Struct):
    currency: Any = None
    blockchain_key: Any = None
    name: Any = None
    description: Any = None
    data: Any = None


class PinBody(ProvedBody):
    pin: Any = None


def request_of(body: BeneficiaryBody) -> BeneficiaryRequest:
    """Raises ApiError 422 with every finding."""
    codes: list[str] = []
    currency, network = _word(body.currency), _word(body.blockchain_key)
    if not currency:
        codes.append(f"{PREFIX}.missing_currency")
    name = _line(body.name)
    if body.name is None:
        codes.append(f"{PREFIX}.missing_name")
    elif not name:
        codes.append(f"{PREFIX}.empty_name")
    elif len(name) > NAME_LENGTH_MAX:
        codes.append(f"{PREFIX}.too_long_name")
    description = _line(body.description) or None
    if description is not None and len(description) > DESCRIPTION_LENGTH_MAX:
        codes.append(f"{PREFIX}.too_long_description")
    data = _object(body.data)
    if body.data is None:
        codes.append(f"{PREFIX}.missing_data")
    elif data is None:
        codes.append(f"{PREFIX}.non_json_data")
    if codes:
        raise ApiError(422, tuple(codes))
    return BeneficiaryRequest(
        currency=currency, network=network or None, name=name, description=description, data=data or {}
    )


def id_of(text: str) -> int:
    """An id of a path. Raises ApiError 422."""
    number = row_id(text)
    if number is None:
        raise refuse(_NON_INTEGER_ID)
    return number


def pin_of(body: PinBody) -> str:
    """The six digits; a number has lost its leading zeros. Raises ApiError 422."""
    if body.pin is None:
        raise ApiError(422, (f"{PREFIX}.missing_pin",))
    digits = "".join((text_of(body.pin) or "").split())
    if not (digits.isascii() and digits.isdecimal()):
        raise ApiError(422, (f"{PREFIX}.non_integer_pin",))
    return digits.zfill(_PIN_DIGITS)


def _word(value: Any) -> str:
    text = (text_of(value) or "").strip().lower()
    return text if len(text) <= KEY_LENGTH_MAX and text.isprintable() else ""


def _line(value: Any) -> str:
    """One line of what can be shown."""
    text = text_of(value) or ""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _object(value: Any) -> dict[str, Any] | None:
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except JSON_ERRORS:
            return None
    return value if isinstance(value, dict) else None
