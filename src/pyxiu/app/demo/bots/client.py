"""A small client of the public API: API-key headers, JSON, and patience when the server asks for it.

Invariant: a request is answered, or raises `ApiUnavailableError` after a bounded number of tries; nothing is sent twice
within one millisecond with the same nonce. Limit: only what the demo's bots need.
"""

import asyncio
import hmac
import time
from typing import Any, Final

import httpx

PREFIX: Final = "/api/v2/peatio"
TIMEOUT_S: Final = 10.0
TRIES_MAX: Final = 6
PAUSE_MAX_S: Final = 10.0


class ApiUnavailableError(Exception):
    """The server did not take the request in all tries."""


class ApiClient:
    """One member's connection. Close it, or use it as a context manager."""

    def __init__(
        self,
        url: str,
        api_key: str,
        api_secret: str,
        *,
        tries: int = TRIES_MAX,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._tries = tries
        self._api_key = api_key
        self._secret = api_secret.encode()
        self._last_nonce = 0
        self._http = httpx.AsyncClient(base_url=url + PREFIX, timeout=TIMEOUT_S, trust_env=False, transport=transport)

    async def __aenter__(self) -> "ApiClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def get(self, path: str, **parameters: str | int) -> Any:
        return await self._request("GET", path, params=parameters)

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        return await self._request("POST", path, json=body)

    async def _request(self, method: str, path: str, **content: Any) -> Any:
        """The decoded answer; for a refusal (4xx) its `{"errors": [...]}`."""
        for attempt in range(self._tries):
            pause_s = min(PAUSE_MAX_S, 0.5 * 2**attempt)
            try:
                answer = await self._http.request(method, path, headers=self._signed(), **content)
            except httpx.TransportError:
                raise_if_canceled()
                await asyncio.sleep(pause_s)
                continue
            if answer.status_code < 500:
                return answer.json()
            await asyncio.sleep(max(pause_s, _retry_after_s(answer)))
        raise ApiUnavailableError(f"{method} {path}: no answer in {self._tries} tries")

    def _signed(self) -> dict[str, str]:
        self._last_nonce = max(self._last_nonce + 1, time.time_ns() // 1_000_000)
        nonce = str(self._last_nonce)
        signature = hmac.digest(self._secret, (nonce + self._api_key).encode(), "sha256").hex()
        return {"X-Auth-Apikey": self._api_key, "X-Auth-Nonce": nonce, "X-Auth-Signature": signature}


def raise_if_canceled() -> None:
    """A connection that fails in the moment of a cancel may tell of its failure alone; the cancel must not be lost."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _retry_after_s(answer: httpx.Response) -> float:
    text = answer.headers.get("Retry-After", "")
    return min(PAUSE_MAX_S, float(text)) if text.isdecimal() else 0.0
