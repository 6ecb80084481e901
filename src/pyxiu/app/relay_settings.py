"""Where events are relayed to, from PYXIU_* variables.

Invariant: a URL or secret never shows itself. Limit: one destination of each kind; more come through plugins.
"""

from collections.abc import Mapping

import msgspec

from pyxiu.app.setting_values import flag_of
from pyxiu.app.settings_error import SettingsError


class RelaySettingsError(SettingsError):
    """A setting about the relay has a value that cannot be used."""


class RelayChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator chose; None: no events there."""

    rabbitmq_url: str | None = None
    rabbitmq_durable: bool = False
    #: The websocket exchange beside the Event API.
    ranger: bool = False
    webhook_url: str | None = None
    webhook_secret: str | None = None
    sqs_queue_url: str | None = None
    sns_topic_arn: str | None = None
    aws_endpoint_url: str | None = None

    def __repr__(self) -> str:
        return f"RelayChoice({', '.join(self.names)})"

    @property
    def names(self) -> tuple[str, ...]:
        """The destinations that are set."""
        chosen = {
            "rabbitmq": self.rabbitmq_url,
            "webhook": self.webhook_url,
            "sqs": self.sqs_queue_url,
            "sns": self.sns_topic_arn,
        }
        return tuple(name for name, value in chosen.items() if value)


def read_relay(given: Mapping[str, str]) -> RelayChoice:
    """Raises RelaySettingsError."""
    rabbitmq = given.get("PYXIU_RABBITMQ_URL")
    if rabbitmq is not None and not rabbitmq.startswith(("amqp://", "amqps://")):
        raise RelaySettingsError("PYXIU_RABBITMQ_URL: expected amqp://user:password@host:port/vhost, or amqps://")
    ranger = flag_of(given, "PYXIU_RABBITMQ_RANGER", RelaySettingsError)
    if ranger and rabbitmq is None:
        raise RelaySettingsError("PYXIU_RABBITMQ_RANGER: expected PYXIU_RABBITMQ_URL beside it")
    webhook, secret = given.get("PYXIU_WEBHOOK_URL"), given.get("PYXIU_WEBHOOK_SECRET")
    if webhook is not None and len(secret or "") < WEBHOOK_SECRET_MIN:
        raise RelaySettingsError(
            f"PYXIU_WEBHOOK_SECRET: expected at least {WEBHOOK_SECRET_MIN} characters beside PYXIU_WEBHOOK_URL"
        )
    queue, topic = given.get("PYXIU_SQS_QUEUE_URL"), given.get("PYXIU_SNS_TOPIC_ARN")
    for name, value in (("PYXIU_SQS_QUEUE_URL", queue), ("PYXIU_SNS_TOPIC_ARN", topic)):
        if value is not None and not value.endswith(".fifo"):
            raise RelaySettingsError(f"{name}: expected a FIFO one, whose name ends in .fifo: events have an order")
    return RelayChoice(
        rabbitmq_url=rabbitmq,
        rabbitmq_durable=flag_of(given, "PYXIU_RABBITMQ_DURABLE", RelaySettingsError),
        ranger=ranger,
        webhook_url=webhook,
        webhook_secret=secret,
        sqs_queue_url=queue,
        sns_topic_arn=topic,
        aws_endpoint_url=given.get("PYXIU_AWS_ENDPOINT_URL"),
    )


WEBHOOK_SECRET_MIN = 16
