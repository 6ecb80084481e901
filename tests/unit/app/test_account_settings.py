"""Settings of accounts and sessions from the environment, and what is said of weak ones."""

import pytest

from pyxiu.app.account_settings import AccountSettingsError, Auth0, read_accounts, weaker_than_default
from pyxiu.app.identity_services import identity_settings
from pyxiu.app.settings import load_settings
from pyxiu.app.settings_error import SettingsError
from pyxiu.identity.rates import AccountRates, Rate
from pyxiu.identity.settings import IdentitySettings


def settings_of(**environment: str) -> IdentitySettings:
    return identity_settings(load_settings(environment={f"PYXIU_{name}": text for name, text in environment.items()}))


def test_without_variables_the_defaults_hold_and_none_is_weak() -> None:
    plain = settings_of()
    assert (plain.session_idle_s, plain.session_ipv4_bits, plain.cookie_name) == (1800, 16, "_barong_session")
    assert plain.rates == AccountRates()
    assert weaker_than_default(plain) == []


def test_every_variable_changes_its_setting() -> None:
    chosen = settings_of(
        SESSION_IDLE_S="600",
        SESSIONS_MAX="3",
        PASSWORD_MIN_ENTROPY="40",
        ARGON2_MEMORY_KIB="131072",
        LIMIT_LOGIN_PAIR="5/60",
        ACTIVATION="email:verified,phone:verified",
        UID_PREFIX="XY",
    )
    assert (chosen.session_idle_s, chosen.sessions_max, chosen.password_min_entropy) == (600, 3, 40)
    assert (chosen.hashing.memory_kib, chosen.hashing.time_cost) == (131072, 3)
    assert chosen.rates.login_pair == Rate(5, 60)
    assert chosen.activation == (("email", "verified"), ("phone", "verified"))
    assert chosen.uid_prefix == "XY"


def test_people_log_in_by_auth0_where_tenant_and_client_are_set() -> None:
    assert read_accounts({}).auth0 is None
    given = {"PYXIU_AUTH0_DOMAIN": "Tenant.eu.auth0.com", "PYXIU_AUTH0_CLIENT_ID": "aBc123"}
    assert read_accounts(given).auth0 == Auth0("tenant.eu.auth0.com", "aBc123")


def test_cookies_are_secure_wherever_the_public_address_is() -> None:
    assert not settings_of().cookie_secure
    assert settings_of(PUBLIC_URL="https://exchange.test").cookie_secure
    assert settings_of(COOKIE_SECURE="1").cookie_secure


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("SESSION_IDLE_S", "1", "PYXIU_SESSION_IDLE_S: expected a number from 120 to 2592000, found '1'"),
        ("SESSION_USER_AGENT", "yes", "PYXIU_SESSION_USER_AGENT: expected 0 or 1, found 'yes'"),
        ("SESSION_COOKIE", "a=b; Secure", "PYXIU_SESSION_COOKIE: expected"),
        ("PASSWORD_MIN_LENGTH", "4", "PYXIU_PASSWORD_MIN_LENGTH: expected a number from 8 to 64, found '4'"),
        ("ACTIVATION", "email", "PYXIU_ACTIVATION: expected KEY:VALUE"),
        ("AUTH0_DOMAIN", "https://tenant.example.com", "PYXIU_AUTH0_DOMAIN: expected a host name"),
        ("AUTH0_DOMAIN", "tenant.example.com/x", "PYXIU_AUTH0_DOMAIN: expected a host name"),
        ("AUTH0_DOMAIN", "localhost", "PYXIU_AUTH0_DOMAIN: expected a host name"),
        ("AUTH0_DOMAIN", "tenant.example.com", "PYXIU_AUTH0_CLIENT_ID: needed for Auth0"),
        ("AUTH0_CLIENT_ID", "abc", "PYXIU_AUTH0_DOMAIN: needed for Auth0"),
        ("LIMIT_LOGIN_PAIR", "0/60", "PYXIU_LIMIT_LOGIN_PAIR: expected TRIES/SECONDS"),
        ("LIMIT_LOGINS", "1/60", "PYXIU_LIMIT_LOGINS: there is no such limit; there are PYXIU_LIMIT_LOGIN_ADDRESS"),
    ],
)
def test_a_value_that_is_none_stops_the_start(name: str, text: str, expected: str) -> None:
    with pytest.raises(SettingsError, match="^" + expected.replace("(", r"\(")):
        settings_of(**{name: text})
    with pytest.raises(AccountSettingsError):
        read_accounts({f"PYXIU_{name}": text})


def test_weak_settings_are_named() -> None:
    weak = settings_of(
        SESSION_USER_AGENT="0",
        SESSION_IPV6_BITS="0",
        SESSION_IDLE_S="7200",
        PASSWORD_MIN_ENTROPY="10",
        ARGON2_TIME_COST="1",
        WITHDRAW_COOL_OFF_S="0",
    )
    assert len(weaker_than_default(weak)) == 6
