"""The RabbitMQ sink on a real broker: signed envelopes, in order, confirmed; blocked, killed and back (T-19, T-77)."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aio_pika
import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from pyxiu.adapters.sinks import rabbitmq
from pyxiu.adapters.sinks.rabbitmq import RabbitMqSink
from pyxiu.kit.errors import TransientError
from pyxiu.plugins.spec import MakeSink
from pyxiu.plugins.testing import SinksContract
from pyxiu.relay.envelope import EnvelopeSigner, open_envelope
from pyxiu.relay.model import RelayedEvent
from tests.support.rabbitmq import RabbitMqNode, rabbitmq_node

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("rabbitmq")]

WAIT_S = 20.0
EVENTS_PAGE = Path(__file__).parents[3] / "docs/events.md"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE = KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
PUBLIC = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture(scope="module")
def node() -> Iterator[RabbitMqNode]:
    with rabbitmq_node() as started:
        yield started


@pytest.fixture
async def sink(node: RabbitMqNode) -> AsyncIterator[RabbitMqSink]:
    sink = RabbitMqSink(node.url, EnvelopeSigner(PRIVATE))
    yield sink
    await sink.close()


def event(number: int, key: str = "btcusdt.order_created") -> RelayedEvent:
    return RelayedEvent(f"journal:{number}:0", "peatio", "market", key, "market:btcusdt", 1, {"number": number})


class Consumer:
    """A queue bound to one key, as somebody else's program would have it."""

    def __init__(self, queue: aio_pika.abc.AbstractQueue) -> None:
        self.queue = queue

    async def take(self, count: int) -> list[dict[str, Any]]:
        """So many envelopes, acknowledged one by one."""
        envelopes: list[dict[str, Any]] = []
        async with asyncio.timeout(WAIT_S):
            while len(envelopes) < count:
                message = await self.queue.get(fail=False)
                if message is None:
                    await asyncio.sleep(0.01)
                    continue
                await message.ack()
                envelopes.append(json.loads(message.body))
        return envelopes


@pytest.fixture
async def consumer(node: RabbitMqNode) -> AsyncIterator[Consumer]:
    connection = await aio_pika.connect(node.url)
    channel = await connection.channel()
    exchange = await channel.declare_exchange("peatio.events.market", aio_pika.ExchangeType.DIRECT, durable=False)
    queue = await channel.declare_queue(exclusive=True)
    await queue.bind(exchange, "btcusdt.order_created")
    yield Consumer(queue)
    await connection.close()


async def test_events_arrive_in_order_and_a_consumer_can_verify_them(sink: RabbitMqSink, consumer: Consumer) -> None:
    await sink.publish([event(number) for number in range(300)])
    claims = [open_envelope(envelope, PUBLIC) for envelope in await consumer.take(300)]
    assert [claim["event"]["number"] for claim in claims] == list(range(300))
    assert [claim["jti"] for claim in claims] == [f"journal:{number}:0" for number in range(300)]
    first = claims[0]
    assert (first["iss"], first["event"]["name"]) == ("peatio", "market.btcusdt.order_created")
    assert first["exp"] - first["iat"] == 3_600


async def test_an_envelope_that_was_changed_does_not_verify(sink: RabbitMqSink, consumer: Consumer) -> None:
    await sink.publish([event(1)])
    [envelope] = await consumer.take(1)
    header, payload = envelope["signatures"][0], envelope["payload"]
    assert header["header"] == {"kid": "peatio"}
    for changed in (
        envelope | {"payload": payload[:-2] + ("AA" if payload[-2:] != "AA" else "BB")},
        envelope | {"signatures": [header | {"signature": header["signature"][:-4] + "AAAA"}]},
    ):
        with pytest.raises(jwt.InvalidTokenError):
            open_envelope(changed, PUBLIC)


