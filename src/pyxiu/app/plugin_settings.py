"""Which plugins are enabled and what is chosen of them by name, from PYXIU_* variables.

Invariant: a value of a plugin's setting never shows itself, because only its author knows which are secrets. Limit:
whether a name is offered is checked where the plugins are loaded, which not every process does.
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from pyxiu.app.setting_names import PLUGIN_PREFIX
from pyxiu.app.settings_error import SettingsError

CALLBACK_KEY_MIN: Final = 16
_NAME: Final = re.compile(r"[a-z][a-z0-9._-]{0,62}")


class PluginSettingsError(SettingsError):
    """A setting about plugins has a value that cannot be used."""


class PluginChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator chose. None: what is built in, as the other settings say."""

    enabled: tuple[str, ...] = ()
    values: dict[str, str] = {}
    #: Where the keys of wallets lie.
    key_store: str = "local"
    phones: str | None = None
    mail: str | None = None
    #: Beside those that have settings of their own.
    sinks: tuple[str, ...] = ()
    errors: str | None = None
    market_data: str | None = None
    market_data_url: str | None = None
    kyc: str | None = None
    kyc_callback_key: bytes = b""
    sentry_dsn: str | None = None
    sentry_environment: str = "production"

    def __repr__(self) -> str:
        return f"PluginChoice({', '.join(self.enabled)})"


def read_plugins(given: Mapping[str, str]) -> PluginChoice:
    """Raises PluginSettingsError."""
    errors, dsn = _name(given, "PYXIU_ERRORS"), given.get("PYXIU_SENTRY_DSN")
    if (errors == "sentry") != (dsn is not None):
        raise PluginSettingsError("PYXIU_ERRORS=sentry and PYXIU_SENTRY_DSN: expected both or neither")
    kyc, key = _name(given, "PYXIU_KYC_PROVIDER"), given.get("PYXIU_KYC_CALLBACK_KEY", "")
    if kyc is not None and len(key) < CALLBACK_KEY_MIN:
        raise PluginSettingsError(
            f"PYXIU_KYC_CALLBACK_KEY: expected at least {CALLBACK_KEY_MIN} characters beside PYXIU_KYC_PROVIDER"
        )
    return PluginChoice(
        enabled=_names(given, "PYXIU_PLUGINS"),
        values={name: value for name, value in given.items() if name.startswith(PLUGIN_PREFIX)},
        key_store=_name(given, "PYXIU_KEY_STORE") or "local",
        phones=_name(given, "PYXIU_PHONES"),
        mail=_name(given, "PYXIU_MAIL_TRANSPORT"),
        sinks=_names(given, "PYXIU_SINKS"),
        errors=errors,
        market_data=_name(given, "PYXIU_MARKET_DATA"),
        market_data_url=given.get("PYXIU_MARKET_DATA_URL"),
        kyc=kyc,
        kyc_callback_key=key.encode(),
        sentry_dsn=dsn,
        sentry_environment=given.get("PYXIU_SENTRY_ENVIRONMENT", "production"),
    )


def _names(given: Mapping[str, str], variable: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in given.get(variable, "").split(",") if part.strip())
    for name in names:
        if not _NAME.fullmatch(name) or names.count(name) > 1:
            raise PluginSettingsError(f"{variable}: expected different names, with a comma between, found {name!r}")
    return names


def _name(given: Mapping[str, str], variable: str) -> str | None:
    name = given.get(variable)
    if name is not None and not _NAME.fullmatch(name):
        raise PluginSettingsError(f"{variable}: expected a name of a-z, 0-9, . and -, found {name!r}")
    return name
