"""Work in a thread of its own, as if it were a task here."""

import asyncio
import threading

import pytest

from pyxiu.app.own_loop import in_own_loop


async def test_it_runs_in_another_thread_until_it_is_canceled() -> None:
    began, ended = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    async def work() -> None:
        threads.append(threading.current_thread())
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = asyncio.create_task(in_own_loop("worker", work))
    assert await asyncio.to_thread(began.wait, 10)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
    assert threads[0] is not threading.main_thread()


async def test_its_failure_is_raised_here() -> None:
    async def work() -> None:
        await asyncio.sleep(0)
        raise ValueError("rows do not fit")

    with pytest.raises(ValueError, match="rows do not fit"):
        await in_own_loop("worker", work)


async def test_it_may_be_canceled_before_it_has_begun() -> None:
    async def work() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(in_own_loop("worker", work))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_it_may_end_by_itself() -> None:
    async def work() -> None:
        await asyncio.sleep(0)

    await in_own_loop("worker", work)
