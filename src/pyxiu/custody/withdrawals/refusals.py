"""Why a withdrawal or a transfer is not taken; in order of precedence.

Invariant: what is refused has changed nothing but, where one was looked at, the second factor. Limit: the wire's codes
are made where answers are made.
"""

from enum import StrEnum
from typing import NamedTuple


class Refusal(StrEnum):
    DISABLED = "disabled"
    NOT_PERMITTED = "not_permitted"
    CURRENCY = "currency"
    CURRENCY_DISABLED = "currency_disabled"
    BENEFICIARY_UNKNOWN = "beneficiary_unknown"
    BENEFICIARY_NOT_ACTIVE = "beneficiary_not_active"
    #: It is of another currency or network.
    BENEFICIARY_MISMATCH = "beneficiary_mismatch"
    BENEFICIARY_WAITS = "beneficiary_waits"
    RECEIVER_UNKNOWN = "receiver_unknown"
    RECEIVER_IS_SENDER = "receiver_is_sender"
    #: More digits than the currency has here, or nothing left after the fee.
    AMOUNT = "amount"
    BELOW_MINIMUM = "below_minimum"
    CLIENT_ID_REUSED = "client_id_reused"
    #: Withdrawals wait after a change that lowered the account's security.
    COOL_OFF = "cool_off"
    FROZEN = "frozen"
    OVER_LIMIT = "over_limit"
    #: A deposit is not deep enough in its chain to leave again.
    UNRIPE = "unripe"
    INSUFFICIENT_BALANCE = "insufficient_balance"


class Refused(NamedTuple):
    """`retry_after_s` counts where it is a matter of time."""

    refusal: Refusal
    retry_after_s: int = 0
