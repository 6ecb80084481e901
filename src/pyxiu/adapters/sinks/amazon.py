"""Events to an Amazon SQS queue or an SNS topic, both FIFO.

The aggregate is the message group, so each aggregate's events stay in order and others are not held up by it; the
event's id is the deduplication id, so that Amazon drops what comes twice within five minutes. Invariant: an event
counts as published when the service has answered with its message id. Limit: the library is a synchronous one and runs
in a thread; at most ten messages a call.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from pyxiu.kit.errors import TransientError
from pyxiu.relay.model import RelayedEvent
from pyxiu.relay.ports import UndeliverableError

BATCH_MAX: Final = 10
BODY_BYTES_MAX: Final = 250 * 1024
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9!-/:-@\[-`{-~]{1,128}")

_encode = msgspec.json.Encoder().encode


class SqsSink:
    """`make_client` gives a boto3 SQS client; `queue_url` names a FIFO queue."""

    def __init__(self, make_client: Callable[[], Any], queue_url: str) -> None:
        self._client = _Lazy(make_client)
        self._queue_url = queue_url

    async def publish(self, events: Sequence[RelayedEvent]) -> None:
        for batch in batches(events):
            entries = entries_of(batch, body_name="MessageBody")
            answer = await self._client.call("send_message_batch", QueueUrl=self._queue_url, Entries=entries)
            check_answer(answer, batch)

    async def close(self) -> None:
        await self._client.close()


class SnsSink:
    """`make_client` gives a boto3 SNS client; `topic_arn` names a FIFO topic."""

    def __init__(self, make_client: Callable[[], Any], topic_arn: str) -> None:
        self._client = _Lazy(make_client)
        self._topic_arn = topic_arn

    async def publish(self, events: Sequence[RelayedEvent]) -> None:
        for batch in batches(events):
            entries = entries_of(batch, body_name="Message")
            answer = await self._client.call(
                "publish_batch", TopicArn=self._topic_arn, PublishBatchRequestEntries=entries
            )
            check_answer(answer, batch)

    async def close(self) -> None:
        await self._client.close()


class _Lazy:
    """A client made when it is first needed, called in a thread."""

    def __init__(self, make_client: Callable[[], Any]) -> None:
        self._make = make_client
        self._client: Any = None

    async def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        def work() -> dict[str, Any]:
            if self._client is None:
                self._client = self._make()
            answer: dict[str, Any] = getattr(self._client, operation)(**arguments)
            return answer

        try:
            return await asyncio.to_thread(work)
        except ClientError as error:
            raise TransientError(f"{operation}: {error.response['Error'].get('Code', 'refused')}") from error
        except (BotoCoreError, OSError) as error:
            raise TransientError(f"{operation}: {type(error).__name__}") from error

    async def close(self) -> None:
        if self._client is not None:
            await asyncio.to_thread(self._client.close)
            self._client = None


def batches(events: Sequence[RelayedEvent]) -> list[list[RelayedEvent]]:
    """In order, at most ten and BODY_BYTES_MAX together. Raises UndeliverableError for one that is too large."""
    found: list[list[RelayedEvent]] = []
    size = BODY_BYTES_MAX
    for event in events:
        length = len(body_of(event).encode())
        if length > BODY_BYTES_MAX:
            raise UndeliverableError(event, f"expected at most {BODY_BYTES_MAX} bytes, found {length}")
        if not found or len(found[-1]) == BATCH_MAX or size + length > BODY_BYTES_MAX:
            found.append([])
            size = 0
        found[-1].append(event)
        size += length
    return found


def entries_of(batch: Sequence[RelayedEvent], *, body_name: str) -> list[dict[str, Any]]:
    """A batch as both services take it; only the body has another name."""
    return [
        {
            "Id": str(number),
            body_name: body_of(event),
            "MessageGroupId": plain_id(event.aggregate),
            "MessageDeduplicationId": plain_id(event.id),
            "MessageAttributes": {"name": {"DataType": "String", "StringValue": event.name}},
        }
        for number, event in enumerate(batch)
    ]


def body_of(event: RelayedEvent) -> str:
    body = {"id": event.id, "issuer": event.issuer, "name": event.name, "at": event.at_s, "record": event.payload}
    return _encode(body).decode()


def plain_id(text: str) -> str:
    """As it is where the service takes it so, otherwise its digest."""
    return text if _PLAIN_ID.fullmatch(text) else hashlib.sha256(text.encode()).hexdigest()


def check_answer(answer: dict[str, Any], batch: Sequence[RelayedEvent]) -> None:
    """Raise for the first event that was not taken."""
    for failed in answer.get("Failed", ()):
        event = batch[int(failed["Id"])]
        if failed.get("SenderFault"):
            raise UndeliverableError(event, str(failed.get("Code", "refused")))
        raise TransientError(f"{event.name} {event.id}: {failed.get('Code', 'not taken')}")
