"""Whoever cannot be paid on an EVM chain holds up nobody else, whatever the reason is (T-58)."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pyxiu.adapters.chains.evm.build import EvmPayouts
from pyxiu.custody.chain import Inclusion, NodeUnavailableError
from pyxiu.custody.payouts.confirm_payout import confirm_payouts
from pyxiu.custody.payouts.model import PayoutPlan, PlannedOutput, Purpose, Source
from pyxiu.custody.payouts.plan_payout import plan_payout
from pyxiu.custody.payouts.plan_withdrawals import WAITING, plan_withdrawals
from pyxiu.custody.payouts.ports import GasCall
from pyxiu.custody.payouts.reserve_planned import reserve_planned
from pyxiu.custody.payouts.settings import PayoutSettings
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.kit.errors import TransientError
from tests.support.anvil import ETHER, AnvilNode
from tests.support.evm_payouts import DEPTH, NETWORK, UNIT, USDT, eth_of, funded, hot_of, settled, stranger
from tests.support.payouts import Paying

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("anvil"), pytest.mark.timeout(900)]


@pytest.fixture
async def paid(database_dsn: str, tmp_path: Path, node: AnvilNode, token: str) -> AsyncIterator[Paying]:
    async with funded(database_dsn, tmp_path, node, token, tokens=1_000) as made:
        yield made


@pytest.mark.parametrize("code", ["0xfe", "0x5b600056"], ids=["an invalid instruction", "an endless loop"])
async def test_t58_a_receiver_whose_code_breaks_the_estimate_waits_alone(
    paid: Paying, node: AnvilNode, code: str
) -> None:
    breaks, address = stranger(), stranger()
    node.rpc("anvil_setCode", breaks, code)
    bad = await paid.approved("mallory", "eth", breaks, ETHER // 100)
    good = await paid.approved("bob", "eth", address, ETHER)
    await paid.run()
    assert (await paid.look(bad)).state is WithdrawalState.APPROVED
    assert bad.tid in (await paid.alarms())[WAITING]
    await settled(paid, node, good, WithdrawalState.CONFIRMED)
    assert eth_of(node, address) == ETHER


class SometimesAway(EvmPayouts):
    """A node that is away whenever it is asked about one address, or one transaction."""

    away: str
    gone = ""
    hangs = False

    def __init__(self, name: str, url: str, chain_id: int) -> None:
        super().__init__(name, url, chain_id)
        self.asked = asyncio.Event()
        self.order: list[str] = []

    async def inclusion(self, txid: str) -> Inclusion:
        if txid == self.gone:
            raise NodeUnavailableError("it is away")
        return await super().inclusion(txid)

    async def gas(self, call: GasCall) -> int:
        self.order.append(call.destination)
        if call.destination == self.away.lower():
            self.asked.set()
            if self.hangs:
                await asyncio.Event().wait()
            raise NodeUnavailableError("it is away")
        return await super().gas(call)


@pytest.fixture
async def sometimes(paid: Paying, node: AnvilNode) -> AsyncIterator[SometimesAway]:
    chain = SometimesAway(NETWORK.chain, node.url, 31337)
    chain.away = stranger()
    paid.desk = dataclasses.replace(paid.desk, chain=chain)
    yield chain
    await chain.close()


async def test_t58_trouble_with_one_withdrawal_is_told_when_the_others_have_had_their_turn(
    paid: Paying, sometimes: SometimesAway
) -> None:
    bad = await paid.approved("alice", "eth", sometimes.away, ETHER)
    good = await paid.approved("bob", "eth", stranger(), ETHER)
    with pytest.raises(TransientError, match=f"{bad.tid}: it is away"):
        await plan_withdrawals(paid.desk)
    assert (await paid.look(good)).state is WithdrawalState.PAYING
    assert "it is away" in (await paid.alarms())[WAITING]
    sometimes.away = stranger()
    await plan_withdrawals(paid.desk)
    assert (await paid.look(bad)).state is WithdrawalState.PAYING


async def test_t58_a_pass_that_is_cut_off_is_followed_by_one_that_goes_on_behind_it(
    paid: Paying, sometimes: SometimesAway
) -> None:
    slow = await paid.approved("mallory", "eth", sometimes.away, ETHER)
    good = await paid.approved("bob", "eth", stranger(), ETHER)
    sometimes.hangs = True
    running = asyncio.create_task(plan_withdrawals(paid.desk))
    await asyncio.wait_for(sometimes.asked.wait(), 60)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (await paid.look(good)).state is WithdrawalState.APPROVED
    sometimes.hangs = False
    sometimes.order.clear()
    with pytest.raises(TransientError):
        await plan_withdrawals(paid.desk)
    assert sometimes.order == [good.rid.lower(), slow.rid.lower()]
    assert (await paid.look(good)).state is WithdrawalState.PAYING


async def test_t58_trouble_with_one_planned_move_is_told_when_the_others_have_had_their_turn(
    paid: Paying, sometimes: SometimesAway
) -> None:
    hot = await hot_of(paid)
    assert hot.address is not None
    sometimes.away = hot.address
    async with paid.services.database.begin() as connection:
        for _ in range(2):
            move = PayoutPlan(
                network="ethereum",
                purpose=Purpose.TREASURY,
                source=Source(hot.id),
                outputs=(PlannedOutput(hot.address, ETHER),),
                currency="eth",
            )
            await plan_payout(connection, move)
    with pytest.raises(TransientError, match="payout 1: it is away; payout 2: it is away"):
        await reserve_planned(paid.desk)
    assert {one.reason for one in await paid.payouts()} == {"it is away"}
    # Both are tried again after a while, and stand behind nothing until then.
    await reserve_planned(paid.desk)
    sometimes.away = stranger()
    await paid.later(paid.desk.settings.retry_s + 1)
    assert PayoutState.PLANNED not in {one.state for one in await paid.payouts()}


async def test_t58_trouble_with_one_payout_keeps_no_other_from_being_confirmed(
    paid: Paying, node: AnvilNode, sometimes: SometimesAway
) -> None:
    lost = await paid.approved("alice", "eth", stranger(), ETHER)
    good = await paid.approved("bob", "eth", stranger(), ETHER)
    await paid.run()
    sometimes.gone = (await paid.attempts(1))[0].txid or ""
    node.mine(DEPTH)
    await paid.scan()
    with pytest.raises(TransientError, match="payout 1: it is away"):
        await confirm_payouts(paid.desk)
    assert [one.state for one in await paid.payouts()] == [PayoutState.BROADCAST, PayoutState.CONFIRMED]
    sometimes.gone = ""
    await settled(paid, node, good, WithdrawalState.CONFIRMED)
    await settled(paid, node, lost, WithdrawalState.CONFIRMED)


@pytest.fixture
async def few(database_dsn: str, tmp_path: Path, node: AnvilNode, token: str) -> AsyncIterator[Paying]:
    """No token in the hot wallet; three withdrawals are looked at in a pass."""
    settings = PayoutSettings(batch_max=3)
    async with funded(database_dsn, tmp_path, node, token, tokens=0, settings=settings) as made:
        yield made


async def test_t58_nobody_waits_behind_a_wallet_that_is_empty_for_another_currency(
    few: Paying, node: AnvilNode
) -> None:
    for number in range(4):
        await few.approved(f"waits-{number}", "usdt", stranger(), USDT * UNIT)
    withdrawal = await few.approved("bob", "eth", stranger(), ETHER)
    await few.run(rounds=1)
    assert (await few.look(withdrawal)).state is WithdrawalState.PAYING
    await settled(few, node, withdrawal, WithdrawalState.CONFIRMED)


async def test_t58_a_pass_goes_on_behind_those_that_wait(few: Paying, node: AnvilNode) -> None:
    waiting = [await few.approved(f"waits-{number}", "eth", stranger(), 20 * ETHER) for number in range(4)]
    withdrawal = await few.approved("bob", "eth", stranger(), ETHER)
    await few.run(rounds=2)
    assert (await few.look(withdrawal)).state is WithdrawalState.PAYING
    await settled(few, node, withdrawal, WithdrawalState.CONFIRMED)
    # The others have their turns again when the wallet has it.
    hot = await hot_of(few)
    assert hot.address is not None
    node.rpc("anvil_setBalance", hot.address, hex(100 * ETHER))
    for one in waiting:
        await settled(few, node, one, WithdrawalState.CONFIRMED)
