"""Events to RabbitMQ: exchange `ISSUER.events.CATEGORY`, routing key the rest of the name, a signed envelope as body.

Invariant: an event counts as published when the broker has confirmed it. Exchanges are declared as existing consumers
declare them (direct, not durable) unless told otherwise; who wants to miss nothing binds a durable queue to a durable
exchange. Limit: a message that no queue is bound for is dropped by the broker, which is what an exchange is for.
"""

import time
from collections.abc import Sequence
from typing import Final

import aio_pika
import msgspec

from pyxiu.adapters.sinks.amqp import ConfirmedPublisher, Routed
from pyxiu.relay.envelope import EnvelopeSigner
from pyxiu.relay.model import RelayedEvent

#: A broker that blocks publishers (memory or disk alarm) confirms nothing: the relay then waits and tries again.
CONFIRM_TIMEOUT_S: Final = 15.0

_encode = msgspec.json.Encoder().encode


class RabbitMqSink:
    """`url` as amqp://user:password@host:port/vhost; it is never logged."""

    def __init__(self, url: str, signer: EnvelopeSigner, *, durable: bool = False) -> None:
        self._publisher = ConfirmedPublisher(url, aio_pika.ExchangeType.DIRECT, durable=durable)
        self._signer = signer

    async def publish(self, events: Sequence[RelayedEvent]) -> None:
        await self._publisher.publish([self._routed(event) for event in events], CONFIRM_TIMEOUT_S)

    async def close(self) -> None:
        await self._publisher.close()

    def _routed(self, event: RelayedEvent) -> Routed:
        message = aio_pika.Message(
            _encode(self._signer.sign(event, int(time.time()))),
            message_id=event.id,
            timestamp=event.at_s,
            type=event.name,
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        return Routed(f"{event.issuer}.events.{event.category}", event.key, message)
