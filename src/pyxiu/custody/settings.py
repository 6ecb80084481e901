"""Custody's settings, each with the default that is safe.

Invariant: whatever loosens a bound is named where it is read. Limit: limits of assets and networks are the catalog's.
"""

import msgspec

from pyxiu.custody.withdrawals.settings import WithdrawalSettings


class CustodySettings(msgspec.Struct, frozen=True):
    """One value for each process, at its start."""

    #: How long a credited deposit may be in no block before it is taken back; its member cannot withdraw meanwhile.
    orphan_grace_s: float = 600.0

    withdrawals: WithdrawalSettings = WithdrawalSettings()
