"""Clients that trade until the server dies, and remember what they were told: the other side of every crash test.

Everything they send carries a key of their own. What was answered is `told`; what was cut off is `unknown` and is sent
again, with the same key, after the restart. `Traders.check` then holds the journal to all of it.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec

from pyxiu.app.control import connect_control
from pyxiu.app.demo.members import DemoCredentials, DemoMember
from pyxiu.app.demo.prepare import prepare_demo
from pyxiu.app.identity_services import identity_services
from pyxiu.app.secrets import open_secret_box
from pyxiu.app.session import engine_session
from pyxiu.app.settings import Settings
from pyxiu.core.codec import encode_command
from pyxiu.core.commands import CreditDeposit
from pyxiu.core.events import EntryPosted, OrderAccepted, OrderCanceled
from pyxiu.core.money import pack
from pyxiu.core.outcomes import Record
from pyxiu.core.rejections import Rejection
from pyxiu.core.types import AssetId, MemberId
from pyxiu.engine.client import EngineClient
from pyxiu.kit.errors import TransientError
from pyxiu.transport.engine_cluster import connect_cluster
from pyxiu.transport.tls import load_identity
from tests.e2e.server import Server
from tests.support.api import KeyAuth

PREFIX = "/api/v2/peatio"
WORKERS = 3
#: Longer than anything that died may take to be back, on a busy machine too.
RETRY_S = 300.0
#: The part of operations that is a deposit.
DEPOSITS = 0.05
MIDDLE = 64_000
ENGINE_WAIT_S = 20.0


async def make_demo(settings: Settings) -> DemoCredentials:
    """Catalog, members and funds, before the server is started."""
    async with engine_session(settings) as context:
        identity = identity_services(context, open_secret_box(settings.home))
        return (await prepare_demo(settings.home, context.catalog, context.engine, identity)).credentials


@asynccontextmanager
async def engine_link(settings: Settings) -> AsyncIterator[EngineClient]:
    """The engine as other processes reach it: over gRPC in the split stack, otherwise over the control socket."""
    if not settings.engines:
        async with connect_control(settings.home) as engine:
            yield engine
        return
    identity = settings.certs and load_identity(settings.certs, "watcher")
    async with connect_cluster(settings.engines, identity or None) as cluster:
        await cluster.until_found(ENGINE_WAIT_S)
        yield cluster


class Operation(msgspec.Struct, frozen=True):
    """`kind` place, cancel, batch or deposit; `key` is the client order id, or the deposit's key."""

    kind: str
    member: str
    key: str
    body: dict[str, Any] = {}
    keys: tuple[str, ...] = ()


