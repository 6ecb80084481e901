"""Services as processes of their own die at every failpoint that they have, while members trade and the others live.

Covers T-17, T-18, T-76 and T-77 for the split stack: what was acknowledged is in the journal once, every event reaches
the queue once, every mail is there, a transfer between members happens once, and the books equal a replayed core. Each
failpoint has one round here; the single process has three (`test_crashes.py`), and watcher, scheduler and signer have
theirs with a real chain (`tests/chains/test_custody_crashes.py`).
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import boto3
import httpx
import msgspec
import pytest
from moto.server import ThreadedMotoServer

from pyxiu.app.demo.members import DemoMember
from pyxiu.core.events import OrderAccepted, TradeExecuted
from tests.e2e.server import Server
from tests.e2e.test_accounts import BARONG, PASSWORD, PEATIO, Person, three_codes
from tests.e2e.test_crashes import (
    ANSWERING,
    DECIDING,
    JOURNALING,
    PROJECTING,
    RECOVERING,
    assert_audit_is_clean,
    journal_of,
)
from tests.e2e.test_event_api import until_relaying
from tests.e2e.traders import Traders, make_demo
from tests.support.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

WAIT_S = 60.0
#: Each service and what it dies of, one after another.
DEATHS = {
    "engine": (*DECIDING, *JOURNALING, *ANSWERING, *RECOVERING),
    "projector": PROJECTING,
    "relay": ("relay_after_publish",),
    "mailer": ("mail_after_send_before_record",),
}
#: What the API dies of while a member sends funds to another one.
SENDING = ("transfer_requested", "transfer_after_command_before_step")
#: Of a point that is met again and again, so that something is under way.
HIT = 4
AT_ONCE = frozenset({*RECOVERING, *DEATHS["relay"], *DEATHS["mailer"]})
TRANSFERS = f"{PEATIO}/account/internal_transfers"
EMAIL = "somebody@example.com"
#: For boto3, here and in the relay.
AWS = {"AWS_DEFAULT_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


class Queue:
    """A FIFO queue of moto's, which gives each message out once."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._client = boto3.client("sqs", endpoint_url=endpoint, region_name=AWS["AWS_DEFAULT_REGION"])
        self.url: str = self._client.create_queue(QueueName="events.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        self.ids: list[str] = []

    def read(self) -> None:
        """All that has come since."""
        while messages := self._client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.ids.append(json.loads(message["Body"])["id"])
                self._client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    port = free_port()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    yield Queue(f"http://127.0.0.1:{port}")
    server.stop()


@pytest.fixture
def stack(home: Path, database_dsn: str, queue: Queue) -> Iterator[dict[str, Server]]:
    """Processes of one machine that are not started yet."""
    address = f"127.0.0.1:{free_port()}"
    made = {}
    for name in (*DEATHS, "api"):
        given: dict[str, Any] = {"engine_listen": address} if name == "engine" else {"engines": (address,)}
        made[name] = Server(home, "run", name, database_url=database_dsn, log=f"{name}.log", **given)
        made[name].variables = {"PYXIU_SQS_QUEUE_URL": queue.url, "PYXIU_AWS_ENDPOINT_URL": queue.endpoint}
    made["api"].variables["PYXIU_WITHDRAW_COOL_OFF_S"] = "0"
    yield made
    for server in made.values():
        server.kill()


async def test_t76_every_service_dies_at_each_of_its_failpoints_and_nothing_told_is_lost(
    stack: dict[str, Server], queue: Queue, database_dsn: str
) -> None:
    api = stack["api"]
    credentials = await make_demo(msgspec.structs.replace(api.settings, engines=()))
    traders = Traders(api, credentials, seed=31)
    for server in stack.values():
        server.spawn()
    await api.until_ready()
    await until_relaying(database_dsn)
    first = len(await journal_of(api))

    stop = asyncio.Event()
    trading = asyncio.create_task(traders.trade_until(stop))
    async with asyncio.TaskGroup() as dying:
        for name, points in DEATHS.items():
            dying.create_task(dies_at_each(stack[name], points))
        dying.create_task(sign_up(api))
    stop.set()
    await trading
    await traders.resolve()
    await traders.trade(10)
    await send_funds(api, credentials.maker, credentials.taker.uid)

    records = await journal_of(api)
    traders.check(records)
    await until_queued(queue, {name for name, _ in events_of(records[first:])})
    assert len(queue.ids) == len(set(queue.ids)), "an event that was published twice was taken once"
    await until_mailed(api)
    for server in stack.values():
        assert await server.stop() == 0, server.log_tail()
    await assert_audit_is_clean(api)


async def dies_at_each(server: Server, points: Sequence[str]) -> None:
    server.kill()
    for point in points:
        server.spawn(failpoints=f"{point}=exit@{1 if point in AT_ONCE else HIT}")
        await server.until_crashed()
    server.spawn()


async def sign_up(api: Server) -> None:
    """Somebody who gets a mail."""
    async with httpx.AsyncClient(base_url=api.url, trust_env=False, timeout=30) as client, asyncio.timeout(WAIT_S):
        while True:
            answer = await client.post(BARONG + "/identity/users", json={"email": EMAIL, "password": PASSWORD})
            if answer.status_code == 201:
                return
            assert answer.status_code in {503, 504}, answer.text
            await asyncio.sleep(0.1)


async def send_funds(api: Server, sender: DemoMember, receiver: str) -> None:
    """Each transfer is asked for twice, because the API dies of the first, and happens once."""
    async with httpx.AsyncClient(base_url=api.url, trust_env=False, timeout=30) as client:
        person = Person(client)
        await person.call("POST", "/identity/sessions", 200, email=sender.email, password=sender.password)
        barcode = (await person.call("POST", "/resource/otp/generate_qrcode", 201))["data"]
        code = next(await three_codes(barcode["url"]))
        printed = (await person.call("POST", "/resource/otp/enable", 201, code=code))["recovery_codes"]
        for point in SENDING:
            api.kill()
            await api.start(failpoints=f"{point}=exit")
            order = {"currency": "usdt", "amount": "1", "username_or_uid": receiver, "client_transfer_id": point}
            with pytest.raises(httpx.TransportError):
                await client.post(TRANSFERS, json={**order, "recovery_code": printed.pop()})
            await api.until_crashed()
            await api.start()
            answer = await client.post(TRANSFERS, json={**order, "recovery_code": printed.pop()})
            assert (answer.status_code, answer.json().get("status")) == (201, "completed"), answer.text
        sent = (await client.get(TRANSFERS)).json()
        assert [transfer["status"] for transfer in sent] == ["completed", "completed"]


async def until_mailed(api: Server) -> None:
    async with httpx.AsyncClient(base_url=api.url, trust_env=False, timeout=30) as client, asyncio.timeout(WAIT_S):
        while EMAIL not in (await client.get("/dev/mail.json")).text:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)


def events_of(records: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Those of which every one is told, by their ids."""
    for record in records:
        for number, event in enumerate(record.events):
            if isinstance(event, OrderAccepted | TradeExecuted):
                yield f"journal:{record.seq}:{number}", event


async def until_queued(queue: Queue, wanted: set[str]) -> None:
    async with asyncio.timeout(WAIT_S):
        while True:
            await asyncio.to_thread(queue.read)
            if wanted <= set(queue.ids):
                return
            await asyncio.sleep(0.1)
