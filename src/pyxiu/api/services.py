"""What the API is given by app/: the engine's client, the database, the readers, and its limits.

Invariant: passed in once, at construction; nothing in api/ builds its own. Limit: no logic here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import CollectorRegistry

from pyxiu.api.access_rules import AccessRules
from pyxiu.api.asgi import ASGIApp
from pyxiu.api.audience import Audience
from pyxiu.api.auth import NONCE_WINDOW_MS
from pyxiu.api.client_address import Network
from pyxiu.api.credentials import CredentialStore, SessionStore
from pyxiu.api.faucet import Faucet
from pyxiu.api.gate import DEFAULT_RATES, Rates
from pyxiu.api.remembered import NobodyVouches, Vouching
from pyxiu.catalog.reads import CatalogReader
from pyxiu.custody.services import CustodyServices
from pyxiu.engine.client import EngineClient
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.tokens.keyring import Keyring
from pyxiu.kit.clock import Clock, SystemClock
from pyxiu.mailer.mailbox_store import MailboxReader
from pyxiu.projections.live import BookFollower
from pyxiu.projections.waiter import CursorWaiter
from pyxiu.storage.database import Pool

#: How far the projections may be behind the journal before the API calls itself not ready.
LAG_MAX: Final = 100_000


@dataclass(frozen=True)
class Build:
    """What GET /public/version tells."""

    version: str
    git_tag: str = ""
    git_sha: str = ""
    build_date: str = ""


@dataclass(frozen=True)
class ApiSettings:
    build: Build
    nonce_window_ms: int = NONCE_WINDOW_MS
    rates: Rates = DEFAULT_RATES
    lag_max: int = LAG_MAX
    #: Whose X-Forwarded-For is believed.
    trusted_proxies: tuple[Network, ...] = ()
    #: Origins whose pages may call with a browser's credentials, beside our own.
    cors_origins: tuple[str, ...] = ()
    audience: Audience = Audience.EVERYONE


@dataclass(frozen=True)
class ApiServices:
    engine: EngineClient
    pool: Pool
    waiter: CursorWaiter
    book: BookFollower
    catalog: CatalogReader
    credentials: CredentialStore
    identity: IdentityServices
    settings: ApiSettings
    #: Identity with the rights of staff, for staff's endpoints and the trail of them; None where they are not served.
    staff: IdentityServices | None = None
    #: Deposits, withdrawals and their addresses; None where an application without them is built.
    custody: CustodyServices | None = None
    #: Gives coins of private chains away, on demos.
    faucet: Faucet | None = None
    #: Whether this process is the only one that takes orders for its engine.
    alone: Callable[[], bool] = lambda: False
    #: None: identity's own.
    rules: AccessRules | None = None
    sessions: SessionStore | None = None
    #: The keys of our tokens; without them there are none.
    keyring: Callable[[], Keyring] | None = None
    #: Follows identity's changes; without one, what was looked up is used for less than a second.
    vouching: Vouching = field(default_factory=NobodyVouches)
    #: The development mailbox, where this instance has one to show.
    mailbox: MailboxReader | None = None
    #: JSON documents that stand beside /openapi.json, by their paths.
    documents: Mapping[str, bytes] = field(default_factory=dict)
    #: Applications of plugins, by the name under `/api/v2/ext/`.
    extra_routes: Mapping[str, ASGIApp] = field(default_factory=dict)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    clock: Clock = field(default_factory=SystemClock)