async def test_only_those_who_bound_the_key_get_an_event(sink: RabbitMqSink, consumer: Consumer) -> None:
    await sink.publish([event(1, "ethusdt.order_created"), event(2), event(3, "btcusdt.trade_completed")])
    [envelope] = await consumer.take(1)
    assert open_envelope(envelope, PUBLIC)["event"]["number"] == 2
    assert await consumer.queue.get(fail=False) is None


async def test_t77_a_broker_that_blocks_publishers_confirms_nothing_and_later_everything(
    node: RabbitMqNode, sink: RabbitMqSink, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sink.publish([event(0)])
    await consumer.take(1)
    monkeypatch.setattr(rabbitmq, "CONFIRM_TIMEOUT_S", 1.0)
    node.control("set_vm_memory_high_watermark", "absolute", "1")
    try:
        with pytest.raises(TransientError, match="does not confirm"):
            await sink.publish([event(1)])
    finally:
        node.control("set_vm_memory_high_watermark", "0.4")
    monkeypatch.setattr(rabbitmq, "CONFIRM_TIMEOUT_S", WAIT_S)
    await until_published(sink, event(2))
    numbers = [open_envelope(envelope, PUBLIC)["event"]["number"] for envelope in await consumer.take(1)]
    assert numbers[-1] in (1, 2), "the blocked one may have arrived too: at least once"


async def test_t19_a_broker_that_is_killed_is_told_and_used_again_when_it_is_back(
    node: RabbitMqNode, sink: RabbitMqSink
) -> None:
    await sink.publish([event(1)])
    node.kill()
    with pytest.raises(TransientError):
        await sink.publish([event(2)])
    with pytest.raises(TransientError):
        await sink.publish([event(2)])
    node.start()
    await until_published(sink, event(2))


async def test_the_consumer_in_the_documentation_gets_events(
    node: RabbitMqNode, sink: RabbitMqSink, tmp_path: Path
) -> None:
    code = re.findall(r"```python\n(.*?)```", EVENTS_PAGE.read_text(encoding="utf-8"), re.DOTALL)[-1]
    (tmp_path / "consumer.py").write_text(code, encoding="utf-8")
    (tmp_path / "public.pem").write_bytes(PUBLIC)
    consumer = await asyncio.create_subprocess_exec(
        sys.executable, "consumer.py", "public.pem", node.url, cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert consumer.stdout is not None
        async with asyncio.timeout(WAIT_S):
            assert await consumer.stdout.readline() == b"waiting\n"
            one = msgspec.structs.replace(event(5), payload={"id": 5})
            await sink.publish([one, one])
            await sink.publish([msgspec.structs.replace(event(6), payload={"id": 6})])
            assert await consumer.stdout.readline() == b"market.btcusdt.order_created 5\n"
            assert await consumer.stdout.readline() == b"market.btcusdt.order_created 6\n"
    finally:
        consumer.kill()
        await consumer.wait()


async def until_published(sink: RabbitMqSink, one: RelayedEvent) -> None:
    """As the relay does: again until it is confirmed."""
    async with asyncio.timeout(WAIT_S):
        while True:
            try:
                await sink.publish([one])
                return
            except TransientError:
                await asyncio.sleep(0.1)


class TestRabbitMq(SinksContract):
    @pytest.fixture
    def make_sink(self, node: RabbitMqNode) -> MakeSink:
        signer = EnvelopeSigner(PRIVATE)
        return lambda: RabbitMqSink(node.url, signer)

    @pytest.fixture
    async def arrived(self, node: RabbitMqNode) -> AsyncIterator[Callable[[], Awaitable[list[str]]]]:
        connection = await aio_pika.connect(node.url)
        channel = await connection.channel()
        exchange = await channel.declare_exchange("peatio.events.market", aio_pika.ExchangeType.DIRECT, durable=False)
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(exchange, "btcusdt.order_created")

        async def ids() -> list[str]:
            # Confirmed messages are in their queues, so an empty queue is at its end.
            found = []
            while (message := await queue.get(fail=False, no_ack=True)) is not None:
                found.append(open_envelope(json.loads(message.body), PUBLIC)["jti"])
            return found

        yield ids
        await connection.close()
