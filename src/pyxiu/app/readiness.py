"""Whether this instance answers that it is ready, asked as anybody else would ask: over HTTP.

Invariant: `until_ready` returns only after the server has said so itself. Limit: it waits for ever; whoever calls it is
cancelled when a module fails, and the lifecycle then says why.
"""

import asyncio
from typing import Final

import httpx

from pyxiu.app.settings import Settings

READY_PATH: Final = "/api/v2/peatio/public/health/ready"
POLL_S: Final = 0.05
TIMEOUT_S: Final = 5.0
_ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not listened on


def local_url(settings: Settings) -> str:
    """Where this process reaches its own server."""
    host = _ANY_ADDRESS.get(settings.host, settings.host)
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


async def until_ready(settings: Settings) -> None:
    async with httpx.AsyncClient(base_url=local_url(settings), timeout=TIMEOUT_S, trust_env=False) as client:
        while True:
            try:
                answer = await client.get(READY_PATH)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.is_success:
                return
            await asyncio.sleep(POLL_S)
