"""The admin module: staff's endpoints at an address of their own, which the public cannot reach.

Invariant: no orders, no stream, no terminal here; sessions are the same as everywhere, and who may do what is decided
by the same roles. Limit: beside an api in the same process, which serves staff too unless PYXIU_API_AUDIENCE says
otherwise, it has nothing to do: one listening socket a process.
"""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from pyxiu.api.app import create_staff_app
from pyxiu.api.audience import Audience
from pyxiu.api.services import ApiServices
from pyxiu.app.context import Context
from pyxiu.app.run_api import Http, first_of, serving


@asynccontextmanager
async def admin(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    if context.serves_stream:
        yield None
        return
    async with serving(context, _http, audience=Audience.STAFF) as tasks:
        yield first_of(tasks)


def _http(services: ApiServices) -> Http:
    staff = create_staff_app(services)
    return Http(staff.app, staff.trading)
