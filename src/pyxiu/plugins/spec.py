"""The whole surface for plugins on this page: what a plugin is, what it is given, and the kinds of things it may offer.

    PLUGIN = Plugin(name="acme", version="1.2", interface=(1, 0), phones={"acme-sms": lambda parts: AcmeSms(parts)})

    [project.entry-points."pyxiu.plugins"]      in the distribution's pyproject.toml
    acme = "pyxiu_acme:PLUGIN"

An operator installs the distribution beside Pyxiu, enables it (PYXIU_PLUGINS=acme) and chooses what it offers
(PYXIU_PHONES=acme-sms). Each kind is a port of the context that needs it, and each has a contract suite in
`testing.py`. Invariant: nothing of a plugin is imported before it is enabled, and no process that runs the engine alone
loads any. Limit: a plugin is code that the operator trusts as much as Pyxiu itself; this door is no sandbox.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from pyxiu.custody.payouts.ports import PayoutChain, SigningChain
from pyxiu.custody.ports import ChainReader, KeyStore
from pyxiu.custody.wallets.ports import AddressBook
from pyxiu.identity.ports import Captcha, KycProvider, ObjectStore, PhoneSender
from pyxiu.mailer.ports import Transport
from pyxiu.relay.ports import Sink

GROUP: Final = "pyxiu.plugins"
#: Major and minor. A plugin works where the major one is the same and the minor one is not older than its own.
INTERFACE: Final = (1, 1)

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A variable that a plugin reads: `PYXIU_PLUGIN_<PLUGIN>_<NAME>`. Its value is never shown, whatever it is."""

    name: str
    about: str
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a maker is given."""

    #: The plugin's own settings by their `name`; only those that are set.
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: A folder of this plugin's own below PYXIU_HOME; make it when it is needed.
    folder: Path = Path()
    exchange_name: str = "Pyxiu"
    public_url: str = ""
    #: Of Pyxiu.
    version: str = ""
    #: For Pyxiu's own adapters: what the process has. None for every other plugin.
    inside: Any = field(default=None, repr=False)


Make = Callable[[Parts], T]

#: A reader of the node at a URL, of the network with this name.
ReaderOfNode = Callable[[str, str], ChainReader]
#: The payout side of the node at a URL, of the network with this name: it builds transactions and looks what became of
#: them, and has no key.
PayoutsOfNode = Callable[[str, str], PayoutChain]
#: An account's extended private key by the key store's name of it. Ask at the moment of its use and keep nothing.
AccountKey = Callable[[str], str]
#: The signer's side of the network with this name: it has keys and no node.
SignerOfNetwork = Callable[[str, AccountKey], SigningChain]
#: The store at a URL of the scheme that the maker is offered for.
StoreAtUrl = Callable[[str], ObjectStore]
#: Called once for each source of events.
MakeSink = Callable[[], Sink]


class Frame(NamedTuple):
    """A line of a traceback: no code, no variables."""

    module: str
    function: str
    file: str
    line: int


class Raised(NamedTuple):
    """An exception, the innermost frame last."""

    type: str
    module: str
    text: str
    frames: tuple[Frame, ...]


@dataclass(frozen=True, kw_only=True)
class FaultReport:
    """What was logged as an error, after everything that looks like a secret was blotted out of its texts."""

    message: str
    logger: str
    #: `error` or `critical`.
    level: str
    #: Unix seconds.
    at_s: float
    #: The cause first, what was logged last; empty where nothing was raised.
    raised: tuple[Raised, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


class ErrorReporter(Protocol):
    """Tells somebody of faults."""

    def report(self, report: FaultReport) -> None:
        """Take note and return at once: from any thread, never raising, never waiting for anybody."""

    def close(self, timeout_s: float) -> None:
        """Send what is left, for so long at most. Blocks."""


class MarketData(Protocol):
    """Prices of elsewhere, for the demo's bots to quote around."""

    async def prices(self, markets: Sequence[str]) -> Mapping[str, str]:
        """Decimal strings in the quote currency by market; one that it knows nothing of is left out.

        Raises TransientError when it cannot tell.
        """


