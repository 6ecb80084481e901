"""How withdrawals behave on this instance, from PYXIU_* variables.

Invariant: a value that is no value of its setting stops the start; one that is weaker than the default is named in the
log. Limit: limits of currencies and levels are the catalog's.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from pyxiu.app.setting_values import Variables, flag, read_variables, whole
from pyxiu.app.settings_error import SettingsError
from pyxiu.custody.withdrawals.settings import WithdrawalSettings

_DAY_S: Final = 24 * 3600
_AMOUNT: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,8})?")


class WithdrawalSettingsError(SettingsError):
    """A setting about withdrawals has a value that cannot be used."""


def _amount(text: str) -> Decimal:
    if not _AMOUNT.fullmatch(text):
        raise ValueError("expected an amount, as 10000")
    return Decimal(text)


_VARIABLES: Final[Variables] = {
    "PYXIU_WITHDRAW_ENABLED": ("enabled", flag),
    "PYXIU_WITHDRAW_APPROVE_ALL": ("approve_all", flag),
    "PYXIU_WITHDRAW_FOUR_EYES_FROM": ("four_eyes_from", _amount),
    "PYXIU_WITHDRAW_NEW_ADDRESS_WAIT_S": ("new_address_wait_s", whole(0, 30 * _DAY_S, noun="seconds")),
}


def read_withdrawals(given: Mapping[str, str]) -> WithdrawalSettings:
    """Raises WithdrawalSettingsError."""
    return WithdrawalSettings(**read_variables(given, _VARIABLES, WithdrawalSettingsError))


def withdrawals_weaker_than_default(settings: WithdrawalSettings) -> list[str]:
    """What an operator should know of before anybody else finds it."""
    default = WithdrawalSettings()
    checks = {
        "new withdrawal addresses can be used sooner than by default": settings.new_address_wait_s
        < default.new_address_wait_s,
        "one person may approve larger withdrawals than by default": settings.four_eyes_from > default.four_eyes_from,
    }
    return [finding for finding, is_so in checks.items() if is_so]
