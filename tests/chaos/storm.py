"""Rounds of kill -9 on a split exchange that members trade on, and what came of them.

Each round kills one process or two at the same moment, any of them, waits until the exchange is whole again without
help, and goes on; whoever trades sends again what was not answered, with the same keys. Invariant: with the same seed
the same processes are killed in the same rounds. Limit: when they die within a round is up to the machine. The parent
is started again by us, as an init system does; everything else comes back by itself.
"""

import asyncio
import os
import random
import signal
import time
from contextlib import suppress
from typing import Any, Final

import httpx
import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from pyxiu.app.readiness import READY_PATH
from pyxiu.storage.follow import JournalFollower
from tests.chaos.family import PARENT, Family
from tests.e2e.server import Server
from tests.e2e.traders import Traders

BACK_MAX_S: Final = 30.0
#: Beyond the limit a round is a failure; so long it is waited for all the same, to tell how much too late it was.
GIVE_UP_S: Final = 300.0
POLL_S: Final = 0.1
#: Of two processes at the same moment, among all rounds.
PAIRS: Final = 0.4
TICKERS: Final = "/api/v2/ranger/public/?stream=global.tickers"


class Round(msgspec.Struct, frozen=True):
    """`back_s`: from the kill until all processes are ready, an order is acknowledged and both streams speak."""

    number: int
    killed: tuple[str, ...]
    after_s: float
    back_s: float
    acknowledged: int


class Outcome(msgspec.Struct, frozen=True):
    """What a storm came to. `findings` is empty where nothing is wrong."""

    seed: int
    rounds: tuple[Round, ...]
    seconds: float
    orders: int
    cancels: int
    deposits: int
    records: int
    findings: tuple[str, ...]


class Storm:
    """`run()` once, on a server that has started."""

    def __init__(
        self, server: Server, traders: Traders, *, seed: int, load_s: float = 2.0, back_max_s: float = BACK_MAX_S
    ) -> None:
        self._server = server
        self._traders = traders
        self._family = Family(server)
        self._rng = random.Random(seed)
        self._seed = seed
        self._load_s = load_s
        self._back_max_s = back_max_s
        self._names: list[str] = []

    async def run(self, rounds: int, report: Any = lambda _: None) -> Outcome:
        began_s = time.monotonic()
        await self._until_whole(set(), GIVE_UP_S)
        self._names = sorted(self._family.pids())
        stop = asyncio.Event()
        trading = asyncio.create_task(self._traders.trade_until(stop))
        done: list[Round] = []
        findings: list[str] = []
        try:
            for number in range(1, rounds + 1):
                done.append(await self._round(number))
                report(done[-1])
                assert not trading.done(), trading.exception()
        except AssertionError as error:
            findings.append(f"round {len(done) + 1}: {error}")
        finally:
            stop.set()
            await asyncio.wait({trading})
        found, records = await self._findings(trading.exception())
        findings += found
        late = [f"round {one.number}: back after {one.back_s} s" for one in done if one.back_s > self._back_max_s]
        return Outcome(
            seed=self._seed,
            rounds=tuple(done),
            seconds=round(time.monotonic() - began_s, 1),
            orders=len(self._traders.placed),
            cancels=len(self._traders.canceled),
            deposits=len(self._traders.deposits),
            records=records,
            findings=(*late, *findings),
        )

    async def _round(self, number: int) -> Round:
        victims = tuple(sorted(self._rng.sample(self._names, 2 if self._rng.random() < PAIRS else 1)))
        after_s = round(self._rng.uniform(0, self._load_s), 3)
        await asyncio.sleep(after_s)
        pids = self._family.pids()
        dead = {pids[name] for name in victims}
        killed_s = time.monotonic()
        for pid in dead:
            os.kill(pid, signal.SIGKILL)
        if PARENT in victims:
            # None of its children outlives it for long, so all of them have to be others afterwards.
            dead = set(pids.values())
            self._server.process.wait()
            self._server.spawn()
        await self._until_whole(dead, GIVE_UP_S)
        return Round(number, victims, after_s, round(time.monotonic() - killed_s, 2), self._traders.acknowledged)

    async def _until_whole(self, dead: set[int], limit_s: float) -> None:
        """Every process is there and ready, none of them one that was killed, and members are served."""
        try:
            async with asyncio.timeout(limit_s):
                while not (self._are_all_there(dead) and await self._is_serving()):  # noqa: ASYNC110 - other processes
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            missing = sorted(set(self._names) - set(self._family.pids()))
            raise AssertionError(f"not whole after {limit_s} s, missing {missing}: {self._server.log_tail()}") from None

    def _are_all_there(self, dead: set[int]) -> bool:
        pids = self._family.pids()
        return len(pids) > 2 and set(self._names) <= set(pids) and not dead & set(pids.values())

    async def _is_serving(self) -> bool:
        told = self._traders.acknowledged
        ports = {self._server.settings.port, self._server.stream_port or self._server.settings.port}
        with suppress(httpx.TransportError, OSError, TimeoutError, WebSocketException):
            async with httpx.AsyncClient(base_url=self._server.url, trust_env=False, timeout=5) as client:
                if not (await client.get(READY_PATH)).is_success:
                    return False
            for port in ports:
                async with connect(f"ws://127.0.0.1:{port}{TICKERS}", proxy=None, open_timeout=5) as socket:
                    await asyncio.wait_for(socket.recv(), 5)
            return not self._names or await self._traders.acknowledges_more_than(told)
        return False

    async def _findings(self, failure: BaseException | None) -> tuple[list[str], int]:
        """Hold journal and books to what was told; nobody trades any more. `failure`: what ended the trading."""
        findings = [] if failure is None else [f"trading: {failure!r}"]
        records = []
        try:
            await self._traders.resolve()
            async with JournalFollower(self._server.dsn(), seq_after=0) as follower:
                while batch := await follower.poll():
                    records += batch
            self._traders.check(records)
        except AssertionError as error:
            findings.append(str(error))
        for command in (("journal", "verify"), ("audit",)):
            ended = await self._server.run(*command)
            if ended.returncode != 0:
                findings.append(f"pyxiu {' '.join(command)}: {(ended.stdout + ended.stderr)[-2_000:]}")
        return findings, len(records)
