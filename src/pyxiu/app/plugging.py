"""The plugins of this process: the built-in adapters and those that are enabled, checked against the settings.

Invariant: a process that runs the engine alone never gets here (`Context.plugins` refuses). Limit: loaded once; an
operator who installs or enables one restarts the process.
"""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Protocol, TypeVar

from pyxiu.adapters.chains.address_book import ChainAddressBook
from pyxiu.adapters.chains.networks import CHAIN_NAMES
from pyxiu.app.builtin_plugin import Inside, builtin_plugin
from pyxiu.app.settings import Settings
from pyxiu.app.settings_error import SettingsError
from pyxiu.custody.payouts.ports import AccountChain, PayoutChain, SigningChain, UtxoChain
from pyxiu.custody.ports import Broadcaster, ChainReader, KeyStore
from pyxiu.custody.wallets.ports import AddressBook
from pyxiu.custody.withdrawals.ports import CheckedAddress
from pyxiu.plugins.registry import Host, PluginError, Registry
from pyxiu.plugins.spec import (
    ADDRESSES,
    CAPTCHAS,
    CHAINS,
    ERRORS,
    KEY_STORES,
    KYC,
    MAIL,
    MARKET_DATA,
    OBJECTS,
    PAYOUTS,
    PHONES,
    SIGNING,
    SINKS,
    AccountKey,
    Kind,
)

T = TypeVar("T")


class SendingReader(ChainReader, Broadcaster, Protocol):
    """A node to read and to send by."""


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
    return _of_network(plugins, CHAINS, network)(network, url)


def sender_of(plugins: Registry, network: str, url: str) -> SendingReader:
    """A reader that sends as well, for the signer. Raises PluginError."""
    reader = reader_of(plugins, network, url)
    if not isinstance(reader, Broadcaster):
        raise PluginError(f"the chain {network!r} is read by a {type(reader).__name__}, which cannot send")
    return reader


def payout_chain_of(plugins: Registry, network: str, url: str) -> PayoutChain:
    """The side of a network that builds payouts and follows them. Raises PluginError."""
    made = _of_network(plugins, PAYOUTS, network)(network, url)
    if not isinstance(made, (UtxoChain, AccountChain)):
        raise PluginError(f"the payout side of {network!r} is a {type(made).__name__}: neither of outputs nor accounts")
    return made


def signing_chain_of(plugins: Registry, network: str, account_key: AccountKey) -> SigningChain:
    """The signer's side of a network. Raises PluginError."""
    return _of_network(plugins, SIGNING, network)(network, account_key)


def address_book_of(plugins: Registry, network: str) -> AddressBook:
    """How a network's addresses are written. Raises PluginError for a chain that nobody offers."""
    return _of_network(plugins, ADDRESSES, network)


class PluggedAddresses:
    """Implements the port `AddressBook` over what all plugins offer. Raises PluginError for a chain that none knows.

    `plugins` is called when a chain is asked about that does not come with Pyxiu.
    """

    def __init__(self, plugins: Callable[[], Registry]) -> None:
        self._plugins = plugins
        self._builtin = ChainAddressBook()
        self._books: dict[str, AddressBook] = {}

    def check(self, chain: str, address: str) -> CheckedAddress:
        return self._book(chain).check(chain, address)

    def account(self, chain: str, xpub: str) -> str:
        return self._book(chain).account(chain, xpub)

    def derive(self, chain: str, xpub: str, index: int) -> CheckedAddress:
        return self._book(chain).derive(chain, xpub, index)

    def legacy(self, chain: str, address: str) -> str | None:
        return self._book(chain).legacy(chain, address)

    def _book(self, chain: str) -> AddressBook:
        if chain.partition(":")[0] in CHAIN_NAMES:
            return self._builtin
        if chain not in self._books:
            self._books[chain] = address_book_of(self._plugins(), chain)
        return self._books[chain]


def _of_network(plugins: Registry, kind: Kind[T], network: str) -> T:
    """What is offered under a network's whole name, otherwise under its family's before the colon."""
    family = network.partition(":")[0]
    return plugins.make(kind, network if network in plugins.names(kind) else family)
