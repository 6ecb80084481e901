"""How accounts and sessions behave on this instance, from PYXIU_* variables.

Invariant: a value that is no value of its setting stops the start; one that is weaker than the default is named in the
log. Limit: what is not named here keeps its default.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from pyxiu.app.setting_values import Variables, flag, read_variables, whole
from pyxiu.app.settings_error import SettingsError
from pyxiu.identity.accounts.hashing import HashingSettings
from pyxiu.identity.labels.model import label_word
from pyxiu.identity.rates import AccountRates, Rate
from pyxiu.identity.settings import IdentitySettings

_DAY_S: Final = 24 * 3600
_RATE: Final = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")
_HOST: Final = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?")
_HOST_LENGTH_MAX: Final = 253
_RATE_PREFIX: Final = "PYXIU_LIMIT_"


class AccountSettingsError(SettingsError):
    """A setting about accounts or sessions has a value that cannot be used."""


class Auth0(msgspec.Struct, frozen=True):
    """The outside provider that people may log in by: a tenant's host, and what we are called there."""

    domain: str
    client_id: str


class AccountChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator chose, as fields of IdentitySettings."""

    fields: dict[str, Any] = {}
    #: None: nobody logs in by anybody else.
    auth0: Auth0 | None = None

    def applied_to(self, settings: IdentitySettings) -> IdentitySettings:
        """Cookies are Secure wherever the public address is; unless that was said otherwise."""
        secure = {"cookie_secure": settings.public_url.startswith("https://")}
        return msgspec.structs.replace(settings, **{**secure, **self.fields})


def _word(pattern: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"expected {pattern}")
        return text

    return read


def _host(text: str) -> str:
    if len(text) > _HOST_LENGTH_MAX or not _HOST.fullmatch(text.lower()):
        raise ValueError("expected a host name without https://, as example.eu.auth0.com")
    return text.lower()


def _labels(text: str) -> tuple[tuple[str, str], ...]:
    pairs = tuple(tuple(part.partition(":")[::2]) for part in text.split(","))
    if not all(label_word(word) == word for pair in pairs for word in pair):
        raise ValueError("expected KEY:VALUE,… of labels, as email:verified")
    return tuple((key, value) for key, value in pairs)


_VARIABLES: Final[Variables] = {
    "PYXIU_UID_PREFIX": ("uid_prefix", _word("[A-Z]{2,6}")),
    "PYXIU_SESSION_IDLE_S": ("session_idle_s", whole(120, 30 * _DAY_S)),
    "PYXIU_SESSION_ABSOLUTE_S": ("session_absolute_s", whole(120, 365 * _DAY_S)),
    "PYXIU_SESSIONS_MAX": ("sessions_max", whole(1, 1000)),
    "PYXIU_SESSION_USER_AGENT": ("session_user_agent", flag),
    "PYXIU_SESSION_IPV4_BITS": ("session_ipv4_bits", whole(0, 32)),
    "PYXIU_SESSION_IPV6_BITS": ("session_ipv6_bits", whole(0, 128)),
    "PYXIU_SESSION_COOKIE": ("cookie_name", _word("[A-Za-z0-9_-]{1,64}")),
    "PYXIU_COOKIE_SECURE": ("cookie_secure", flag),
    "PYXIU_PASSWORD_MIN_LENGTH": ("password_min_length", whole(8, 64)),
    "PYXIU_PASSWORD_MIN_ENTROPY": ("password_min_entropy", whole(0, 128)),
    "PYXIU_SIGNUP_TELLS_TAKEN": ("signup_tells_taken", flag),
    "PYXIU_ACTIVATION": ("activation", _labels),
    "PYXIU_WITHDRAW_COOL_OFF_S": ("withdraw_cool_off_s", whole(0, 30 * _DAY_S)),
    "PYXIU_API_KEYS_MAX": ("api_keys_max", whole(1, 1000)),
    "PYXIU_STAFF_SECOND_FACTOR": ("staff_second_factor", flag),
    "PYXIU_STAFF_REASON": ("staff_reason", flag),
}
_HASHING: Final[Variables] = {
    "PYXIU_ARGON2_TIME_COST": ("time_cost", whole(1, 100)),
    "PYXIU_ARGON2_MEMORY_KIB": ("memory_kib", whole(8, 4 * 1024 * 1024)),
    "PYXIU_ARGON2_WORKERS": ("workers", whole(1, 64)),
}

_AUTH0: Final[Variables] = {
    "PYXIU_AUTH0_DOMAIN": ("domain", _host),
    "PYXIU_AUTH0_CLIENT_ID": ("client_id", _word("[!-~]{1,255}")),
}


def read_accounts(given: Mapping[str, str]) -> AccountChoice:
    """Raises AccountSettingsError."""
    fields = read_variables(given, _VARIABLES, AccountSettingsError)
    hashing = read_variables(given, _HASHING, AccountSettingsError)
    if hashing:
        fields["hashing"] = msgspec.structs.replace(HashingSettings(), **hashing)
    rates = _rates(given)
    if rates:
        fields["rates"] = msgspec.structs.replace(AccountRates(), **rates)
    return AccountChoice(fields=fields, auth0=_auth0(given))


def _auth0(given: Mapping[str, str]) -> Auth0 | None:
    found = read_variables(given, _AUTH0, AccountSettingsError)
    missing = [name for name in _AUTH0 if name not in given]
    if found and missing:
        raise AccountSettingsError(f"{missing[0]}: needed for Auth0 beside the other")
    return Auth0(**found) if found else None


def weaker_than_default(settings: IdentitySettings) -> list[str]:
    """What an operator should know of before anybody else finds it."""
    default = IdentitySettings()
    checks = {
        "sessions are not bound to the browser": not settings.session_user_agent,
        "sessions are not bound to a network": not settings.session_ipv4_bits or not settings.session_ipv6_bits,
        "sessions last longer than by default": settings.session_idle_s > default.session_idle_s
        or settings.session_absolute_s > default.session_absolute_s,
        "passwords may be easier to guess than by default": settings.password_min_entropy
        < default.password_min_entropy,
        "password hashes are cheaper than by default": settings.hashing.time_cost * settings.hashing.memory_kib
        < default.hashing.time_cost * default.hashing.memory_kib,
        "staff acts without a second factor": not settings.staff_second_factor,
        "withdrawals wait less than by default after security was lowered": settings.withdraw_cool_off_s
        < default.withdraw_cool_off_s,
    }
    return [finding for finding, is_so in checks.items() if is_so]


def _rates(given: Mapping[str, str]) -> dict[str, Rate]:
    known = {f"{_RATE_PREFIX}{field.upper()}": field for field in AccountRates.__struct_fields__}
    unknown = [name for name in given if name.startswith(_RATE_PREFIX) and name not in known]
    if unknown:
        raise AccountSettingsError(f"{min(unknown)}: there is no such limit; there are {', '.join(known)}")
    return read_variables(given, {name: (field, _rate) for name, field in known.items()}, AccountSettingsError)


def _rate(text: str) -> Rate:
    match = _RATE.fullmatch(text)
    if match is None or not int(match[1]) or not int(match[2]):
        raise ValueError("expected TRIES/SECONDS, as 60/600")
    return Rate(int(match[1]), int(match[2]))
