"""Events to RabbitMQ: exchange `ISSUER.events.CATEGORY`, routing key the rest of the name, a signed envelope as body.

Invariant: an event counts as published when the broker has confirmed it. Exchanges are declared as existing consumers
declare them (direct, not durable) unless told otherwise; who wants to miss nothing binds a durable queue to a durable
exchange. Limit: a message that no queue is bound for is dropped by the broker, which is what an exchange is for.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

import aio_pika
import msgspec
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange
from aiormq.exceptions import AMQPError, ChannelInvalidStateError

from pyxiu.kit.errors import TransientError
from pyxiu.relay.envelope import EnvelopeSigner
from pyxiu.relay.model import RelayedEvent

CONNECT_TIMEOUT_S: Final = 10.0
#: A broker that blocks publishers (memory or disk alarm) confirms nothing: the relay then waits and tries again.
CONFIRM_TIMEOUT_S: Final = 15.0

_FAULTS: Final = (AMQPError, ChannelInvalidStateError, OSError, TimeoutError)
_log = structlog.stdlib.get_logger("pyxiu.relay.rabbitmq")
_encode = msgspec.json.Encoder().encode


class RabbitMqSink:
    """`url` as amqp://user:password@host:port/vhost; it is never logged."""

    def __init__(self, url: str, signer: EnvelopeSigner, *, durable: bool = False) -> None:
        self._url = url
        self._signer = signer
        self._durable = durable
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._exchanges: dict[str, AbstractExchange] = {}

    async def publish(self, events: Sequence[RelayedEvent]) -> None:
        try:
            async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                exchanges = [await self._exchange(event) for event in events]
                # Begun in order on one channel, so the broker has them in order; the confirms come back meanwhile.
                confirms = [
                    asyncio.ensure_future(
                        exchange.publish(self._message(event), routing_key=event.key, mandatory=False)
                    )
                    for exchange, event in zip(exchanges, events, strict=True)
                ]
                await asyncio.gather(*confirms)
        except _FAULTS as error:
            await self.close()
            raise TransientError(f"RabbitMQ does not confirm: {type(error).__name__}") from error

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        self._channel = None
        self._exchanges.clear()
        if connection is not None:
            await asyncio.gather(connection.close(), return_exceptions=True)

    def _message(self, event: RelayedEvent) -> aio_pika.Message:
        return aio_pika.Message(
            _encode(self._signer.sign(event, int(time.time()))),
            message_id=event.id,
            timestamp=event.at_s,
            type=event.name,
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )

    async def _exchange(self, event: RelayedEvent) -> AbstractExchange:
        name = f"{event.issuer}.events.{event.category}"
        exchange = self._exchanges.get(name)
        if exchange is None:
            channel = await self._open_channel()
            exchange = await channel.declare_exchange(name, aio_pika.ExchangeType.DIRECT, durable=self._durable)
            self._exchanges[name] = exchange
        return exchange

    async def _open_channel(self) -> AbstractChannel:
        if self._channel is None:
            self._connection = await aio_pika.connect(self._url, timeout=CONNECT_TIMEOUT_S)
            self._channel = await self._connection.channel(publisher_confirms=True)
            _log.info("connected to the broker")
        return self._channel
