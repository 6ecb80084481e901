"""Who is trusted, from the environment: nobody unless somebody is named, and nothing half right."""

import ipaddress

import pytest

from pyxiu.app.access_settings import AccessChoice, AccessSettingsError, RateChoice, read_access


def test_nobody_is_trusted_by_default() -> None:
    assert read_access({}) == AccessChoice()
    assert AccessChoice().trusted_proxies == AccessChoice().cors_origins == ()
    assert AccessChoice().keys_need_second_factor


def test_what_is_named_is_read() -> None:
    choice = read_access(
        {
            "PYXIU_TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::1",
            "PYXIU_CORS_ORIGINS": "https://trade.example/",
            "PYXIU_REQUESTS_PER_ADDRESS": "0.5:7",
            "PYXIU_REQUESTS_PER_MEMBER": "9",
            "PYXIU_TOKEN_ALGORITHM": "EdDSA",
            "PYXIU_KEYS_WITHOUT_SECOND_FACTOR": "1",
            "PYXIU_LEVEL_TRADING": "3",
        }
    )
    assert choice.trusted_proxies == (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::1/128"))
    assert choice.cors_origins == ("https://trade.example",)
    assert (choice.rate_address, choice.rate_member) == (RateChoice(0.5, 7), RateChoice(9, 9))
    assert (choice.token_algorithm, choice.keys_need_second_factor, choice.levels.trading) == ("EdDSA", False, 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PYXIU_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("PYXIU_TRUSTED_PROXIES", "everybody"),
        ("PYXIU_CORS_ORIGINS", "*"),
        ("PYXIU_CORS_ORIGINS", "https://*.example"),
        ("PYXIU_CORS_ORIGINS", "trade.example"),
        ("PYXIU_CORS_ORIGINS", "https://trade.example/path"),
        ("PYXIU_REQUESTS_PER_ADDRESS", "0"),
        ("PYXIU_REQUESTS_PER_ADDRESS", "many"),
        ("PYXIU_REQUESTS_PER_MEMBER", "5:0"),
        ("PYXIU_REQUESTS_PER_MEMBER", "inf"),
        ("PYXIU_REQUESTS_PER_MEMBER", "nan:5"),
        ("PYXIU_TOKEN_ALGORITHM", "none"),
        ("PYXIU_LEVEL_TRADING", "-1"),
        ("PYXIU_LEVEL_DEPOSIT", "high"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(AccessSettingsError, match=name):
        read_access({name: value})
