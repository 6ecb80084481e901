"""How often accounts' flows may be tried, by whom.

Invariant: every flow that anybody can call without a session has a limit by address and, where it names an account, by
account. Limit: `address` is an IPv4 address or an IPv6 /64; many people behind one share it.
"""

import msgspec

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 24 * HOUR_S


class Rate(msgspec.Struct, frozen=True):
    """So many tries within a window that begins with the first."""

    limit: int
    window_s: int


class AccountRates(msgspec.Struct, frozen=True, kw_only=True):
    """Log-ins that succeed are not counted against the account."""

    #: Tries to log in from one address to any account.
    login_address: Rate = Rate(60, 10 * MINUTE_S)
    #: Failures for one account from one address.
    login_pair: Rate = Rate(10, 15 * MINUTE_S)
    #: Failures for one account from everywhere; a browser that has been logged in before is not held up by it.
    login_account: Rate = Rate(100, HOUR_S)
    signup_address: Rate = Rate(20, HOUR_S)
    signup_everybody: Rate = Rate(2_000, HOUR_S)
    #: Mails asked for by one address, and mails that one mailbox gets.
    mail_address: Rate = Rate(20, HOUR_S)
    mail_account: Rate = Rate(5, HOUR_S)
    #: Tokens out of mails that one address tries.
    token_address: Rate = Rate(30, 10 * MINUTE_S)
    #: Wrong passwords of a member who is logged in.
    password_member: Rate = Rate(10, 15 * MINUTE_S)
    validate_address: Rate = Rate(120, MINUTE_S)
    bootstrap_address: Rate = Rate(10, HOUR_S)
