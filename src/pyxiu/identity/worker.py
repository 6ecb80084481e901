"""What identity does when nobody waits for it: tell the engine about members, answer requests for mails, tidy up.

Invariant: it is woken by whoever owes something and looks by itself every POLL_S, so a lost notification delays and
loses nothing; a failure is tried again. Limit: any number of processes may run one; they share the work by locks.
"""

import asyncio
import datetime
from typing import Any, Final

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError

from pyxiu.identity import throttle_store
from pyxiu.identity.access.store import AccessStore
from pyxiu.identity.accounts.request_mail import answer_mail_requests
from pyxiu.identity.command_store import CHANNEL
from pyxiu.identity.external import store as external
from pyxiu.identity.services import IdentityServices
from pyxiu.identity.sessions import store as sessions
from pyxiu.identity.tell_engine import CommandSender, tell_engine
from pyxiu.kit.clock import now_of
from pyxiu.kit.errors import TransientError
from pyxiu.storage.database import UNAVAILABLE, Connection, close_quietly, connect

POLL_S: Final = 2.0
RETRY_S: Final = 0.5
TIDY_S: Final = 600.0
#: How long rows of sessions that are over tell which devices a user has.
SESSIONS_KEPT: Final = datetime.timedelta(days=90)
#: Much longer than any process is behind with them.
CHANGES_KEPT: Final = datetime.timedelta(days=1)
_FAILURES: Final = (*UNAVAILABLE, asyncpg.PostgresError, DBAPIError, TransientError)

log = structlog.get_logger(__name__)


class IdentityWorker:
    """`run()` until canceled."""

    def __init__(self, dsn: str, services: IdentityServices, engine: CommandSender) -> None:
        self._dsn = dsn
        self._services = services
        self._engine = engine
        self._woken = asyncio.Event()
        self._tidied_s = float("-inf")

    async def run(self) -> None:
        while True:
            try:
                listening = await connect(self._dsn, "pyxiu identity worker")
            except TransientError as error:
                await self._failed(error)
                continue
            try:
                await listening.add_listener(CHANNEL, self._wake)
                await self._work(listening)
            except _FAILURES as error:
                await self._failed(error)
            finally:
                await close_quietly(listening)

    async def work_once(self) -> None:
        """All that there is to do now."""
        await tell_engine(self._services.database, self._engine)
        await answer_mail_requests(self._services)
        loop_s = asyncio.get_running_loop().time()
        if loop_s - self._tidied_s >= TIDY_S:
            self._tidied_s = loop_s
            await tidy(self._services)

    async def _work(self, listening: Connection) -> None:
        while not listening.is_closed():
            self._woken.clear()
            await self.work_once()
            try:
                async with asyncio.timeout(POLL_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    def _wake(self, *_: Any) -> None:
        self._woken.set()

    async def _failed(self, error: Exception) -> None:
        log.warning("identity_worker_retries", error=repr(error))
        await asyncio.sleep(RETRY_S)


async def tidy(services: IdentityServices) -> None:
    """Forget counters whose window is over, sessions that ended long ago, and what else has had its time."""
    now = now_of(services.clock)
    async with services.counting.begin() as connection:
        await throttle_store.forget_ended(connection, now)
    async with services.database.begin() as connection:
        await sessions.forget_older(connection, now - SESSIONS_KEPT)
        await external.forget_expired(connection, now)
        await AccessStore(connection).forget_expired(now, now - CHANGES_KEPT)
