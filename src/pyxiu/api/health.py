"""GET /public/health/alive and /ready: whether this process runs, and whether it can do its work.

Invariant: ready means that an order sent now would be taken, made durable, and seen in what is read: the database
answers, the engine leads, the projections are close behind. Limit: each check has a bound in time, so that the answer
comes even when what it asks about hangs.
"""

import asyncio
from typing import Annotated, Final

import asyncpg
import msgspec

from pyxiu.api.edge import Edge
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.projections.status import read_status
from pyxiu.storage.database import UNAVAILABLE

CHECK_TIMEOUT_S: Final = 2.0


class Health(msgspec.Struct, frozen=True):
    """`components` says of each part whether it works, and what was found."""

    status: Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["alive", "ready", "not_ready"]})]
    components: dict[str, str] = {}


@endpoint("GET", "/public/health/alive", tag="Public", returns=Health)
async def show_alive(_: Call[NoQuery]) -> Reply:
    """Whether this process runs."""
    return Reply(Health("alive"))


@endpoint(
    "GET",
    "/public/health/ready",
    tag="Public",
    returns=Health,
    failures={503: Health},
)
async def show_ready(call: Call[NoQuery]) -> Reply:
    """Whether orders can be placed and read."""
    components = await check(call.edge)
    ready = all(finding == "ok" for finding in components.values())
    return Reply(Health("ready" if ready else "not_ready", components), status=200 if ready else 503)


async def check(edge: Edge) -> dict[str, str]:
    """What was found, by component: "ok", or what is wrong with it."""
    status = edge.services.engine.status()
    held = f"takes no commands: {status.held}" if status.held else "ok"
    engine = held if status.leading else f"{status.state.value}, takes no commands"
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            projector = await read_status(edge.pool)
    except (*UNAVAILABLE, asyncpg.PostgresError) as error:
        return {"database": f"unreachable: {type(error).__name__}", "engine": engine, "projections": "unknown"}
    lag, lag_max = projector.lag_records, edge.services.settings.lag_max
    projections = "ok" if lag <= lag_max else f"{lag} records behind, {lag_max} at most"
    return {"database": "ok", "engine": engine, "projections": projections}


ENDPOINTS: Final = (show_alive, show_ready)
