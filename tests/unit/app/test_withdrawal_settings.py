"""PYXIU_WITHDRAW_*: what they mean, and that nothing else is taken for it."""

from decimal import Decimal

import pytest

from pyxiu.app.withdrawal_settings import WithdrawalSettingsError, read_withdrawals, withdrawals_weaker_than_default
from pyxiu.custody.withdrawals.settings import WithdrawalSettings


def test_what_is_not_set_keeps_its_safe_default() -> None:
    assert read_withdrawals({}) == WithdrawalSettings()
    assert withdrawals_weaker_than_default(read_withdrawals({})) == []


def test_each_setting_is_read() -> None:
    given = {
        "PYXIU_WITHDRAW_ENABLED": "0",
        "PYXIU_WITHDRAW_APPROVE_ALL": "1",
        "PYXIU_WITHDRAW_FOUR_EYES_FROM": "500.5",
        "PYXIU_WITHDRAW_NEW_ADDRESS_WAIT_S": "0",
    }
    read = read_withdrawals(given)
    assert (read.enabled, read.approve_all, read.four_eyes_from) == (False, True, Decimal("500.5"))
    assert withdrawals_weaker_than_default(read) == ["new withdrawal addresses can be used sooner than by default"]


def test_a_looser_threshold_is_named() -> None:
    read = read_withdrawals({"PYXIU_WITHDRAW_FOUR_EYES_FROM": "10000.01"})
    assert withdrawals_weaker_than_default(read) == ["one person may approve larger withdrawals than by default"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PYXIU_WITHDRAW_ENABLED", "yes"),
        ("PYXIU_WITHDRAW_APPROVE_ALL", "2"),
        ("PYXIU_WITHDRAW_FOUR_EYES_FROM", "-1"),
        ("PYXIU_WITHDRAW_FOUR_EYES_FROM", "NaN"),
        ("PYXIU_WITHDRAW_FOUR_EYES_FROM", "1e9"),
        ("PYXIU_WITHDRAW_NEW_ADDRESS_WAIT_S", "-1"),
        ("PYXIU_WITHDRAW_NEW_ADDRESS_WAIT_S", "2592001"),
    ],
)
def test_a_value_that_is_none_stops_the_start_and_is_named(name: str, value: str) -> None:
    with pytest.raises(WithdrawalSettingsError, match=name):
        read_withdrawals({name: value})
