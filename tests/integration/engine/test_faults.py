"""What the database can do to the engine: it stops, says so, tells nobody yes, and a restart knows the truth."""

import asyncio
import os
import signal

import pytest

from pyxiu.core import codec
from pyxiu.core.commands import Command, CreditDeposit, PutMember
from pyxiu.core.money import pack
from pyxiu.core.outcomes import Outcome
from pyxiu.core.types import MemberId
from pyxiu.engine.errors import EngineFailedError, EngineStoppedError, LeadershipHeldError, OverloadedError
from pyxiu.engine.sequencer import Limits
from pyxiu.engine.verify import verify_journal
from pyxiu.storage import journal as journal_module
from pyxiu.storage import migrate
from pyxiu.storage.database import connect
from pyxiu.storage.embedded import EmbeddedPostgres
from pyxiu.storage.journal import read_head
from tests.support.engine import RunningEngine, running_engine
from tests.support.exchange import BTC, MEMBERS, USD, business, facts, opening
from tests.support.postgres import StartPostgres, execute
from tests.support.proxy import proxied

SOON_S = 30
ANN = MEMBERS[0]


def send(engine: RunningEngine, command: Command) -> asyncio.Future[Outcome]:
    return engine.client.submit_nowait(codec.encode_command(command))


async def open_exchange(engine: RunningEngine) -> None:
    await engine.client.submit_many([codec.encode_command(command) for command in opening()])


async def fails(engine: RunningEngine, match: str) -> None:
    async with asyncio.timeout(SOON_S):
        with pytest.raises(EngineFailedError, match=match):
            await engine.task


async def committed_seq(dsn: str) -> int:
    connection = await connect(dsn, "test")
    try:
        return (await read_head(connection)).seq
    finally:
        await connection.close()


def deposit(key: str, amount: int = 7) -> CreditDeposit:
    return CreditDeposit(key, ANN, BTC, pack(amount))


async def test_a_restarted_engine_has_the_same_state(database_dsn: str) -> None:
    """E-2."""
    async with running_engine(database_dsn) as engine:
        await open_exchange(engine)
        for command in business(200):
            await engine.client.submit(command)
        before, digest = facts(engine.core), engine.core.state_hash()
    async with running_engine(database_dsn) as engine:
        assert facts(engine.core) == before
        assert engine.core.state_hash() == digest
        assert engine.recovered.tail == engine.core.seq


async def test_a_commit_whose_reply_is_lost_is_found_by_its_key_after_the_restart(database_dsn: str) -> None:
    """T-08."""
    async with proxied(database_dsn) as proxy, running_engine(proxy.dsn) as engine:
        await open_exchange(engine)
        committed = engine.sequencer.status.seq
        proxy.eating = True
        told = send(engine, deposit("lost reply"))
        async with asyncio.timeout(SOON_S):
            await proxy.eaten.wait()
            # What was eaten first may have been for somebody else: cut only when the commit has happened.
            while await committed_seq(database_dsn) == committed:  # noqa: ASYNC110 - a row is no event
                await asyncio.sleep(0.01)
        assert not told.done()
        proxy.cut()
        await fails(engine, "connection was lost|connection was closed")
        with pytest.raises(EngineStoppedError, match="known after recovery"):
            await told
        proxy.eating = False

    async with running_engine(database_dsn) as engine:
        assert engine.core.seq == committed + 1, "the commit did happen"
        again = await engine.client.submit(deposit("lost reply"))
        assert (again.seq, again.replayed) == (committed + 1, True)
        (account,) = [account for account in engine.core.accounts(ANN) if account.asset == BTC]
        assert account.available == 10**18 + 7


async def test_a_terminated_connection_stops_an_idle_engine(database_dsn: str) -> None:
    async with running_engine(database_dsn) as engine:
        await open_exchange(engine)
        await execute(database_dsn, f"SELECT pg_terminate_backend({engine.journal._connection.get_server_pid()})")
        await fails(engine, "connection was lost")
        with pytest.raises(EngineStoppedError):
            send(engine, deposit("later"))


async def test_a_connection_terminated_during_a_commit_tells_nobody_yes(database_dsn: str) -> None:
    """E-10."""
    async with running_engine(database_dsn) as engine:
        await open_exchange(engine)
        blocker = await connect(database_dsn, "blocker")
        transaction = blocker.transaction()
        await transaction.start()
        await blocker.execute("LOCK TABLE journal IN EXCLUSIVE MODE")
        told = [send(engine, deposit("first"))]
        await asyncio.sleep(0.05)
        told.append(send(engine, deposit("second")))
        await execute(database_dsn, f"SELECT pg_terminate_backend({engine.journal._connection.get_server_pid()})")
        await fails(engine, "terminating connection|connection was")
        for future in told:
            with pytest.raises(EngineStoppedError):
                await future
        await transaction.rollback()
        await blocker.close()
    async with running_engine(database_dsn) as engine:
        for key in ("first", "second"):
            assert not (await engine.client.submit(deposit(key))).replayed


