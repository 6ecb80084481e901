"""The api module: the HTTP server on the context's listening socket, with everything that answers need.

Invariant: requests are taken only when the engine, the books and the database are there. Limit: one HTTP server per
process; signals are the lifecycle's, not the server's.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import version

import uvicorn

from pyxiu.api.app import create_app
from pyxiu.api.server import server_config
from pyxiu.api.services import ApiServices, ApiSettings, Build
from pyxiu.app.context import Context
from pyxiu.app.credentials import CatalogCredentials
from pyxiu.app.noop_route import with_noop
from pyxiu.app.secrets import open_secret_box
from pyxiu.catalog.reads import CatalogReader
from pyxiu.projections.live import BookFollower
from pyxiu.projections.waiter import CursorWaiter


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def api(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    book = BookFollower(context.dsn)
    await book.start()
    async with CursorWaiter(context.dsn) as waiter:
        server = _Server(_config(context, waiter, book))
        tasks = {
            asyncio.create_task(book.run(), name="books"),
            asyncio.create_task(server.serve(sockets=[context.listener]), name="http"),
        }
        try:
            yield _first_of(tasks)
        finally:
            server.should_exit = True
            for task in tasks:
                if task.get_name() == "books":
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _first_of(tasks: set[asyncio.Task[None]]) -> None:
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


def _config(context: Context, waiter: CursorWaiter, book: BookFollower) -> uvicorn.Config:
    services = ApiServices(
        engine=context.engine,
        pool=context.pool,
        waiter=waiter,
        book=book,
        catalog=CatalogReader(context.catalog),
        credentials=CatalogCredentials(context.catalog, open_secret_box(context.settings.home)),
        settings=ApiSettings(build=Build(version=version("pyxiu"))),
        registry=context.registry,
    )
    app = create_app(services)
    return server_config(with_noop(app) if context.settings.bench else app)
