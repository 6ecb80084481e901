"""The stream on what an API has: its books, database, authentication and order routes.

Invariant: it sees every record that these books see. Limit: one per process.
"""

import os

import msgspec

from pyxiu.api.freshness import Freshness
from pyxiu.api.market.trading import Trading
from pyxiu.api.services import ApiServices
from pyxiu.app.stream.announce import OutboxAnnouncements
from pyxiu.app.stream.desk import ApiDesk
from pyxiu.app.stream.doorkeeper import GateDoorkeeper
from pyxiu.app.stream.words import ApiWords
from pyxiu.identity.changes import Changed
from pyxiu.projections.waiter import CursorWaiter
from pyxiu.stream.server import StreamParts, StreamServer
from pyxiu.stream.settings import StreamSettings, load_stream_settings


class Reads:
    """`stream.ports.Reads`: the waiter of these services, and the API's memory of what it has told."""

    def __init__(self, waiter: CursorWaiter, freshness: Freshness) -> None:
        self.wait_for = waiter.wait_for
        self.told = freshness.told


async def started_stream(
    dsn: str, services: ApiServices, trading: Trading, settings: StreamSettings | None = None
) -> StreamServer:
    """The stream, fed by the books of these services; settings are those of the environment unless given."""
    chosen = load_stream_settings(os.environ) if settings is None else settings
    # Pages that may call the API with a visitor's session may open its stream with it.
    chosen = msgspec.structs.replace(chosen, origins=(*chosen.origins, *services.settings.cors_origins))
    parts = StreamParts(
        dsn=dsn,
        pool=services.pool,
        book=services.book,
        reads=Reads(services.waiter, trading.freshness),
        words=ApiWords(),
        doorkeeper=GateDoorkeeper(trading.gate),
        desk=ApiDesk(trading),
        settings=chosen,
        registry=services.registry,
        clock=services.clock,
        announcements=OutboxAnnouncements(dsn),
    )
    server = StreamServer(parts)
    await server.start()
    return server


def close_changed(stream: StreamServer, changed: Changed) -> None:
    """What a follower of identity's changes calls: whoever came in by what has changed has to come again."""
    stream.changed(changed.kind.value, changed.subject)