async def test_a_commit_that_takes_too_long_stops_the_engine(
    database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T-15: somebody holds a lock."""
    monkeypatch.setattr(journal_module, "APPEND_TIMEOUT_S", 0.3)
    async with running_engine(database_dsn) as engine:
        await open_exchange(engine)
        blocker = await connect(database_dsn, "blocker")
        transaction = blocker.transaction()
        await transaction.start()
        await blocker.execute("LOCK TABLE journal IN EXCLUSIVE MODE")
        told = send(engine, deposit("slow"))
        await fails(engine, "took longer than 0.3 s")
        with pytest.raises(EngineStoppedError):
            await told
        await transaction.rollback()
        await blocker.close()


async def test_a_second_engine_does_not_start_while_the_first_leads(database_dsn: str) -> None:
    async with running_engine(database_dsn) as engine:
        with pytest.raises(LeadershipHeldError, match="another engine leads"):
            async with running_engine(database_dsn, wait_s=0):
                pass
        assert (await engine.client.submit(PutMember(MemberId("m1")))).seq == 1


async def test_an_engine_that_was_replaced_unnoticed_cannot_write(database_dsn: str) -> None:
    async with running_engine(database_dsn) as old:
        await open_exchange(old)
        await old.journal._connection.execute(f"SELECT pg_advisory_unlock({journal_module.LEADER_LOCK})")
        async with running_engine(database_dsn) as new:
            accepted = await new.client.submit(deposit("new"))
            told = send(old, deposit("old"))
            await fails(old, f"another engine has written a batch that begins at {accepted.seq}")
            with pytest.raises(EngineStoppedError):
                await told
            assert not (await new.client.submit(deposit("old"))).replayed
            assert (await verify_journal(new.reader)).seq == accepted.seq + 1


async def test_overload_is_refused_and_what_was_taken_is_done(database_dsn: str) -> None:
    async with running_engine(database_dsn, limits=Limits(inbox_commands=500)) as engine:
        await open_exchange(engine)
        told: list[asyncio.Future[Outcome]] = []
        refused: list[float] = []
        for number in range(2_000):
            try:
                told.append(send(engine, deposit(f"d{number}")))
            except OverloadedError as error:
                refused.append(error.retry_after_s)
        assert (len(told), len(refused)) == (500, 1_500)
        assert all(0 < retry_after_s < 60 for retry_after_s in refused)
        outcomes = await asyncio.gather(*told)
        first = outcomes[0].seq
        assert [outcome.seq for outcome in outcomes] == list(range(first, first + 500))


class Client:
    """Sends deposits one after the other and keeps what it was told."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sent = 0
        self.told: dict[str, int] = {}

    async def run(self, engine: RunningEngine) -> None:
        """Until the engine stops. A deposit without an answer is sent again in the next life, as a caller would."""
        while True:
            key = f"{self.name}:{self.sent}"
            try:
                outcome = await send(engine, CreditDeposit(key, ANN, USD, pack(1)))
            except EngineStoppedError:
                return
            assert outcome.rejection == 0
            self.told[key] = outcome.seq
            self.sent += 1


async def life_until_kill(server: EmbeddedPostgres, clients: list[Client]) -> None:
    async with running_engine(server.dsn) as engine:
        await open_exchange(engine)
        enough = sum(client.sent for client in clients) + 200
        work = [asyncio.create_task(client.run(engine)) for client in clients]
        async with asyncio.timeout(SOON_S):
            while sum(client.sent for client in clients) < enough:  # noqa: ASYNC110 - they are plain loops, as callers
                await asyncio.sleep(0.005)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        await asyncio.gather(*work)
        await fails(engine, "the engine stopped after record")


async def test_a_killed_database_loses_nothing_that_was_told(private_postgres: StartPostgres) -> None:
    """T-09, T-76, E-10."""
    server = private_postgres()
    await migrate.upgrade(server.dsn)
    clients = [Client(f"c{number}") for number in range(20)]
    for _ in range(3):
        await life_until_kill(server, clients)
        server.stop()
        server.start()

    async with running_engine(server.dsn) as engine:
        for client in clients:
            for key, seq in client.told.items():
                outcome = await engine.client.submit(CreditDeposit(key, ANN, USD, pack(1)))
                assert (outcome.seq, outcome.replayed) == (seq, True), key
        engine.core.check_invariants()
        (account,) = [account for account in engine.core.accounts(ANN) if account.asset == USD]
        told = sum(len(client.told) for client in clients)
        assert 10**18 + told <= account.available <= 10**18 + told + len(clients)
        await verify_journal(engine.reader)
