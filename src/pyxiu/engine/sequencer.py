"""The single writer: it takes commands from a bounded inbox, has the core decide them, and answers after the commit.

One commit is in flight at a time. What arrives meanwhile is decided at once, slice by slice, and waits in the next
batch, so batches grow by themselves with the load and the time a commit takes (group commit).

Invariant: an outcome leaves only after its record, and every record decided before it, is committed; that holds for
rejections too, as they may rest on undurable state. If a commit fails or the core breaks, `run` ends with
EngineFailedError and nothing more is answered or written: what is in memory may be ahead of the journal, and only
recovery can tell. Limit: one event loop; `submit_nowait` is for its thread.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final

import msgspec
import structlog

from pyxiu.core import codec
from pyxiu.core.interface import Core
from pyxiu.core.outcomes import Outcome
from pyxiu.core.rejections import Rejection
from pyxiu.engine.batch import NOBODY, Batch, Frame, Waiter, fail
from pyxiu.engine.committed import Committed
from pyxiu.engine.errors import EngineFailedError, EngineStoppedError, OverloadedError
from pyxiu.engine.forgotten import (
    MONEY_KEYS_IN_MEMORY,
    answer_forgotten,
    forget_command,
    is_forget_keys,
    is_money_move,
)
from pyxiu.engine.metrics import EngineMetrics
from pyxiu.engine.ports import Journal, MoneyKeys
from pyxiu.kit import failpoints
from pyxiu.kit.clock import Clock
from pyxiu.kit.errors import TransientError
from pyxiu.kit.failpoints import failpoint

log = structlog.get_logger(__name__)

#: Who is refused because the engine is held asks again after this long.
HELD_RETRY_S: Final = 5.0
_MALFORMED: Final = Outcome(0, Rejection.MALFORMED)


class Limits(msgspec.Struct, frozen=True):
    """`slice_commands` bounds how long the loop is held, the batch limits what one row of the journal holds."""

    inbox_commands: int = 32_768
    batch_commands: int = 4_096
    batch_bytes: int = 8 * 2**20
    slice_commands: int = 256
    money_keys: int = MONEY_KEYS_IN_MEMORY
    forget_interval_s: float = 0.1


class State(Enum):
    #: Another engine leads; this one follows the journal.
    STANDBY = "standby"
    STARTING = "starting"
    LEADING = "leading"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class EngineStatus(msgspec.Struct, frozen=True):
    """`seq` is the last committed number, `last_commit_ns` when that was (0: not since the start). `held` says why a
    leading engine refuses commands; "" if it takes them.
    """

    state: State
    leading: bool
    seq: int
    inbox: int
    last_commit_ns: int
    held: str = ""


class Sequencer:
    """`run()` it in a task; submit from the same loop."""

    def __init__(
        self,
        core: Core,
        journal: Journal,
        clock: Clock,
        *,
        money_keys: MoneyKeys | None = None,
        on_committed: Callable[[Committed], None] = lambda _: None,
        metrics: EngineMetrics | None = None,
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> None:
        self._core = core
        self._journal = journal
        self._clock = clock
        self._money_keys = money_keys
        self._on_committed = on_committed
        self._metrics = metrics or EngineMetrics()
        self._limits = limits
        #: Nothing fits while the engine is held, so that the hot path looks at one number.
        self._inbox_max = limits.inbox_commands
        self._held = ""
        self._state = State.STARTING
        self._wake = asyncio.Event()
        self._commands: list[bytes] = []
        self._waiters: list[Waiter] = []
        self._deciding: list[Waiter] = []
        self._decided = Batch()
        self._commit: _Commit | None = None
        # Asking for the running loop is a system call each time (CPython 3.11).
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lost: Exception | None = None
        self._forget: bytes | None = None
        self._forgetting: asyncio.Task[None] | None = None
        self._seq = core.seq
        self._last_commit_ns = 0
        self._commit_s = 0.001
        self._metrics.watch(inbox=lambda: len(self._commands), money_keys=lambda: core.money_keys)

    @property
    def status(self) -> EngineStatus:
        leading = self._state is State.LEADING
        return EngineStatus(self._state, leading, self._seq, len(self._commands), self._last_commit_ns, self._held)

    def hold(self, why: str) -> None:
        """Take nothing more until `resume`; what was taken is carried out and answered."""
        self._held = why
        self._inbox_max = 0

    def resume(self) -> None:
        self._held = ""
        self._inbox_max = self._limits.inbox_commands

    def submit_nowait(self, command: bytes) -> asyncio.Future[Outcome]:
        """Queue one encoded command. Raises OverloadedError or EngineStoppedError, and then has taken nothing."""
        if self._state is not State.LEADING:
            raise self._not_leading()
        commands = self._commands
        if len(commands) >= self._inbox_max:
            raise self._overloaded()
        if not commands:
            self._wake.set()
        assert self._loop is not None, "leading without a loop"
        future: asyncio.Future[Outcome] = self._loop.create_future()
        commands.append(command)
        self._waiters.append(future)
        return future

    def submit_frame_nowait(self, commands: Sequence[bytes]) -> asyncio.Future[list[Outcome]]:
        """Queue several, all or none; they keep their order but other commands may come between."""
        assert 0 < len(commands) <= self._limits.inbox_commands, f"a frame of {len(commands)} commands"
        if self._state is not State.LEADING:
            raise self._not_leading()
        if len(self._commands) + len(commands) > self._inbox_max:
            raise self._overloaded()
        self._wake.set()
        future: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        frame = Frame(len(commands), future)
        self._commands += commands
        self._waiters += [frame] * len(commands)
        return future

    async def run(self) -> None:
        """Lead until `stop`. Raises EngineFailedError when the process must end."""
        assert self._state is State.STARTING, self._state
        self._loop = asyncio.get_running_loop()
        self._journal.on_lost(self._leadership_lost)
        self._state = State.LEADING
        self._metrics.leading.set(1)
        self._metrics.seq.set(self._seq)
        try:
            while not self._drained():
                await self._wake.wait()
                self._wake.clear()
                await self._turn()
            self._state = State.STOPPED
        except BaseException as error:
            self._state = State.FAILED
            if isinstance(error, Exception):
                log.critical("engine_failed", seq=self._seq, error=repr(error))
                raise EngineFailedError(f"the engine stopped after record {self._seq}: {error!r}") from error
            raise
        finally:
            self._metrics.leading.set(0)
            self._end()

    def stop(self) -> None:
        """Take nothing more; `run` returns when everything that was taken is committed and answered."""
        if self._state is State.LEADING:
            self._state = State.STOPPING
            self._wake.set()

    async def _turn(self) -> None:
        """Answer what is committed, decide what has come in, begin to commit what is decided."""
        while True:
            if self._lost is not None:
                raise self._lost
            await self._finish_commit()
            if self._forget is not None:
                self._decide_forget(self._forget)
            if self._commands and not self._full():
                await self._decide_slice()
            self._begin_commit()
            if not self._commands or self._full():
                break
            # Let the commit be sent and the network be read between slices.
            await asyncio.sleep(0)
        self._forget_if_many()

    def _full(self) -> bool:
        decided = self._decided
        return len(decided) >= self._limits.batch_commands or decided.record_bytes >= self._limits.batch_bytes

    async def _decide_slice(self) -> None:
        size = self._limits.slice_commands
        commands, waiters = self._commands, self._waiters
        if len(commands) <= size:
            self._commands, self._waiters = [], []
        else:
            commands, waiters = commands[:size], waiters[:size]
            del self._commands[:size], self._waiters[:size]
        self._deciding = waiters
        failpoint("engine_before_decide")
        known: dict[int, Outcome] = {}
        if self._core.forgotten_seq and self._money_keys is not None:
            try:
                known = await answer_forgotten(commands, self._money_keys)
            except TransientError as error:
                commands, waiters = _without_moves(commands, waiters, error)
                self._deciding = waiters
        for position, command in enumerate(commands):
            if is_forget_keys(command):
                known[position] = _MALFORMED
        self._decide(commands, waiters, known)
        failpoint("engine_after_decide")

    def _decide(self, commands: list[bytes], waiters: list[Waiter], known: dict[int, Outcome]) -> None:
        """`known` outcomes, by position, are given without asking the core."""
        if known:
            asked = [command for position, command in enumerate(commands) if position not in known]
        else:
            asked = commands
        # The core keeps time from running backwards.
        submitted = self._core.submit(codec.encode_batch(asked), self._clock.now_ns())
        outcomes = codec.decode_outcomes(submitted.outcomes)
        if known:
            decided = iter(outcomes)
            outcomes = [known[position] if position in known else next(decided) for position in range(len(commands))]
        self._decided.add(waiters, outcomes)
        self._decided.add_records(submitted.records, submitted.seq_first, submitted.seq_last)

    def _begin_commit(self) -> None:
        if self._commit is not None or not self._decided.waiters:
            return
        batch = self._decided
        if batch.parts:
            records = batch.records()
            task = asyncio.ensure_future(self._journal.append(records, batch.seq_first, batch.seq_last))
            task.add_done_callback(self._commit_done)
            self._commit = _Commit(batch, records, task, time.perf_counter())
        else:
            self._count(batch)
            batch.answer()
        self._decided = Batch()

    def _commit_done(self, task: "asyncio.Future[None]") -> None:
        if not task.cancelled():
            task.exception()  # looked at here, because after a failure nobody may come to finish the commit
        self._wake.set()

    async def _finish_commit(self) -> None:
        commit = self._commit
        if commit is None or not commit.task.done():
            return
        commit.task.result()
        batch = commit.batch
        self._seq = batch.seq_last
        self._last_commit_ns = self._clock.now_ns()
        self._commit_s = time.perf_counter() - commit.began_s
        failpoint("engine_after_commit_before_ack")
        self._on_committed(Committed(commit.records, batch.seq_first, batch.seq_last))
        self._count(batch)
        if failpoints.is_armed("engine_during_ack"):
            await _answer_first(batch)
        batch.answer()
        self._commit = None

    def _count(self, batch: Batch) -> None:
        metrics = self._metrics
        metrics.commands.inc(len(batch))
        if batch.parts:
            metrics.seq.set(batch.seq_last)
            metrics.batch_commands.observe(len(batch))
            metrics.commit_seconds.observe(self._commit_s)
        rejections = Counter([outcome.rejection for outcome in batch.outcomes if outcome.rejection])
        for rejection, count in rejections.items():
            metrics.rejections.labels(rejection.name).inc(count)

    def _forget_if_many(self) -> None:
        """Begin to find out which keys the core may forget, when it remembers too many."""
        if self._core.money_keys > self._limits.money_keys and self._money_keys is not None and not self._forgetting:
            self._forgetting = asyncio.ensure_future(self._prepare_to_forget(self._money_keys))

    async def _prepare_to_forget(self, keys: MoneyKeys) -> None:
        try:
            self._forget = forget_command(self._core, await keys.durable_seq())
            self._wake.set()
            await asyncio.sleep(self._limits.forget_interval_s)
        except TransientError as error:
            log.warning("money_keys_not_forgotten", error=str(error))
        finally:
            self._forgetting = None

    def _decide_forget(self, command: bytes) -> None:
        """Alone in its slice: commands after it are looked up, and those before it found their keys in memory."""
        self._forget = None
        self._decide([command], [NOBODY], {})

    def _drained(self) -> bool:
        idle = not self._commands and not self._decided.waiters and self._commit is None
        return self._state is State.STOPPING and idle

    def _leadership_lost(self, error: Exception) -> None:
        self._lost = self._lost or error
        self._wake.set()

    def _not_leading(self) -> EngineStoppedError:
        return EngineStoppedError(f"the engine is {self._state.value}, it takes no commands")

    def _overloaded(self) -> OverloadedError:
        self._metrics.overloads.inc()
        if self._held:
            return OverloadedError(HELD_RETRY_S, self._held)
        batches = len(self._commands) / self._limits.batch_commands
        return OverloadedError(max(0.01, batches * self._commit_s), "the engine's inbox is full")

    def _end(self) -> None:
        """Tell whoever still waits that nobody knows; their keys will, after recovery."""
        error = EngineStoppedError(
            f"the engine stopped after record {self._seq}; whether this command was committed is known after recovery"
        )
        if self._forgetting is not None:
            self._forgetting.cancel()
        if self._commit is not None:
            self._commit.task.cancel()
            self._commit.batch.fail(error)
        self._decided.fail(error)
        fail(self._deciding, error)
        fail(self._waiters, error)


def _without_moves(
    commands: list[bytes], waiters: list[Waiter], error: TransientError
) -> tuple[list[bytes], list[Waiter]]:
    """What is left when nobody can say which money moves happened before: those fail, the others need not know."""
    kept: list[bytes] = []
    kept_waiters: list[Waiter] = []
    for command, waiter in zip(commands, waiters, strict=True):
        if not is_money_move(command):
            kept.append(command)
            kept_waiters.append(waiter)
        elif isinstance(waiter, Frame):
            # The rest of its frame is decided here or in the slices around this one.
            fail([waiter], EngineStoppedError(f"a part of it was not taken, for the rest it is not known: {error}"))
        else:
            fail([waiter], error)
    return kept, kept_waiters


class _Commit:
    """A batch in flight."""

    __slots__ = ("batch", "began_s", "records", "task")

    def __init__(self, batch: Batch, records: bytes, task: "asyncio.Future[None]", began_s: float) -> None:
        self.batch = batch
        self.records = records
        self.task = task
        self.began_s = began_s


async def _answer_first(batch: Batch) -> None:
    """Tell one caller and give it time to hear, then perhaps die."""
    if not batch.waiters[0].done():
        batch.waiters[0].set_result(batch.outcomes[0])
    batch.waiters[0] = NOBODY  # `answer` must not tell a frame its first outcome twice
    await asyncio.sleep(0.05)
    failpoint("engine_during_ack")
