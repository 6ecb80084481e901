"""What a member sends as a beneficiary's data, made into what is kept; and how it is shown.

Invariant: texts are printable, bounded and without what could be taken for markup or a second address. Limit: whether
an address exists on its chain is asked of the address book; a bank account is believed.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pyxiu.custody.beneficiaries.model import Refusal, Refused

FIELDS_MAX: Final = 16
TEXT_LENGTH_MAX: Final = 255
ADDRESS: Final = "address"
FULL_NAME: Final = "full_name"
ACCOUNT_NUMBER: Final = "account_number"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9:]{1,255}")
_SHOWN_FIRST: Final = 2
_SHOWN_LAST: Final = 4


def read_coin_data(data: Mapping[str, Any]) -> str | Refused:
    """The address, without the blanks that people copy along."""
    found = data.get(ADDRESS)
    address = "".join(found.split()) if isinstance(found, str) else ""
    if not address:
        return Refused(Refusal.MISSING_ADDRESS)
    if not _ADDRESS.fullmatch(address):
        return Refused(Refusal.INVALID_ADDRESS, "an address has letters and digits only")
    return address


def read_fiat_data(data: Mapping[str, Any]) -> dict[str, str] | Refused:
    """Texts by names; `full_name` is one of them."""
    if len(data) > FIELDS_MAX:
        return Refused(Refusal.INVALID_DATA, f"expected at most {FIELDS_MAX} fields")
    texts: dict[str, str] = {}
    for name, value in data.items():
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str) or not _NAME.fullmatch(name):
            return Refused(Refusal.INVALID_DATA, "expected texts by names in lower case")
        text = " ".join(text.split())
        if len(text) > TEXT_LENGTH_MAX or not text.isprintable():
            return Refused(Refusal.INVALID_DATA, f"{name}: expected at most {TEXT_LENGTH_MAX} printable characters")
        if text:
            texts[name] = text
    if FULL_NAME not in texts:
        return Refused(Refusal.MISSING_FULL_NAME)
    return texts


def fiat_key(texts: Mapping[str, str]) -> str:
    """The same for the same data, however it was ordered."""
    return msgspec.json.encode(dict(texts), order="sorted").decode()


def shown(data: Mapping[str, str]) -> dict[str, str]:
    """What its owner is shown: of an account number only both ends."""
    number = data.get(ACCOUNT_NUMBER)
    return {**data, ACCOUNT_NUMBER: masked(number)} if number else dict(data)


def masked(number: str) -> str:
    hidden = len(number) - _SHOWN_FIRST - _SHOWN_LAST
    if hidden <= 0:
        return "*" * len(number)
    return number[:_SHOWN_FIRST] + "*" * hidden + number[-_SHOWN_LAST:]
