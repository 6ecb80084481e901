"""JSON-RPC over HTTP to a node: single calls and batches, with bounds on time and size.

Invariant: an answer belongs to its question (ids are matched), and an error of the node is an exception with its code.
The URL may hold a password; it is in no message. Limit: no retries here; who asks knows whether asking again is safe.
"""

import itertools
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import unquote, urlsplit, urlunsplit

import httpx
import msgspec

from pyxiu.custody.chain import NodeFaultError, NodeUnavailableError

TIMEOUT_S: Final = 30.0
ANSWER_BYTES_MAX: Final = 256 * 1024 * 1024
#: The node is starting, or busy; Bitcoin's family says so with an error.
WARMING_UP: Final = -28

Call = tuple[str, Sequence[Any]]
_encode = msgspec.json.Encoder().encode


class RpcError(Exception):
    """The node's own "no": its code and message."""

    def __init__(self, method: str, code: int, message: str) -> None:
        super().__init__(f"{method}: {message} ({code})")
        self.code = code
        self.message = message


class _Error(msgspec.Struct):
    code: int = 0
    message: str = ""


class _Answer(msgspec.Struct):
    id: int | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _Error | None = None


_answer_decoder = msgspec.json.Decoder(_Answer)
_answers_decoder = msgspec.json.Decoder(list[_Answer])


class JsonRpc:
    """A client for one URL, as http://user:password@host:port/path."""

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        netloc = f"[{host}]" if ":" in host else host
        netloc = f"{netloc}:{parts.port}" if parts.port else netloc
        auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._url = urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, ""))
        self._name = netloc
        self._client = httpx.AsyncClient(timeout=timeout_s, auth=auth, trust_env=False)
        self._ids = itertools.count(1)

    async def call(self, method: str, *params: Any) -> msgspec.Raw:
        """The result as it came. Raises RpcError, NodeUnavailableError, NodeFaultError."""
        request_id = next(self._ids)
        content = await self._post(_request(request_id, method, params))
        try:
            answer = _answer_decoder.decode(content)
        except msgspec.DecodeError as error:
            raise NodeFaultError(f"{self._name}: {method}: no JSON-RPC answer: {error}") from error
        if answer.id != request_id:
            raise NodeFaultError(f"{self._name}: {method}: expected the answer {request_id}, found {answer.id}")
        return self._result(method, answer)

    async def batch(self, calls: Sequence[Call]) -> list[msgspec.Raw]:
        """The results in the order of the calls; the first error is raised."""
        answers = await self._answers(calls)
        return [self._result(call[0], answer) for call, answer in zip(calls, answers, strict=True)]

    async def batch_found(self, calls: Sequence[Call], *, missing: int) -> list[msgspec.Raw]:
        """The results of those calls that do not fail with the code `missing`; any other error is raised."""
        answers = zip(calls, await self._answers(calls), strict=True)
        return [
            self._result(call[0], answer)
            for call, answer in answers
            if answer.error is None or answer.error.code != missing
        ]

    async def _answers(self, calls: Sequence[Call]) -> list[_Answer]:
        if not calls:
            return []
        ids = [next(self._ids) for _ in calls]
        requests = [_request(request_id, *call) for request_id, call in zip(ids, calls, strict=True)]
        content = await self._post(requests)
        try:
            answers = {answer.id: answer for answer in _answers_decoder.decode(content)}
        except msgspec.DecodeError as error:
            raise NodeFaultError(f"{self._name}: {calls[0][0]}: no JSON-RPC batch: {error}") from error
        if missing := [request_id for request_id in ids if request_id not in answers]:
            raise NodeFaultError(f"{self._name}: {calls[0][0]}: {len(missing)} of {len(ids)} answers are missing")
        return [answers[request_id] for request_id in ids]

    async def close(self) -> None:
        await self._client.aclose()

    def _result(self, method: str, answer: _Answer) -> msgspec.Raw:
        if answer.error is None:
            return answer.result
        if answer.error.code == WARMING_UP:
            raise NodeUnavailableError(f"{self._name}: {answer.error.message}")
        raise RpcError(method, answer.error.code, answer.error.message)

    async def _post(self, body: Any) -> bytes:
        try:
            async with self._client.stream(
                "POST", self._url, content=_encode(body), headers={"Content-Type": "application/json"}
            ) as response:
                content = bytearray()
                async for part in response.aiter_bytes():
                    content += part
                    if len(content) > ANSWER_BYTES_MAX:
                        raise NodeFaultError(f"{self._name}: an answer of more than {ANSWER_BYTES_MAX} bytes")
        except httpx.HTTPError as error:
            raise NodeUnavailableError(f"{self._name} does not answer: {type(error).__name__}") from error
        # Bitcoin's family answers errors of a call with 404 and 500 and a body that says what was wrong.
        if not content or response.status_code in (401, 403):
            raise NodeUnavailableError(f"{self._name} answers {response.status_code}")
        return bytes(content)


def _request(request_id: int, method: str, params: Sequence[Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request_id, "method": method, "params": list(params)}
