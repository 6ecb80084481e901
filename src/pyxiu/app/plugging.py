"""The plugins of this process: the built-in adapters and those that are enabled, checked against the settings.

Invariant: a process that runs the engine alone never gets here (`Context.plugins` refuses). Limit: loaded once; an
operator who installs or enables one restarts the process.
"""

from importlib.metadata import version
from typing import Any

from pyxiu.app.builtin_plugin import Inside, builtin_plugin
from pyxiu.app.settings import Settings
from pyxiu.app.settings_error import SettingsError
from pyxiu.custody.ports import ChainReader, KeyStore
from pyxiu.plugins.registry import Host, PluginError, Registry
from pyxiu.plugins.spec import (
    CAPTCHAS,
    CHAINS,
    ERRORS,
    KEY_STORES,
    KYC,
    MAIL,
    MARKET_DATA,
    OBJECTS,
    PHONES,
    SINKS,
    Kind,
)


def load_plugins(settings: Settings) -> Registry:
    """Raises SettingsError, with the setting to change."""
    try:
        return _loaded(settings)
    except PluginError as error:
        raise SettingsError(str(error)) from error


def _loaded(settings: Settings) -> Registry:
    choice = settings.plugins
    registry = Registry(
        builtin_plugin(),
        choice.enabled,
        Host(
            home=settings.home,
            exchange_name=settings.mail.exchange_name,
            public_url=settings.mail.public_url or settings.url,
            version=version("pyxiu"),
            values=choice.values,
        ),
    )
    chosen: tuple[tuple[Kind[Any], str | None], ...] = (
        (CAPTCHAS, settings.kyc.captcha),
        (OBJECTS, settings.kyc.objects_scheme),
        (KEY_STORES, choice.key_store),
        (PHONES, choice.phones),
        (MAIL, choice.mail),
        (ERRORS, choice.errors),
        (MARKET_DATA, choice.market_data),
        (KYC, choice.kyc),
        *((SINKS, name) for name in choice.sinks),
    )
    for kind, name in chosen:
        if name is not None:
            registry.check(kind, name)
    return registry


def key_store_of(plugins: Registry, settings: Settings) -> KeyStore:
    """The keys of this instance's wallets. Opening them may take some tenths of a second. Raises PermanentError."""
    return plugins.make(KEY_STORES, settings.plugins.key_store, inside=Inside(settings=settings))


def reader_of(plugins: Registry, network: str, url: str) -> ChainReader:
    """A reader of a network's node, by its whole name or by its family's before the colon. Raises PluginError."""
    family = network.partition(":")[0]
    name = network if network in plugins.names(CHAINS) else family
    return plugins.make(CHAINS, name)(network, url)
