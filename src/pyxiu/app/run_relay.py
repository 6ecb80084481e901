"""The relay module: the destinations that are set, plugged with their keys and addresses.

Invariant: what is published is signed with a key for events and nothing else. Limit: without a destination it has
nothing to do, and does nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import structlog

from pyxiu.app.builtin_plugin import Inside
from pyxiu.app.context import Context
from pyxiu.app.ranger.run import EXCHANGE, RangerRelay
from pyxiu.app.settings import Settings
from pyxiu.app.stream.words import ApiWords
from pyxiu.plugins.registry import Registry
from pyxiu.plugins.spec import SINKS, MakeSink
from pyxiu.relay.run import Relay, RelayMetrics

_log = structlog.stdlib.get_logger("pyxiu.relay")


@asynccontextmanager
async def relay(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    sinks = sinks_of(context.plugins, context.settings)
    relays = []
    if sinks:
        _log.info("events are relayed", to=sorted(sinks))
        relays.append(Relay(context.dsn, context.pool, context.identity, sinks, RelayMetrics(context.registry)).run())
    if context.settings.relay.ranger:
        _log.info("the websocket exchange is fed", exchange=EXCHANGE)
        relays.append(_ranger(context).run())
    yield _together(relays) if relays else None


async def _together(relays: list[Coroutine[Any, Any, None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for relay in relays:
            group.create_task(relay)


def _ranger(context: Context) -> RangerRelay:
    choice = context.settings.relay
    return RangerRelay(
        choice.rabbitmq_url or "",
        context.dsn,
        context.pool,
        context.identity,
        ApiWords(),
        durable=choice.rabbitmq_durable,
    )


def sinks_of(plugins: Registry, settings: Settings) -> dict[str, MakeSink]:
    """A maker for each destination that is set. Raises SettingsError or PluginError where one cannot be made."""
    inside = Inside(settings=settings)
    names = dict.fromkeys((*settings.relay.names, *settings.plugins.sinks))
    return {name: plugins.make(SINKS, name, inside=inside) for name in names}
