"""What the API is given by app/: the engine's client, the database, the readers, and its limits.

Invariant: passed in once, at construction; nothing in api/ builds its own. Limit: no logic here.
"""

from dataclasses import dataclass, field
from typing import Final

from prometheus_client import CollectorRegistry

from pyxiu.api.auth import NONCE_WINDOW_MS, CredentialStore
from pyxiu.catalog.reads import CatalogReader
from pyxiu.engine.client import EngineClient
from pyxiu.kit.clock import Clock, SystemClock
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
    #: Refuse a signed request without client order id that comes a second time within the nonce window.
    replay_guard: bool = True
    lag_max: int = LAG_MAX


@dataclass(frozen=True)
class ApiServices:
    engine: EngineClient
    pool: Pool
    waiter: CursorWaiter
    book: BookFollower
    catalog: CatalogReader
    credentials: CredentialStore
    settings: ApiSettings
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    clock: Clock = field(default_factory=SystemClock)
