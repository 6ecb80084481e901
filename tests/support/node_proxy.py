"""An HTTP proxy in front of a node that changes answers on their way back: a node that lies, the same way every time.

    async with node_proxy(node.url) as proxy:
        proxy.rules["eth_getBlockReceipts"] = lambda result: []      # answers are replaced, call by call
        proxy.down = True                                            # the connection is refused

Requests may be single calls or batches; ids stay what they were.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import httpx

Rule = Callable[[Any], Any]
#: What a rule answers instead of a result to make it an error of the node.
NODE_ERROR = object()


class NodeProxy:
    """`rules` by method; `target` may be another node from one call to the next."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.rules: dict[str, Rule] = {}
        self.down = False
        self.seen: list[str] = []
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._client = httpx.AsyncClient(timeout=60, trust_env=False)

    @property
    def url(self) -> str:
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()
        return f"http://user:password@{host}:{port}/"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**26)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()
        await self._client.aclose()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                if self.down:
                    break
                lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                body = await reader.readexactly(int(lengths[0].split(b":")[1]))
                answer = await self._answer(body)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)
                await writer.drain()
        writer.close()

    async def _answer(self, body: bytes) -> bytes:
        parts = urlsplit(self.target)
        auth = httpx.BasicAuth(parts.username or "", parts.password or "")
        url = f"http://{parts.hostname}:{parts.port}/"
        response = await self._client.post(url, content=body, auth=auth, headers={"Content-Type": "application/json"})
        asked = json.loads(body)
        calls = asked if isinstance(asked, list) else [asked]
        self.seen += [call["method"] for call in calls]
        if not self.rules:
            return response.content
        answers = json.loads(response.content)
        by_id = {one["id"]: one for one in (answers if isinstance(answers, list) else [answers])}
        for call in calls:
            rule = self.rules.get(call["method"])
            if rule is not None:
                self._change(by_id[call["id"]], rule)
        return json.dumps(answers).encode()

    def _change(self, answer: dict[str, Any], rule: Rule) -> None:
        changed = rule(answer.get("result"))
        if changed is NODE_ERROR:
            answer.pop("result", None)
            answer["error"] = {"code": -32000, "message": "missing trie node"}
        else:
            answer["result"] = changed


@asynccontextmanager
async def node_proxy(target: str) -> AsyncIterator[NodeProxy]:
    proxy = NodeProxy(target)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()
