"""What the mailer tells a monitoring system: how long the queue is, how old, and how attempts end.

Invariant: an alarm on the age notices everything that stops mails: a server that is gone, a mailer that hangs less so,
as the figures are its own. Limit: in the process of the mailer only.
"""

import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge

from pyxiu.mailer.model import QueueState


class MailMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter("pyxiu_mail_attempts", "Attempts to send a mail.", ["result"], registry=registry)
        self._length = Gauge("pyxiu_mail_queue_length", "Mails that wait to be sent.", registry=registry)
        self._age = Gauge("pyxiu_mail_queue_age_seconds", "Age of the oldest mail that waits.", registry=registry)

    def attempted(self, result: str) -> None:
        """`result`: sent, delayed, failed or abandoned."""
        self._attempts.labels(result).inc()

    def queue(self, state: QueueState, now: datetime.datetime) -> None:
        self._length.set(state.length)
        self._age.set(0 if state.oldest_at is None else max(0.0, (now - state.oldest_at).total_seconds()))
