"""The knobs of beneficiaries and withdrawals. Each default is the safe one."""

from decimal import Decimal

import msgspec

_DAY_S = 24 * 3600


class WithdrawalSettings(msgspec.Struct, frozen=True, kw_only=True):
    #: Members may withdraw by the API at all; staff's decisions and payouts under way go on without.
    enabled: bool = True
    #: The verification level that withdrawals and transfers to others ask of a member.
    level: int = 3
    #: Staff looks at every withdrawal.
    approve_all: bool = False
    #: From this value on (in the platform currency) two people of staff must approve.
    four_eyes_from: Decimal = Decimal(10_000)
    #: How long a confirmed address waits before it can be used.
    new_address_wait_s: int = _DAY_S
    #: The same for members who turned their allow-list on, whatever the setting above says.
    allow_list_wait_s: int = _DAY_S
    #: Entries of an address book that are not archived.
    beneficiaries_max: int = 200
    #: A PIN is good for so long and for so many wrong tries; another one can be had after `pin_resend_s`.
    pin_lifetime_s: int = 3600
    pin_tries: int = 5
    pin_resend_s: int = 60
    #: PINs that are mailed for one entry, and entries of one member that PINs are mailed for in a day.
    pins_max: int = 10
    pins_a_day: int = 50
