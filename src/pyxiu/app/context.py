"""What the modules of one process hand to each other while it runs.

Each module sees the same context with the connections of its own database role (`acting_as`), also where one process
holds all of them. Invariant: an attribute is set by the module that owns it before a module that needs it starts
(`modules.py` says who needs whom), so reading an unset one is a bug and fails loudly. Limit: one context per run of a
process.
"""

import socket
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.app.connections import Connections
from pyxiu.app.settings import Settings
from pyxiu.app.split.child import Parent
from pyxiu.engine.client import EngineClient
from pyxiu.engine.committed import CommittedFeed
from pyxiu.engine.recovery import Recovered
from pyxiu.storage.database import Pool

if TYPE_CHECKING:
    from pyxiu.app.split.forks import Forks
    from pyxiu.plugins.registry import Registry

#: Called with the number of the record that recovery has reached and of the one it goes to.
RecoveryProgress = Callable[[int, int], None]


#: Who a command acts as: the one that owns the tables.
OWNER: Final = ""


class Context:
    """Built by a command, filled by modules."""

    # `acting_as` makes contexts that differ in the role and share everything else.
    __slots__ = ("__dict__", "_role")

    listener: socket.socket
    #: Where a parent of several processes listens for those of the stream.
    stream_listener: socket.socket
    #: The lock that it shares with them.
    family_fd: int
    #: What it starts them by, where the system can.
    forks: "Forks | None"
    #: By role, from the database module.
    connections: Mapping[str, Connections]
    engine: EngineClient
    recovered: Recovered

    def __init__(  # noqa: PLR0913 - what a process may be told is told apart by name
        self,
        settings: Settings,
        *,
        migrate: bool = False,
        share_database: bool = False,
        standby: bool = False,
        service: str = "engine",
        engine_alone: bool = False,
        keep_database: bool = False,
        parent: Parent | None = None,
        listen_fd: int | None = None,
        recovery_progress: RecoveryProgress = lambda _seq, _end: None,
    ) -> None:
        """`migrate`: bring the tables up to date instead of asking for it. `share_database`: the embedded PostgreSQL
        of another process on this home will do. `standby`: if another engine leads, follow it and take over when it
        ends. `service`: the name on this process's certificate. `engine_alone`: the process runs nothing beside an
        engine, so no plugin gets into it. `keep_database`: start an embedded PostgreSQL again that dies. `parent`: who
        started this process and holds its database. `listen_fd`: a listening socket from there.
        """
        self._role = OWNER
        self.settings = settings
        self.migrate = migrate
        self.share_database = share_database
        self.standby = standby
        self.service = service
        self.engine_alone = engine_alone
        self.keep_database = keep_database
        self.parent = parent
        self.listen_fd = listen_fd
        self.recovery_progress = recovery_progress
        self.registry = CollectorRegistry()
        #: Of the embedded PostgreSQL on this home; None where the database is elsewhere.
        self.database_folder: Path | None = None
        #: What the engine of this process commits, for followers beside it; None where the engine is elsewhere.
        self.committed: CommittedFeed | None = None
        #: Set by the api, which serves the stream as well.
        self.serves_stream = False

    def acting_as(self, module: str) -> "Context":
        """This context as the module sees it: connections are its role's, all else is one and the same."""
        seen = Context.__new__(Context)
        seen.__dict__ = self.__dict__
        seen._role = module  # noqa: SLF001 - our own
        return seen

    @property
    def dsn(self) -> str:
        return self.connections[self._role].dsn

    @property
    def pool(self) -> Pool:
        return self.connections[self._role].pool

    @property
    def catalog(self) -> AsyncEngine:
        return self.connections[self._role].catalog

    @property
    def identity(self) -> AsyncEngine:
        return self.connections[self._role].identity

    @property
    def counters(self) -> AsyncEngine:
        return self.connections[self._role].counters

    @property
    def custody(self) -> AsyncEngine:
        return self.connections[self._role].custody

    @cached_property
    def plugins(self) -> "Registry":
        """The adapters that can be chosen, loaded when first asked for. Raises PluginError."""
        from pyxiu.app.plugging import load_plugins

        assert not self.engine_alone, "no plugin runs inside the engine"
        return load_plugins(self.settings)

    def has_engine(self) -> bool:
        """Whether an engine client is there already."""
        return hasattr(self, "engine")
