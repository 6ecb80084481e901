"""One connection to a RabbitMQ broker that publishes with confirms; sinks put their messages on it.

Invariant: `publish` returns when the broker has confirmed every message, which it has in this order. Limit: one task
at a time; after a fault the connection is closed, and the next call opens another one.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange
from aiormq.exceptions import AMQPError, ChannelInvalidStateError

from pyxiu.kit.errors import TransientError

CONNECT_TIMEOUT_S: Final = 10.0

_FAULTS: Final = (AMQPError, ChannelInvalidStateError, OSError, TimeoutError)
_log = structlog.stdlib.get_logger("pyxiu.relay.rabbitmq")


class Routed(NamedTuple):
    """A message, and where it goes."""

    exchange: str
    key: str
    message: aio_pika.Message


class ConfirmedPublisher:
    """`url` as amqp://user:password@host:port/vhost; it is never logged. All its exchanges are of one type."""

    def __init__(self, url: str, exchange_type: aio_pika.ExchangeType, *, durable: bool) -> None:
        self._url = url
        self._type = exchange_type
        self._durable = durable
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._exchanges: dict[str, AbstractExchange] = {}
        #: How many connections there have been: whoever wants to begin anew on each compares.
        self.connections = 0

    async def publish(self, messages: Sequence[Routed], timeout_s: float) -> None:
        """Raises TransientError; any of the messages may have arrived nevertheless."""
        try:
            async with asyncio.timeout(timeout_s):
                exchanges = [await self._exchange(routed.exchange) for routed in messages]
                # Begun in order on one channel, so the broker has them in order; the confirms come back meanwhile.
                confirms = [
                    asyncio.ensure_future(exchange.publish(routed.message, routing_key=routed.key, mandatory=False))
                    for exchange, routed in zip(exchanges, messages, strict=True)
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

    async def _exchange(self, name: str) -> AbstractExchange:
        exchange = self._exchanges.get(name)
        if exchange is None:
            channel = await self._open_channel()
            exchange = await channel.declare_exchange(name, self._type, durable=self._durable)
            self._exchanges[name] = exchange
        return exchange

    async def _open_channel(self) -> AbstractChannel:
        if self._channel is None:
            self._connection = await aio_pika.connect(self._url, timeout=CONNECT_TIMEOUT_S)
            self._channel = await self._connection.channel(publisher_confirms=True)
            self.connections += 1
            _log.info("connected to the broker")
        return self._channel
