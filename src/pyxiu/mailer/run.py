"""The mailer at work: woken by new events and by the clock.

Invariant: it outlives the loss of its database and of the mail server; what it did not do is still owed afterwards.
Limit: a notification only wakes it early; it looks by itself every POLL_S.
"""

import asyncio
from typing import Any, Final

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.kit.errors import TransientError
from pyxiu.mailer import store
from pyxiu.mailer.metrics import MailMetrics
from pyxiu.mailer.plan_mails import plan_mails
from pyxiu.mailer.send_mails import MailSender
from pyxiu.mailer.settings import MailSettings
from pyxiu.storage.database import UNAVAILABLE, Connection, close_quietly, connect
from pyxiu.storage.outbox import CHANNEL

POLL_S: Final = 5.0
#: A mail whose turn comes sooner than POLL_S is waited for, but not more often than this.
POLL_MIN_S: Final = 0.05
RECONNECT_S: Final = 1.0
_FAILURES: Final = (*UNAVAILABLE, asyncpg.PostgresError, DBAPIError, TransientError)

log = structlog.get_logger(__name__)


class Mailer:
    def __init__(
        self, dsn: str, database: AsyncEngine, sender: MailSender, settings: MailSettings, metrics: MailMetrics
    ) -> None:
        self._dsn = dsn
        self._database = database
        self._sender = sender
        self._settings = settings
        self._metrics = metrics
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Until canceled."""
        while True:
            listener: Connection | None = None
            try:
                listener = await connect(self._dsn, "pyxiu mailer wakes")
                await listener.add_listener(CHANNEL, self._notified)
                listener.add_termination_listener(self._notified)
                while not listener.is_closed():
                    await self._work()
            except _FAILURES as error:
                log.warning("mailer_reconnects", error=repr(error))
                await asyncio.sleep(RECONNECT_S)
            finally:
                if listener is not None:
                    await close_quietly(listener)

    async def _work(self) -> None:
        self._woken.clear()
        await self.work_off()
        async with self._database.connect() as connection:
            due_at = await store.next_due_at(connection)
        pause_s = POLL_S
        if due_at is not None:
            pause_s = min(POLL_S, max(POLL_MIN_S, (due_at - self._sender.now()).total_seconds()))
        try:
            async with asyncio.timeout(pause_s):
                await self._woken.wait()
        except TimeoutError:
            return

    async def work_off(self) -> None:
        """Do all that can be done now: plan every event, attempt every mail that is due."""
        while await plan_mails(self._database, self._settings):
            continue
        while await self._sender.send_due():
            await plan_mails(self._database, self._settings)
        async with self._database.connect() as connection:
            self._metrics.queue(await store.queue_state(connection), self._sender.now())

    def _notified(self, *_: Any) -> None:
        self._woken.set()
