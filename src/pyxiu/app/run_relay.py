"""The relay module: the destinations that are set, plugged with their keys and addresses.

Invariant: what is published is signed with a key for events and nothing else. Limit: without a destination it has
nothing to do, and does nothing.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog

from pyxiu.app.context import Context
from pyxiu.app.relay_settings import RelayChoice
from pyxiu.app.settings import Settings
from pyxiu.app.settings_error import SettingsError
from pyxiu.app.token_keys import KeyringFolder
from pyxiu.identity.tokens.keyring import Purpose, to_pem
from pyxiu.relay.envelope import EnvelopeSigner
from pyxiu.relay.ports import Sink
from pyxiu.relay.run import Relay, RelayMetrics

_log = structlog.stdlib.get_logger("pyxiu.relay")


@asynccontextmanager
async def relay(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    sinks = sinks_of(context.settings)
    if not sinks:
        yield None
        return
    _log.info("events are relayed", to=sorted(sinks))
    yield Relay(context.dsn, context.pool, context.identity, sinks, RelayMetrics(context.registry)).run()


def sinks_of(settings: Settings) -> dict[str, Callable[[], Sink]]:
    """A maker for each destination that is set. Raises SettingsError where one cannot be made."""
    choice = settings.relay
    makers = {"rabbitmq": _rabbitmq, "webhook": _webhook, "sqs": _sqs, "sns": _sns}
    return {name: makers[name](settings, choice) for name in choice.names}


def _rabbitmq(settings: Settings, choice: RelayChoice) -> Callable[[], Sink]:
    from pyxiu.adapters.sinks.rabbitmq import RabbitMqSink

    key = KeyringFolder(settings.home, Purpose.EVENTS)().newest
    signer = EnvelopeSigner(to_pem(key), algorithm=key.algorithm.value)
    return lambda: RabbitMqSink(choice.rabbitmq_url or "", signer, durable=choice.rabbitmq_durable)


def _webhook(_settings: Settings, choice: RelayChoice) -> Callable[[], Sink]:
    from pyxiu.adapters.sinks.webhook import WebhookSink, WebhookUrlError

    secret = (choice.webhook_secret or "").encode()
    try:
        WebhookSink(choice.webhook_url or "", secret)
    except WebhookUrlError as error:
        raise SettingsError(f"PYXIU_WEBHOOK_URL: {error}") from None
    return lambda: WebhookSink(choice.webhook_url or "", secret)


def _sqs(_settings: Settings, choice: RelayChoice) -> Callable[[], Sink]:
    from pyxiu.adapters.sinks.amazon import SqsSink

    return lambda: SqsSink(_aws_client("sqs", choice), choice.sqs_queue_url or "")


def _sns(_settings: Settings, choice: RelayChoice) -> Callable[[], Sink]:
    from pyxiu.adapters.sinks.amazon import SnsSink

    return lambda: SnsSink(_aws_client("sns", choice), choice.sns_topic_arn or "")


def _aws_client(service: str, choice: RelayChoice) -> Callable[[], Any]:
    """Credentials and region come from where Amazon's tools look for them."""
    try:
        import boto3
    except ImportError:
        raise SettingsError("Amazon's queues need the extra `s3`: pip install 'pyxiu[s3]'") from None
    return lambda: boto3.client(service, endpoint_url=choice.aws_endpoint_url)