class Traders:
    """Two members with a few requests under way at a time each."""

    def __init__(self, server: Server, credentials: DemoCredentials, seed: int) -> None:
        self._server = server
        #: Of keys, so that several traders may follow each other on one exchange.
        self._prefix = f"order-{seed}"
        self._members = {member.uid: member for member in (credentials.maker, credentials.taker)}
        self._rng = random.Random(seed)
        self._count = 0
        self._clients: dict[str, httpx.AsyncClient] = {}
        self.placed: dict[str, dict[str, Any]] = {}
        self.canceled: dict[str, int] = {}
        self.deposits: set[str] = set()
        self.unknown: list[Operation] = []

    async def trade_until_crash(self) -> None:
        """Send, one after another in each worker, until the server is gone."""
        async with self._connected():
            workers = [self._work(member) for member in self._members.values() for _ in range(WORKERS)]
            await asyncio.gather(*workers, self._deposit_now_and_then())

    async def trade_until(self, stop: asyncio.Event) -> None:
        """Send until told to stop, whatever dies meanwhile: what is not answered is sent again until it is."""
        async with self._connected():
            workers = [self._work_until(stop, member) for member in self._members.values() for _ in range(WORKERS)]
            await asyncio.gather(*workers)

    async def trade(self, operations: int) -> None:
        """Send so many and expect all to be answered."""
        async with self._connected():
            for _ in range(operations):
                member = self._rng.choice(list(self._members.values()))
                await self._attempt(self._next(member))
        assert not self.unknown, (
            f"not answered although nothing was killed: {self.unknown[:3]}, {self._server.log_tail()}"
        )

    async def resolve(self) -> None:
        """Send again what was cut off, and some of what was answered: the answer must be the same."""
        operations, self.unknown = self.unknown, []
        async with self._connected():
            for operation in operations:
                await self._attempt(operation)
            for key in self._rng.sample(sorted(self.placed), min(5, len(self.placed))):
                await self._place_again(key)
        assert not self.unknown, f"not answered after the restart: {self.unknown}"

    @property
    def acknowledged(self) -> int:
        """How many operations were answered for good."""
        return len(self.placed) + len(self.canceled) + len(self.deposits)

    async def acknowledges_more_than(self, told: int) -> bool:
        """Whether somebody who trades meanwhile gets another answer soon."""
        for _ in range(100):
            if self.acknowledged > told:
                return True
            await asyncio.sleep(0.02)
        return False

    def check(self, records: list[Record]) -> None:
        """Hold the journal to what was told: nothing lost, nothing twice."""
        events = [event for record in records for event in record.events]
        accepted = [event for event in events if isinstance(event, OrderAccepted) and self._is_ours(event)]
        twice = [key for key, count in Counter(event.key for event in accepted).items() if count > 1]
        assert not twice, f"placed more than once: {twice}"
        by_key = {event.key: event for event in accepted}
        for key, order in self.placed.items():
            assert key in by_key, f"acknowledged order {key} is not in the journal"
            journaled = by_key[key]
            assert journaled.order_id == order["id"], f"{key} was acknowledged as {order}, journaled as {journaled}"
        assert by_key.keys() == self.placed.keys(), "every order of the journal was acknowledged in the end"
        ended = {event.order_id for event in events if isinstance(event, OrderCanceled)}
        lost = [order_id for order_id in self.canceled.values() if order_id not in ended]
        assert not lost, f"acknowledged cancels are not in the journal: {lost}"
        entries = Counter(event.key for event in events if isinstance(event, EntryPosted))
        assert all(entries[key] == 1 for key in self.deposits), "each deposit is credited exactly once"

    def _is_ours(self, event: OrderAccepted) -> bool:
        return (event.key or "").startswith(f"{self._prefix}-")

    def _connected(self) -> "_Connections":
        return _Connections(self._clients, self._members, self._server.url)

    async def _work(self, member: DemoMember) -> None:
        while self._server.is_running():
            await self._attempt(self._next(member))

    async def _work_until(self, stop: asyncio.Event, member: DemoMember) -> None:
        while not stop.is_set():
            await self._attempt(self._deposit() if self._rng.random() < DEPOSITS else self._next(member))

    async def _deposit_now_and_then(self) -> None:
        while self._server.is_running():
            await self._attempt(self._deposit())
            await asyncio.sleep(0.02)

    def _next(self, member: DemoMember) -> Operation:
        draw = self._rng.random()
        open_keys = [
            key for key, order in self.placed.items() if order["member"] == member.uid and key not in self.canceled
        ]
        if draw < 0.25 and open_keys:
            return Operation("cancel", member.uid, self._rng.choice(open_keys[-50:]))
        if draw < 0.4:
            items = [self._order() for _ in range(4)]
            return Operation(
                "batch",
                member.uid,
                items[0]["client_order_id"],
                {"items": items},
                tuple(i["client_order_id"] for i in items),
            )
        order = self._order()
        return Operation("place", member.uid, order["client_order_id"], order)

    def _order(self) -> dict[str, Any]:
        self._count += 1
        return {
            "market": "btcusdt",
            "side": self._rng.choice(("buy", "sell")),
            "volume": f"0.{self._rng.randint(100, 9_999):06}",
            "price": f"{MIDDLE + self._rng.randint(-30, 30)}.{self._rng.randint(0, 99):02}",
            "client_order_id": f"{self._prefix}-{self._count}",
            "stp": "none",
        }

    def _deposit(self) -> Operation:
        self._count += 1
        member = self._rng.choice(sorted(self._members))
        return Operation("deposit", member, f"deposit-{self._prefix}-{self._count}")

    async def _attempt(self, operation: Operation) -> None:
        """Carry out one operation, or remember that nobody knows."""
        deadline_s = time.monotonic() + RETRY_S
        while time.monotonic() < deadline_s:
            try:
                answered = await self._send(operation)
            except (httpx.TransportError, TransientError):
                answered = False
            if answered:
                return
            if not self._server.is_running():
                self.unknown.append(operation)
                return
            await asyncio.sleep(0.02)
        self.unknown.append(operation)

    async def _send(self, operation: Operation) -> bool:
        """True if the answer is for good."""
        if operation.kind == "deposit":
            return await self._send_deposit(operation)
        client = self._clients[operation.member]
        if operation.kind == "cancel":
            order_id = self.placed[operation.key]["id"]
            answer = await client.post(f"{PREFIX}/market/orders/{order_id}/cancel")
            if answer.status_code == 201:
                self.canceled[operation.key] = order_id
            return answer.status_code in (201, 422)
        path = "/market/orders/batch" if operation.kind == "batch" else "/market/orders"
        answer = await client.post(PREFIX + path, json=operation.body)
        if answer.status_code != 201:
            # A request that waited until a gateway was back may be too old by then: it is signed anew.
            too_old = answer.json()["errors"] == ["authz.nonce_expired"]
            assert answer.status_code in (503, 504) or too_old, answer.text
            return False
        orders = [item["order"] for item in answer.json()] if operation.kind == "batch" else [answer.json()]
        for key, order in zip(operation.keys or (operation.key,), orders, strict=True):
            told = self.placed.setdefault(key, order | {"member": operation.member, "body": operation.body})
            assert told["id"] == order["id"], f"{key} was answered with two orders"
        return True

    async def _send_deposit(self, operation: Operation) -> bool:
        command = CreditDeposit(operation.key, MemberId(operation.member), AssetId("usdt"), pack(1))
        async with engine_link(self._server.settings) as engine:
            [outcome] = await engine.submit_many([encode_command(command)])
        assert outcome.rejection is Rejection.NONE, outcome
        self.deposits.add(operation.key)
        return True

    async def _place_again(self, key: str) -> None:
        told = self.placed[key]
        if "items" in told["body"]:
            return
        answer = await self._clients[told["member"]].post(f"{PREFIX}/market/orders", json=told["body"])
        assert answer.status_code == 201, answer.text
        assert answer.json()["id"] == told["id"], f"{key} was placed a second time"


class _Connections:
    """HTTP clients for the length of a block, one a member."""

    def __init__(self, clients: dict[str, httpx.AsyncClient], members: dict[str, DemoMember], url: str) -> None:
        self._clients = clients
        self._members = members
        self._url = url

    async def __aenter__(self) -> None:
        for uid, member in self._members.items():
            auth = KeyAuth(member.api_key, member.api_secret)
            self._clients[uid] = httpx.AsyncClient(base_url=self._url, auth=auth, timeout=20, trust_env=False)

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()
