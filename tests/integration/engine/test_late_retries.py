"""A retry after any time, restart and forgetting still has one effect. T-05, T-07."""

import asyncio

from pyxiu.core import codec
from pyxiu.core.commands import CreditDeposit, PutMember
from pyxiu.core.events import EntryPosted
from pyxiu.core.money import pack
from pyxiu.core.rejections import Rejection
from pyxiu.engine.sequencer import Limits
from pyxiu.kit.clock import ManualClock
from pyxiu.storage.cursors import write_cursor
from pyxiu.storage.money_keys import write_money_keys
from tests.support.engine import RunningEngine, running_engine
from tests.support.exchange import BTC, MEMBERS, opening

ANN = MEMBERS[0]
LIMITS = Limits(money_keys=5, forget_interval_s=0)
DAY_NS = 24 * 3600 * 10**9


def deposit(number: int, amount: int = 3) -> bytes:
    return codec.encode_command(CreditDeposit(f"late{number}", ANN, BTC, pack(amount)))


async def project_keys(engine: RunningEngine) -> int:
    """What the projection of entries does with keys; the last number that it has seen."""
    keys = [
        (event.key, event.content_hash, record.seq)
        async for row in engine.reader.rows(0)
        for record in codec.decode_records(row.records)
        for event in record.events
        if isinstance(event, EntryPosted)
    ]
    async with engine.pool.acquire() as connection, connection.transaction():
        await write_money_keys(connection, keys)
        await write_cursor(connection, "entries", engine.sequencer.status.seq)
    return max(seq for _, _, seq in keys)


async def forget(engine: RunningEngine, through_seq: int) -> None:
    """Any command makes the engine look; the answer comes from the database a little later."""
    async with asyncio.timeout(30):
        while engine.core.forgotten_seq < through_seq:
            await engine.client.submit(PutMember(ANN, "vip-1"))
            await engine.client.submit(PutMember(ANN, "vip-0"))
            await asyncio.sleep(0.001)


async def test_a_deposit_retried_after_400_days_and_a_restart_is_credited_once(database_dsn: str) -> None:
    clock = ManualClock(1_700_000_000 * 10**9)
    async with running_engine(database_dsn, limits=LIMITS, clock=clock) as engine:
        await engine.client.submit_many([codec.encode_command(command) for command in opening()])
        first = await engine.client.submit_many([deposit(number) for number in range(20)])
        await forget(engine, await project_keys(engine))
        assert engine.core.money_keys == 0

    clock.advance(400 * DAY_NS)
    async with running_engine(database_dsn, limits=LIMITS, clock=clock) as engine:
        again = await asyncio.gather(*(engine.client.submit_nowait(deposit(number)) for number in range(20)))
        other = await engine.client.submit_nowait(deposit(7, amount=4))

        assert [(outcome.seq, outcome.replayed) for outcome in again] == [(outcome.seq, True) for outcome in first]
        assert other.rejection is Rejection.KEY_REUSED
        (account,) = [account for account in engine.core.accounts(ANN) if account.asset == BTC]
        assert account.available == 10**18 + 20 * 3
