"""Who is trusted and how much is allowed, from the environment.

Invariant: the defaults trust nobody: no proxy, no other origin, no key without a second factor. Limit: roles and
restrictions are rows, changed while it runs.
"""

import ipaddress
from collections.abc import Mapping
from typing import Final

import msgspec

from pyxiu.api.audience import Audience
from pyxiu.app.setting_values import read_value, whole
from pyxiu.app.settings_error import SettingsError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
TOKEN_ALGORITHMS: Final = ("RS256", "EdDSA")
LEVEL_MAX: Final = 100


class AccessSettingsError(SettingsError):
    """A setting has a value that cannot be used."""


class RateChoice(msgspec.Struct, frozen=True):
    per_s: float
    burst: int


class LevelChoice(msgspec.Struct, frozen=True):
    """What verification level deposits, trading and withdrawals need."""

    deposit: int = 1
    trading: int = 2
    withdraw: int = 3


class AccessChoice(msgspec.Struct, frozen=True):
    #: Whose X-Forwarded-For and X-Forwarded-Proto are believed.
    trusted_proxies: tuple[Network, ...] = ()
    cors_origins: tuple[str, ...] = ()
    #: None: the API's own, which are generous.
    rate_address: RateChoice | None = None
    rate_member: RateChoice | None = None
    token_algorithm: str = "RS256"  # noqa: S105 - the name of an algorithm
    keys_need_second_factor: bool = True
    #: None: the host of the public URL.
    passkey_domain: str | None = None
    #: For whom the api answers; staff may have the `admin` module.
    audience: Audience = Audience.EVERYONE
    levels: LevelChoice = LevelChoice()


def read_access(given: Mapping[str, str]) -> AccessChoice:
    """Raises AccessSettingsError, with the variable's name."""
    return AccessChoice(
        trusted_proxies=_networks(given.get("PYXIU_TRUSTED_PROXIES", "")),
        cors_origins=_origins(given.get("PYXIU_CORS_ORIGINS", "")),
        rate_address=_rate("PYXIU_REQUESTS_PER_ADDRESS", given),
        rate_member=_rate("PYXIU_REQUESTS_PER_MEMBER", given),
        token_algorithm=_algorithm(given.get("PYXIU_TOKEN_ALGORITHM", "RS256")),
        keys_need_second_factor=given.get("PYXIU_KEYS_WITHOUT_SECOND_FACTOR") != "1",
        passkey_domain=given.get("PYXIU_PASSKEY_DOMAIN"),
        audience=_audience(given.get("PYXIU_API_AUDIENCE", Audience.EVERYONE.value)),
        levels=LevelChoice(
            deposit=_level("PYXIU_LEVEL_DEPOSIT", given, LevelChoice().deposit),
            trading=_level("PYXIU_LEVEL_TRADING", given, LevelChoice().trading),
            withdraw=_level("PYXIU_LEVEL_WITHDRAW", given, LevelChoice().withdraw),
        ),
    )


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise AccessSettingsError(f"PYXIU_TRUSTED_PROXIES: expected addresses or CIDRs: {error}") from None


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(part.strip().rstrip("/") for part in text.split(",") if part.strip())
    for origin in origins:
        scheme, _, host = origin.partition("://")
        if scheme not in {"http", "https"} or not host or "/" in host or "*" in host:
            raise AccessSettingsError(
                f"PYXIU_CORS_ORIGINS: expected origins as https://trade.example, found {origin!r}"
            )
    return origins


def _rate(name: str, given: Mapping[str, str]) -> RateChoice | None:
    text = given.get(name)
    if text is None:
        return None
    per_s, _, burst = text.partition(":")
    try:
        rate = RateChoice(float(per_s), int(burst or per_s))
    except ValueError:
        rate = RateChoice(0, 0)
    if not 0 < rate.per_s < float("inf") or rate.burst < 1:
        raise AccessSettingsError(f"{name}: expected requests per second and burst, as 100:500, found {text!r}")
    return rate


def _algorithm(text: str) -> str:
    if text not in TOKEN_ALGORITHMS:
        raise AccessSettingsError(f"PYXIU_TOKEN_ALGORITHM: expected {' or '.join(TOKEN_ALGORITHMS)}, found {text!r}")
    return text


def _audience(text: str) -> Audience:
    if text not in {Audience.EVERYONE, Audience.PUBLIC}:
        raise AccessSettingsError(f"PYXIU_API_AUDIENCE: expected everyone or public, found {text!r}")
    return Audience(text)


def _level(name: str, given: Mapping[str, str], default: int) -> int:
    text = given.get(name, str(default))
    return int(read_value(name, whole(0, LEVEL_MAX, noun="a level"), text, AccessSettingsError))
