"""Passwords at rest: argon2id, computed by a few threads with a short queue.

Invariant: at most `workers` hashes are computed at once, a step behind everything else, and at most `waiting_max` wait,
so a flood of log-ins can take neither all the CPU nor all the memory; whoever finds the queue full is told at once. A
check against no hash at all costs what any check costs. Limit: one pool a process; memory is `workers` times
`memory_kib`.
"""

import asyncio
import os
import sys
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, TypeVar

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pyxiu.kit.errors import TransientError

Result = TypeVar("Result")
#: With a core to share, a third of it.
NICENESS: Final = 5


def _half_of_the_cores() -> int:
    return max(1, (os.cpu_count() or 1) // 2)


class HashingSettings(msgspec.Struct, frozen=True):
    """RFC 9106's second recommendation, with one lane: 64 MiB, three passes; some 0.1 s of one core."""

    time_cost: int = 3
    memory_kib: int = 64 * 1024
    parallelism: int = 1
    workers: int = msgspec.field(default_factory=_half_of_the_cores)
    waiting_max: int = 64


class HashingBusyError(TransientError):
    """Too many passwords wait to be checked."""


class Checked(msgspec.Struct, frozen=True):
    """`rehashed`: what to store instead, when the parameters have changed since."""

    right: bool
    rehashed: str | None = None


class PasswordHashing:
    """Hashes and checks; made once per process."""

    def __init__(self, settings: HashingSettings) -> None:
        self._argon2 = PasswordHasher(settings.time_cost, settings.memory_kib, settings.parallelism)
        self._threads = ThreadPoolExecutor(settings.workers, thread_name_prefix="argon2", initializer=_step_back)
        self._places = settings.workers + settings.waiting_max
        self._taken = 0
        self._dummy: str | None = None
        #: How many hashes were computed so far: the cost that everybody must be charged alike.
        self.computed = 0

    async def hash(self, password: str) -> str:
        """Raises HashingBusyError."""
        return await self._run(lambda: self._hash(password))

    async def check(self, password_hash: str | None, password: str) -> Checked:
        """None for an account that does not exist: the answer is no, and takes as long. Raises HashingBusyError."""
        return await self._run(lambda: self._check(password_hash, password))

    def _hash(self, password: str) -> str:
        self.computed += 1
        return self._argon2.hash(_bytes_of(password))

    def _check(self, password_hash: str | None, password: str) -> Checked:
        if self._dummy is None:
            # Of the parameters that are set, and of no password that anybody can send.
            self._dummy = self._argon2.hash("\x00")
        self.computed += 1
        try:
            self._argon2.verify(password_hash or self._dummy, _bytes_of(password))
        except (VerificationError, InvalidHashError):
            return Checked(right=False)
        if not password_hash:
            return Checked(right=False)
        stale = self._argon2.check_needs_rehash(password_hash)
        return Checked(right=True, rehashed=self._argon2.hash(_bytes_of(password)) if stale else None)

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._taken >= self._places:
            raise HashingBusyError(f"{self._taken} passwords are being checked already")
        self._taken += 1
        running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        # The place is free when the thread is, not when a client that went away stops waiting.
        running.add_done_callback(self._leave)
        return await asyncio.shield(running)

    def _leave(self, _: object) -> None:
        self._taken -= 1


def _step_back() -> None:
    """Let whatever else this process does go first: who logs in can wait, who trades should not."""
    if sys.platform == "linux":
        with suppress(OSError):
            # On Linux priorities are those of threads.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _bytes_of(password: str) -> bytes:
    """The same for every keyboard that writes the same letters; and for texts that are none."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
