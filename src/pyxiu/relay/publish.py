"""Publish a batch to a sink until it is confirmed: again and again while the sink is away, past what it refuses.

Invariant: on return every event was confirmed or is written down as refused, in order. A sink that is down, or that
fails as it never should, holds up only itself: its source keeps everything. Limit: waits up to PAUSE_MAX_S between
attempts, for as long as it takes.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from pyxiu.kit.errors import TransientError
from pyxiu.relay.model import RelayedEvent
from pyxiu.relay.ports import Sink, UndeliverableError

BATCH_MAX: Final = 500
PAUSE_FIRST_S: Final = 0.1
PAUSE_MAX_S: Final = 30.0

Refuse = Callable[[RelayedEvent, str], Awaitable[None]]
_log = structlog.stdlib.get_logger("pyxiu.relay")


async def publish_all(name: str, sink: Sink, events: Sequence[RelayedEvent], refuse: Refuse) -> None:
    """`refuse` writes down what the sink will never take, and why."""
    for start in range(0, len(events), BATCH_MAX):
        await _publish(name, sink, list(events[start : start + BATCH_MAX]), refuse)


async def _publish(name: str, sink: Sink, events: list[RelayedEvent], refuse: Refuse) -> None:
    pause_s = PAUSE_FIRST_S
    while events:
        try:
            await sink.publish(events)
            return
        except UndeliverableError as error:
            _log.error("event refused", sink=name, relayed=error.event.id, reason=str(error))
            await refuse(error.event, str(error))
            events = [event for event in events[error.confirmed :] if event.id != error.event.id]
            continue
        except TransientError as error:
            _log.warning("sink is away", sink=name, reason=str(error), again_in_s=round(pause_s, 2))
        except Exception:  # noqa: BLE001 - it is logged whole
            # An adapter's or a plugin's mistake must not stop the other sinks, nor an exchange that runs beside them.
            _log.exception("sink fails", sink=name, again_in_s=round(pause_s, 2))
        await asyncio.sleep(pause_s * random.uniform(0.7, 1.0))  # noqa: S311 - jitter
        pause_s = min(2 * pause_s, PAUSE_MAX_S)
