"""The verification level that deposits and withdrawals need.

Invariant: asked before anything else of a request, so that a refusal tells nothing of what is there. Limit: the level
is the one that the caller's credential was looked up with.
"""

from typing import Any, Final

from pyxiu.api.endpoint import Call
from pyxiu.api.errors import WireError, refuse

DEPOSIT_NOT_PERMITTED: Final = WireError(403, "account.deposit.not_permitted")
WITHDRAW_NOT_PERMITTED: Final = WireError(403, "account.withdraw.not_permitted")


def require_deposit_level(call: Call[Any]) -> None:
    if call.known_member.level < call.edge.catalog.member_levels().deposit:
        raise refuse(DEPOSIT_NOT_PERMITTED)


def require_withdraw_level(call: Call[Any]) -> None:
    if call.known_member.level < call.edge.catalog.member_levels().withdraw:
        raise refuse(WITHDRAW_NOT_PERMITTED)
