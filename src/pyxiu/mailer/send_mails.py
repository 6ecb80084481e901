"""Attempt every mail whose time has come.

Invariant: a recorded success is final; what was not sent stays queued with its reason, or is given up with it, within
the bounds of the settings. Limit: at least once. Between the server's 250 and our commit lies a moment in which a crash
leaves the mail queued; it is then sent again, with the same Message-ID.
"""

import asyncio
import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.kit.clock import Clock
from pyxiu.kit.failpoints import failpoint
from pyxiu.mailer import store
from pyxiu.mailer.compose import Composer
from pyxiu.mailer.metrics import MailMetrics
from pyxiu.mailer.model import MailState, OwedMail
from pyxiu.mailer.ports import MailDelayedError, MailRefusedError, Transport
from pyxiu.mailer.settings import SEND_MAX_S, MailSettings

REASON_LENGTH_MAX = 500
#: How long a stop waits for the attempts that have begun; later ones are made again when their lease ends.
STOP_MAX_S = 10.0

log = structlog.get_logger(__name__)


class MailSender:
    def __init__(
        self,
        database: AsyncEngine,
        composer: Composer,
        transport: Transport,
        settings: MailSettings,
        clock: Clock,
        metrics: MailMetrics,
    ) -> None:
        self._database = database
        self._composer = composer
        self._transport = transport
        self._settings = settings
        self._clock = clock
        self._metrics = metrics

    async def send_due(self) -> int:
        """Take and attempt one batch; how many there were."""
        lease = datetime.timedelta(seconds=self._settings.lease_s)
        async with self._database.begin() as connection:
            taken = await store.take_due(connection, self.now(), lease, limit=self._settings.at_once)
        if taken:
            await self._attempt_all(taken)
        return len(taken)

    async def _attempt_all(self, taken: list[OwedMail]) -> None:
        """One failing database must not leave the other attempts behind, nor a stop leave them unrecorded."""
        attempts = asyncio.gather(*(self._attempt(mail) for mail in taken), return_exceptions=True)
        try:
            results = await asyncio.shield(attempts)
        except asyncio.CancelledError:
            await asyncio.wait({attempts}, timeout=STOP_MAX_S)
            raise
        for result in results:
            if isinstance(result, BaseException):
                raise result

    def now(self) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(self._clock.now_ns() / 10**9, datetime.UTC)

    async def _attempt(self, mail: OwedMail) -> None:
        try:
            await self._deliver(mail)
        except MailRefusedError as error:
            await self._give_up(mail, MailState.FAILED, str(error))
            return
        except MailDelayedError as error:
            await self._delay(mail, str(error))
            return
        failpoint("mail_after_send_before_record")
        async with self._database.begin() as connection:
            await store.note_sent(connection, mail.id, self.now())
        self._metrics.attempted("sent")
        log.info("mail_sent", mail=mail.id, outbox_event=mail.event, attempts=mail.attempts)

    async def _deliver(self, mail: OwedMail) -> None:
        if self.now() > mail.give_up_at or mail.attempts > self._settings.attempts_max:
            raise MailDelayedError(mail.reason or "it waited too long for its first attempt")
        async with self._database.connect() as connection:
            event = await store.event_of(connection, mail)
        if event is None:
            raise MailRefusedError(f"event {mail.outbox_id} is not in the outbox any more")
        message = self._composer.compose(mail, event)
        try:
            async with asyncio.timeout(SEND_MAX_S):
                await self._transport.deliver(message, mail.recipient)
        except TimeoutError:
            raise MailDelayedError(f"no end within {SEND_MAX_S:.0f} s") from None

    async def _delay(self, mail: OwedMail, reason: str) -> None:
        next_attempt_at = self.now() + datetime.timedelta(seconds=self._settings.pause_s(mail.attempts))
        if mail.attempts >= self._settings.attempts_max:
            await self._give_up(mail, MailState.ABANDONED, f"after {mail.attempts} attempts: {reason}")
            return
        if next_attempt_at > mail.give_up_at:
            await self._give_up(mail, MailState.ABANDONED, f"of no use after {mail.give_up_at:%F %T}: {reason}")
            return
        async with self._database.begin() as connection:
            await store.note_unsent(connection, mail, MailState.QUEUED, reason[:REASON_LENGTH_MAX], next_attempt_at)
        self._metrics.attempted("delayed")
        log.warning("mail_delayed", mail=mail.id, outbox_event=mail.event, attempts=mail.attempts, reason=reason)

    async def _give_up(self, mail: OwedMail, state: MailState, reason: str) -> None:
        async with self._database.begin() as connection:
            await store.note_unsent(connection, mail, state, reason[:REASON_LENGTH_MAX], mail.next_attempt_at)
        self._metrics.attempted(state.value)
        log.error("mail_given_up", mail=mail.id, outbox_event=mail.event, state=state.value, reason=reason)
