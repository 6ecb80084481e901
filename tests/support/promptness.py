"""What is changed counts within a second, however busy the machine is.

    await within_a_second(lambda: status_of(client), 401)

A request that was sent later than a second after the change must be answered by it, whenever that answer comes; so no
slow machine makes this fail, and a change that were told by a timer of some seconds would.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

WITHIN_S: Final = 1.0
T = TypeVar("T")


async def within_a_second(ask: Callable[[], Awaitable[T]], wanted: T) -> None:
    """To be called right after the change is committed. Asks until the answer is `wanted`."""
    changed_s = time.monotonic()
    while True:
        asked_s = time.monotonic()
        if (found := await ask()) == wanted:
            return
        assert asked_s - changed_s <= WITHIN_S, f"asked {asked_s - changed_s:.2f} s after the change: {found}"
        await asyncio.sleep(0.02)
