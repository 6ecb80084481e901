"""The bodies of withdrawals and transfers, from the wire to what the use cases take.

Invariant: an amount that does not fit the currency's digits is refused, never rounded; all findings about the form are
told at once. Limit: whether it may leave is custody's to say.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from pyxiu.api.account.proving import ProvedBody
from pyxiu.api.body import text_of
from pyxiu.api.endpoint import Call
from pyxiu.api.errors import ApiError
from pyxiu.api.ids import row_id
from pyxiu.api.market.amounts import NotAnAmount, parse_amount
from pyxiu.core.money import MAX_AMOUNT
from pyxiu.core.types import MAX_DECIMALS
from pyxiu.custody.transfers.model import TransferOrder
from pyxiu.custody.withdrawals.check_order import WithdrawalOrder
from pyxiu.kit.decimals import DIGITS_MAX

WITHDRAW: Final = "account.withdraw"
TRANSFER: Final = "account.internal_transfer"
NOTE_LENGTH_MAX: Final = 256
NAME_LENGTH_MAX: Final = 255
CLIENT_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
#: Digits and maximum to judge a number by while its currency is not known.
_ANY: Final = (MAX_DECIMALS, 10 ** (DIGITS_MAX + MAX_DECIMALS))
_NOT_AMOUNTS: Final = {
    NotAnAmount.NON_DECIMAL: "non_decimal_amount",
    NotAnAmount.NON_POSITIVE: "non_positive_amount",
    NotAnAmount.DOES_NOT_FIT: "invalid_amount",
}
AMOUNT_REASONS: Final = ("missing_amount", *_NOT_AMOUNTS.values())


class WithdrawBody(ProvedBody):
    beneficiary_id: Any = None
    currency: Any = None
    amount: Any = None
    note: Any = None
    blockchain_key: Any = None
    client_withdrawal_id: Any = None


class TransferBody(ProvedBody):
    currency: Any = None
    amount: Any = None
    username_or_uid: Any = None
    client_transfer_id: Any = None


async def withdrawal_order(call: Call[Any], fields: Mapping[str, Any], findings: list[str]) -> WithdrawalOrder:
    """`findings` are those that there are already. Raises ApiError 422 with all of them."""
    codes = list(findings)
    beneficiary_id = _beneficiary_id(fields.get("beneficiary_id"), codes)
    currency = _currency(fields, WITHDRAW, codes)
    amount = await _amount(call, currency, fields.get("amount"), WITHDRAW, codes)
    note = (text_of(fields.get("note")) or "").strip() or None
    if note is not None and (len(note) > NOTE_LENGTH_MAX or "\x00" in note or not _is_unicode(note)):
        codes.append(f"{WITHDRAW}.too_long_note" if len(note) > NOTE_LENGTH_MAX else f"{WITHDRAW}.invalid_note")
    client_id = _client_id(fields.get("client_withdrawal_id"), f"{WITHDRAW}.invalid_client_withdrawal_id", codes)
    network = (text_of(fields.get("blockchain_key")) or "").strip().lower() or None
    if codes:
        raise ApiError(422, tuple(dict.fromkeys(codes)))
    return WithdrawalOrder(
        currency=currency,
        network=network,
        beneficiary_id=beneficiary_id,
        sum=amount,
        note=note,
        client_id=client_id,
    )


async def transfer_order(call: Call[Any], fields: Mapping[str, Any], findings: list[str]) -> TransferOrder:
    """The same of a transfer to another member."""
    codes = list(findings)
    currency = _currency(fields, TRANSFER, codes)
    amount = await _amount(call, currency, fields.get("amount"), TRANSFER, codes)
    receiver = (text_of(fields.get("username_or_uid")) or "").strip()
    if not receiver:
        codes.append(f"{TRANSFER}.missing_username_or_uid")
    elif len(receiver) > NAME_LENGTH_MAX or not receiver.isprintable():
        codes.append(f"{TRANSFER}.receiver_not_found")
    client_id = _client_id(fields.get("client_transfer_id"), f"{TRANSFER}.invalid_client_transfer_id", codes)
    if codes:
        raise ApiError(422, tuple(dict.fromkeys(codes)))
    return TransferOrder(receiver=receiver, currency=currency, amount=amount, client_id=client_id)


def _beneficiary_id(value: Any, codes: list[str]) -> int:
    if value is None:
        codes.append(f"{WITHDRAW}.missing_beneficiary_id")
        return 0
    number = row_id(text_of(value))
    if number is None:
        codes.append(f"{WITHDRAW}.non_integer_beneficiary_id")
        return 0
    return number


def _currency(fields: Mapping[str, Any], prefix: str, codes: list[str]) -> str:
    currency = (text_of(fields.get("currency")) or "").strip().lower()
    if not currency:
        codes.append(f"{prefix}.missing_currency")
    return currency


async def _amount(call: Call[Any], currency: str, value: Any, prefix: str, codes: list[str]) -> int:
    if value is None:
        codes.append(f"{prefix}.missing_amount")
        return 0
    known = (await call.edge.catalog.currencies()).get(currency)
    scale, maximum = _ANY if known is None else (known.decimals, MAX_AMOUNT)
    amount = parse_amount(text_of(value) or "", scale, maximum)
    if isinstance(amount, NotAnAmount):
        codes.append(f"{prefix}.{_NOT_AMOUNTS[amount]}")
        return 0
    return amount


def _client_id(value: Any, code: str, codes: list[str]) -> str | None:
    if value is None:
        return None
    text = text_of(value) or ""
    if not CLIENT_ID.fullmatch(text):
        codes.append(code)
        return None
    return text


def _is_unicode(text: str) -> bool:
    """Whether a database can keep it: no half of a surrogate pair."""
    return not any(0xD800 <= ord(character) <= 0xDFFF for character in text)
