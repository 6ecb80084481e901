"""How payouts are made, unless an operator says otherwise.

Invariant: what bounds a cost is a maximum, never a target. Limit: the signer has bounds of its own, which it trusts
more than these.
"""

import msgspec


class PayoutSettings(msgspec.Struct, frozen=True):
    """One value for each process, at its start."""

    #: Payees of one transaction, on chains where one can pay several.
    batch_max: int = 200
    #: Satoshi for a vbyte; when the chain asks for more, payouts wait and say so.
    fee_rate_max: int = 500
    #: Gwei for a unit of gas, the priority fee included.
    gas_price_max: int = 500
    #: A payout that no block has taken for so long is offered more, up to the bounds above.
    bump_after_s: int = 1_800
    #: What was signed has waited for so long, and a nonce below its own is used by nobody: the account uses it up.
    gap_after_s: int = 600
    #: The same bytes are sent again so often until a block has them.
    resend_s: int = 60
    #: A coin is spent at this depth or deeper.
    spend_depth: int = 1
    #: Nothing is paid on a network whose scan is further behind its node than this.
    scan_lag_max: int = 3
    #: A payout that cannot be reserved is tried again after this time.
    retry_s: int = 30
    #: Confirmed payouts are looked at again for so many blocks: a chain that undoes them is an alarm.
    watch_blocks: int = 200
