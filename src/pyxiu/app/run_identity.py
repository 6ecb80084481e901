"""The identity module: what is done for accounts in the background, in the process of the API.

Invariant: what an earlier run still owed the engine is delivered before anything else starts. Limit: several processes
may have one; they share the work.
"""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from pyxiu.app.context import Context
from pyxiu.app.identity_services import identity_services
from pyxiu.app.secrets import open_secret_box
from pyxiu.identity.tell_engine import tell_engine
from pyxiu.identity.worker import IdentityWorker


@asynccontextmanager
async def identity(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    services = identity_services(context, open_secret_box(context.settings.home))
    await tell_engine(services.database, context.engine)
    yield IdentityWorker(context.dsn, services, context.engine).run()
