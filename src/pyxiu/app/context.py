"""What the modules of one process hand to each other while it runs.

Invariant: an attribute is set by the module that owns it before a module that needs it starts (`modules.py` says who
needs whom), so reading an unset one is a bug and fails loudly. Limit: one context per run of a process.
"""

import socket
from collections.abc import Callable

from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.app.settings import Settings
from pyxiu.engine.client import EngineClient
from pyxiu.engine.committed import CommittedFeed
from pyxiu.engine.recovery import Recovered
from pyxiu.storage.database import Pool

#: Called with the number of the record that recovery has reached and of the one it goes to.
RecoveryProgress = Callable[[int, int], None]


class Context:
    """Built by a command, filled by modules."""

    listener: socket.socket
    dsn: str
    pool: Pool
    catalog: AsyncEngine
    identity: AsyncEngine
    counters: AsyncEngine
    engine: EngineClient
    recovered: Recovered

    def __init__(
        self,
        settings: Settings,
        *,
        migrate: bool = False,
        share_database: bool = False,
        standby: bool = False,
        service: str = "engine",
        recovery_progress: RecoveryProgress = lambda _seq, _end: None,
    ) -> None:
        """`migrate`: bring the tables up to date instead of asking for it. `share_database`: the embedded PostgreSQL
        of another process on this home will do. `standby`: if another engine leads, follow it and take over when it
        ends. `service`: the name on this process's certificate.
        """
        self.settings = settings
        self.migrate = migrate
        self.share_database = share_database
        self.standby = standby
        self.service = service
        self.recovery_progress = recovery_progress
        self.registry = CollectorRegistry()
        #: What the engine of this process commits, for followers beside it; None where the engine is elsewhere.
        self.committed: CommittedFeed | None = None
        #: Set by the api, which serves the stream as well.
        self.serves_stream = False

    def has_engine(self) -> bool:
        """Whether an engine client is there already."""
        return hasattr(self, "engine")
