"""Work that keeps a processor busy for milliseconds at a time, on an event loop of its own in a thread of its own.

Beside the API on one loop, a projector that turns a thousand records into rows would hold up every answer meanwhile;
in a thread Python interrupts it after SWITCH_S. Measured at 1,000 orders/s on two busy cores: the slowest of a hundred
answers took 10 ms instead of 21 to 34; batched orders paid for it with a sixth of their rate. Invariant: canceling
the returned coroutine cancels the work and waits for its end; its failure is raised here. Limit: the two share one
interpreter lock, so this bounds waiting and adds no speed; a process of its own (`pyxiu run projector`) does.
"""

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Final

import uvloop

#: How long one thread may hold the interpreter while another wants it. Python's 5 ms would be the time of an answer.
SWITCH_S: Final = 0.0005


async def in_own_loop(name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run `work()` in a thread until it ends or this is canceled."""
    here = asyncio.get_running_loop()
    sys.setswitchinterval(SWITCH_S)
    ended: asyncio.Future[None] = here.create_future()
    thread = _Thread(name, work, lambda error: here.call_soon_threadsafe(_settle, ended, error))
    thread.start()
    try:
        await asyncio.shield(ended)
    except asyncio.CancelledError:
        thread.cancel()
        await asyncio.wait({ended})
        raise


def _settle(ended: "asyncio.Future[None]", error: BaseException | None) -> None:
    if ended.done():
        return
    if error is None or isinstance(error, asyncio.CancelledError):
        ended.set_result(None)
    else:
        ended.set_exception(error)


class _Thread(threading.Thread):
    def __init__(
        self, name: str, work: Callable[[], Coroutine[Any, Any, None]], on_end: Callable[[BaseException | None], object]
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._work = work
        self._on_end = on_end
        self._loop = uvloop.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._canceled = False

    def run(self) -> None:
        error: BaseException | None = None
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._main())
        except BaseException as failure:  # noqa: BLE001 - raised again where the work is awaited
            error = failure
        self._on_end(error)

    def cancel(self) -> None:
        """From another thread."""
        self._canceled = True
        self._loop.call_soon_threadsafe(self._cancel_task)

    async def _main(self) -> None:
        self._task = asyncio.create_task(self._work(), name=self.name)
        if self._canceled:
            self._task.cancel()
        await self._task

    def _cancel_task(self) -> None:
        if self._task is not None:
            self._task.cancel()
