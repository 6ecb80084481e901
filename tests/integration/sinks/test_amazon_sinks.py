"""SQS and SNS against moto's server: order within an aggregate, deduplication by id, failures told apart."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from pyxiu.adapters.sinks.amazon import BODY_BYTES_MAX, SnsSink, SqsSink, batches, plain_id
from pyxiu.kit.errors import TransientError
from pyxiu.plugins.spec import MakeSink
from pyxiu.plugins.testing import SinksContract
from pyxiu.relay.model import RelayedEvent
from pyxiu.relay.ports import UndeliverableError
from tests.support.ports import free_port

pytestmark = pytest.mark.slow

ATTRIBUTES = {"FifoQueue": "true"}
MakeClient = Callable[[str], Any]


@pytest.fixture(scope="module")
def make_client() -> Iterator[MakeClient]:
    port = free_port()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()

    def client(service: str, at: int = port) -> Any:
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{at}",
            region_name="eu-central-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 1}, connect_timeout=2),
        )

    yield client
    server.stop()


@pytest.fixture
def queue(make_client: MakeClient, request: pytest.FixtureRequest) -> str:
    name = f"q{abs(hash(request.node.name))}.fifo"
    url: str = make_client("sqs").create_queue(QueueName=name, Attributes=ATTRIBUTES)["QueueUrl"]
    return url


def event(number: int, aggregate: str = "market:btcusdt", **payload: Any) -> RelayedEvent:
    return RelayedEvent(
        f"journal:{number}:0", "peatio", "market", "btcusdt.trade_completed", aggregate, 1, {"n": number, **payload}
    )


def received(client: Any, queue: str) -> list[dict[str, Any]]:
    """Everything in the queue, in order, deleted."""
    bodies = []
    while messages := client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(json.loads(message["Body"]))
            client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return bodies


async def test_a_queue_gets_events_in_order_and_each_once(make_client: MakeClient, queue: str) -> None:
    sink = SqsSink(lambda: make_client("sqs"), queue)
    await sink.publish([event(number) for number in range(25)])
    await sink.publish([event(number) for number in range(20, 25)])  # as after a lost answer
    bodies = await asyncio.to_thread(received, make_client("sqs"), queue)
    assert [body["record"]["n"] for body in bodies] == list(range(25))
    assert bodies[0] == {
        "id": "journal:0:0",
        "issuer": "peatio",
        "name": "market.btcusdt.trade_completed",
        "at": 1,
        "record": {"n": 0},
    }
    await sink.close()


async def test_a_topic_hands_events_to_its_queue(make_client: MakeClient, queue: str) -> None:
    sns, sqs = make_client("sns"), make_client("sqs")
    topic = sns.create_topic(Name="events.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    sink = SnsSink(lambda: make_client("sns"), topic)
    await sink.publish([event(number) for number in range(12)])
    bodies = await asyncio.to_thread(received, sqs, queue)
    assert [body["record"]["n"] for body in bodies] == list(range(12))
    await sink.close()


async def test_a_service_that_is_away_or_refuses_is_tried_again(make_client: MakeClient) -> None:
    for client, queue in (
        (lambda: make_client("sqs"), "http://127.0.0.1:1/000000000000/none.fifo"),
        (
            lambda: boto3.client("sqs", endpoint_url="http://127.0.0.1:1", region_name="x", **KEYS),
            "http://127.0.0.1:1/q",
        ),
    ):
        sink = SqsSink(client, queue)
        with pytest.raises(TransientError) as raised:
            await sink.publish([event(1)])
        assert "test" not in str(raised.value)
        await sink.close()


KEYS: dict[str, Any] = {
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
    "config": Config(retries={"max_attempts": 0}, connect_timeout=1),
}


def test_batches_keep_to_the_services_bounds_and_the_order() -> None:
    large = "x" * (BODY_BYTES_MAX // 3)
    events = [event(number, text=large) for number in range(5)] + [event(number) for number in range(5, 30)]
    found = batches(events)
    assert [one.id for batch in found for one in batch] == [one.id for one in events]
    assert max(len(batch) for batch in found) == 10
    assert [len(batch) for batch in found[:2]] == [2, 2]
    with pytest.raises(UndeliverableError):
        batches([event(1, text="x" * BODY_BYTES_MAX)])


def test_names_that_the_service_does_not_take_are_digested() -> None:
    assert plain_id("journal:1:0") == "journal:1:0"
    assert len(plain_id("ü" * 200)) == 64


class TestSqs(SinksContract):
    @pytest.fixture
    def make_sink(self, make_client: MakeClient, queue: str) -> MakeSink:
        return lambda: SqsSink(lambda: make_client("sqs"), queue)

    @pytest.fixture
    def arrived(self, make_client: MakeClient, queue: str) -> Callable[[], Awaitable[list[str]]]:
        async def ids() -> list[str]:
            return [body["id"] for body in await asyncio.to_thread(received, make_client("sqs"), queue)]

        return ids
