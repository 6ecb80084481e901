"""Every business "no" of the core, in order of precedence.

Invariant: where two rejections apply to one command, the one listed first here is returned, so that the answer is
specified and testable; a rejected command changes nothing and takes no sequence number. Each value has one line of
documentation below, a wire code and an HTTP status in `api/errors.py`, and a test.
"""

from enum import IntEnum
from typing import Final


class Rejection(IntEnum):
    NONE = 0
    MALFORMED = 1
    FIELD_INVALID = 2
    KEY_INVALID = 3
    KEY_REUSED = 4
    KEYS_EXHAUSTED = 5
    ASSET_UNKNOWN = 10
    ASSET_CONFLICT = 11
    MARKET_UNKNOWN = 12
    MARKET_CONFLICT = 13
    MARKET_PRECISION_INVALID = 14
    FEE_RULE_INVALID = 15
    MEMBER_UNKNOWN = 16
    MEMBER_DISABLED = 17
    MARKET_NOT_ENABLED = 20
    MARKET_POST_ONLY = 21
    MARKET_LIMIT_ONLY = 22
    ORDER_TERMS_INVALID = 23
    PRICE_INVALID = 24
    PRICE_BELOW_MINIMUM = 25
    PRICE_ABOVE_MAXIMUM = 26
    QUANTITY_INVALID = 27
    QUANTITY_BELOW_MINIMUM = 28
    AMOUNT_INVALID = 29
    AMOUNT_OUT_OF_RANGE = 30
    NOTIONAL_BELOW_MINIMUM = 31
    POST_ONLY_WOULD_TAKE = 32
    INSUFFICIENT_LIQUIDITY = 33
    FILL_OR_KILL_UNFILLABLE = 34
    ENTRY_UNBALANCED = 40
    HOLD_UNKNOWN = 41
    HOLD_EXCEEDED = 42
    INSUFFICIENT_BALANCE = 43
    ORDER_UNKNOWN = 44


#: No rejection, under a name that costs no look-up through the class (see `types.BUY`).
NO_REJECTION: Final = Rejection.NONE

#: One sentence each, shown in the API documentation and by `pyxiu explain`.
DESCRIPTIONS: dict[Rejection, str] = {
    Rejection.MALFORMED: "The command could not be decoded or is of an unknown kind.",
    Rejection.FIELD_INVALID: "An identifier or another field has a form that is not allowed.",
    Rejection.KEY_INVALID: "The key is not 1 to 128 characters without controls; a command that moves money needs one.",
    Rejection.KEY_REUSED: "The key was used before with other content.",
    Rejection.KEYS_EXHAUSTED: "Too many client order ids are remembered at the moment; retry later or without one.",
    Rejection.ASSET_UNKNOWN: "The asset does not exist.",
    Rejection.ASSET_CONFLICT: "The asset exists with other decimals; they cannot change.",
    Rejection.MARKET_UNKNOWN: "The market does not exist.",
    Rejection.MARKET_CONFLICT: "The market exists with other assets or precisions, or its assets are equal.",
    Rejection.MARKET_PRECISION_INVALID: "The market's precisions or limits do not fit its assets.",
    Rejection.FEE_RULE_INVALID: "A fee is outside 0 to 50 % or a (group, market) pair stands twice.",
    Rejection.MEMBER_UNKNOWN: "The member does not exist.",
    Rejection.MEMBER_DISABLED: "The member may not trade.",
    Rejection.MARKET_NOT_ENABLED: "The market takes no such command in its present state.",
    Rejection.MARKET_POST_ONLY: "The market takes only post-only orders at the moment.",
    Rejection.MARKET_LIMIT_ONLY: "The market takes only limit orders at the moment.",
    Rejection.ORDER_TERMS_INVALID: "The order's terms contradict each other.",
    Rejection.PRICE_INVALID: "A limit order needs a price of at least one tick.",
    Rejection.PRICE_BELOW_MINIMUM: "The price is below the market's minimum.",
    Rejection.PRICE_ABOVE_MAXIMUM: "The price is above the market's maximum.",
    Rejection.QUANTITY_INVALID: "The quantity must be at least one lot.",
    Rejection.QUANTITY_BELOW_MINIMUM: "The quantity is below the market's minimum.",
    Rejection.AMOUNT_INVALID: "The amount must be positive.",
    Rejection.AMOUNT_OUT_OF_RANGE: "The amount, or the supply it would make, is beyond 2^126 - 1.",
    Rejection.NOTIONAL_BELOW_MINIMUM: "Price times quantity is below the market's minimum.",
    Rejection.POST_ONLY_WOULD_TAKE: "The post-only order would trade at once.",
    Rejection.INSUFFICIENT_LIQUIDITY: "The book cannot fill the market order within its slippage bound.",
    Rejection.FILL_OR_KILL_UNFILLABLE: "The fill-or-kill order cannot be filled whole at once.",
    Rejection.ENTRY_UNBALANCED: "The postings of an entry do not sum to zero per asset.",
    Rejection.HOLD_UNKNOWN: "There is no open hold of that id.",
    Rejection.HOLD_EXCEEDED: "The hold has less remaining than was asked for.",
    Rejection.INSUFFICIENT_BALANCE: "The available balance is too small.",
    Rejection.ORDER_UNKNOWN: "The member has no open order of that id.",
}