#: An ASGI application, mounted at `/api/v2/ext/NAME/`. It is behind restrictions, rates and authentication: its scope
#: has `pyxiu.uid`, the uid of who asks, or None where nobody said who they are; a bad signature never gets here.
Routes = Callable[
    [
        MutableMapping[str, Any],
        Callable[[], Awaitable[MutableMapping[str, Any]]],
        Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ],
    Awaitable[None],
]


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """What the entry point names. Each mapping is of a name that an operator chooses by to its maker."""

    #: As PYXIU_PLUGINS names it: `[a-z][a-z0-9-]*`; the entry point's name too.
    name: str
    version: str
    #: The INTERFACE that it was written for, as literal numbers.
    interface: tuple[int, int]
    about: str = ""
    settings: tuple[Setting, ...] = ()
    #: By network, or by a family's prefix before the colon (`evm` for `evm:31337`); so are the three below. A reader
    #: that sends as well (the port `Broadcaster`) is what the signer needs.
    chains: Mapping[str, Make[ReaderOfNode]] = field(default_factory=dict)
    #: How addresses are written, checked and derived.
    addresses: Mapping[str, Make[AddressBook]] = field(default_factory=dict)
    #: For the scheduler, and for the signer's own look at the chain.
    payouts: Mapping[str, Make[PayoutsOfNode]] = field(default_factory=dict)
    #: For the signer alone. It holds the wallets' keys in its hands: what is enabled there is trusted with them.
    signing: Mapping[str, Make[SignerOfNetwork]] = field(default_factory=dict)
    #: For the signer, and for the commands by which an operator makes keys.
    key_stores: Mapping[str, Make[KeyStore]] = field(default_factory=dict)
    kyc: Mapping[str, Make[KycProvider]] = field(default_factory=dict)
    captchas: Mapping[str, Make[Captcha]] = field(default_factory=dict)
    phones: Mapping[str, Make[PhoneSender]] = field(default_factory=dict)
    mail: Mapping[str, Make[Transport]] = field(default_factory=dict)
    #: By the scheme of the URL in PYXIU_OBJECTS.
    objects: Mapping[str, Make[StoreAtUrl]] = field(default_factory=dict)
    sinks: Mapping[str, Make[MakeSink]] = field(default_factory=dict)
    errors: Mapping[str, Make[ErrorReporter]] = field(default_factory=dict)
    market_data: Mapping[str, Make[MarketData]] = field(default_factory=dict)
    #: All routes of an enabled plugin are mounted.
    routes: Mapping[str, Make[Routes]] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind(Generic[T]):
    """A field of Plugin: what its makers make, and the setting that chooses one by name."""

    field: str
    #: In a sentence: "there is no captcha x".
    noun: str
    setting: str
    #: The protocol that what is made must have; None where it is just something to call.
    port: Any = None


CHAINS: Final[Kind[ReaderOfNode]] = Kind("chains", "chain", "the network's name")
ADDRESSES: Final[Kind[AddressBook]] = Kind("addresses", "address book", "the network's name", AddressBook)
PAYOUTS: Final[Kind[PayoutsOfNode]] = Kind("payouts", "payout side of a chain", "the network's name")
SIGNING: Final[Kind[SignerOfNetwork]] = Kind("signing", "signer of a chain", "the network's name")
KEY_STORES: Final[Kind[KeyStore]] = Kind("key_stores", "key store", "PYXIU_KEY_STORE", KeyStore)
KYC: Final[Kind[KycProvider]] = Kind("kyc", "KYC provider", "PYXIU_KYC_PROVIDER", KycProvider)
CAPTCHAS: Final[Kind[Captcha]] = Kind("captchas", "captcha", "PYXIU_CAPTCHA", Captcha)
PHONES: Final[Kind[PhoneSender]] = Kind("phones", "sender to phones", "PYXIU_PHONES", PhoneSender)
MAIL: Final[Kind[Transport]] = Kind("mail", "mail transport", "PYXIU_MAIL_TRANSPORT", Transport)
OBJECTS: Final[Kind[StoreAtUrl]] = Kind("objects", "object store", "PYXIU_OBJECTS")
SINKS: Final[Kind[MakeSink]] = Kind("sinks", "event sink", "PYXIU_SINKS")
ERRORS: Final[Kind[ErrorReporter]] = Kind("errors", "error reporter", "PYXIU_ERRORS", ErrorReporter)
MARKET_DATA: Final[Kind[MarketData]] = Kind("market_data", "source of market data", "PYXIU_MARKET_DATA", MarketData)
ROUTES: Final[Kind[Routes]] = Kind("routes", "set of routes", "PYXIU_PLUGINS")

KINDS: Final[tuple[Kind[Any], ...]] = (
    CHAINS,
    ADDRESSES,
    PAYOUTS,
    SIGNING,
    KEY_STORES,
    KYC,
    CAPTCHAS,
    PHONES,
    MAIL,
    OBJECTS,
    SINKS,
    ERRORS,
    MARKET_DATA,
    ROUTES,
)
