"""Withdrawals on a real EVM: each is paid exactly once, with the nonce as its only name."""

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pyxiu.custody.chain import NodeUnavailableError
from pyxiu.custody.payouts.bump_payout import bump_payout, cancel_payout
from pyxiu.custody.payouts.confirm_payout import confirm_payouts
from pyxiu.custody.payouts.model import AttemptKind, AttemptState, PayoutPlan, PlannedOutput, Purpose, Source
from pyxiu.custody.payouts.plan_payout import plan_payout
from pyxiu.custody.payouts.plan_withdrawals import WAITING
from pyxiu.custody.payouts.rescue_payout import NotBumpableError
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.custody.signing.broadcast_payout import Sender
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.kit.failpoints import armed
from tests.support.anvil import ETHER, AnvilNode
from tests.support.evm_payouts import DEPTH, UNIT, USDT, eth_of, funded, hot_of, settled, stranger, usdt_of
from tests.support.payouts import FAILPOINTS_OF_PAYOUTS, Paying

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("anvil"), pytest.mark.timeout(900)]


@pytest.fixture
async def paid(database_dsn: str, tmp_path: Path, node: AnvilNode, token: str) -> AsyncIterator[Paying]:
    async with funded(database_dsn, tmp_path, node, token, tokens=1_000) as made:
        yield made


async def test_w4_coin_and_token_are_paid_once_and_settled(paid: Paying, node: AnvilNode, token: str) -> None:
    alice, bob = stranger(), stranger()
    of_coin = await paid.approved("alice", "eth", alice, ETHER)
    of_token = await paid.approved("bob", "usdt", bob, 25 * USDT * UNIT, fee=UNIT)
    await paid.run()
    await settled(paid, node, of_coin, WithdrawalState.CONFIRMED)
    await settled(paid, node, of_token, WithdrawalState.CONFIRMED)
    assert eth_of(node, alice) == ETHER
    assert usdt_of(node, token, bob) == 25 * USDT
    for uid, currency in (("alice", "eth"), ("bob", "usdt")):
        assert paid.engine.balance(uid, currency) == (0, 0)
    first, second = await paid.payouts()
    assert first.state is second.state is PayoutState.CONFIRMED
    assert (first.chain_fee or 0) > 0
    assert await paid.alarms() == {}


async def test_t49_whatever_step_dies_a_withdrawal_is_paid_once(paid: Paying, node: AnvilNode, token: str) -> None:
    for name in FAILPOINTS_OF_PAYOUTS:
        address = stranger()
        withdrawal = await paid.approved(name, "usdt", address, USDT * UNIT)
        with armed(f"{name}=raise"):
            cut = not await paid.run()
            node.mine(DEPTH)
            cut = not await paid.run() or cut
        assert cut, f"{name} was never reached"
        await settled(paid, node, withdrawal, WithdrawalState.CONFIRMED)
        assert usdt_of(node, token, address) == USDT
        assert paid.engine.balance(name, "usdt") == (0, 0)
    hot = await hot_of(paid)
    assert int(node.rpc("eth_getTransactionCount", hot.address, "latest"), 16) == len(FAILPOINTS_OF_PAYOUTS)


async def test_t50_a_lost_answer_of_the_node_sends_the_same_bytes_again(paid: Paying, node: AnvilNode) -> None:
    class Deaf:
        def __init__(self) -> None:
            self.sent: list[bytes] = []

        async def broadcast(self, signed: bytes) -> str:
            self.sent.append(signed)
            txid: str = await paid.reader.broadcast(signed)
            if len(self.sent) == 1:
                raise NodeUnavailableError("the answer was lost")
            return txid

    deaf = Deaf()
    paid.sender = Sender("ethereum", paid.services.database, deaf, paid.clock)
    address = stranger()
    withdrawal = await paid.approved("alice", "eth", address, ETHER)
    await paid.run()
    assert (await paid.payout()).state is PayoutState.SIGNED
    await paid.later(400)
    await settled(paid, node, withdrawal, WithdrawalState.CONFIRMED)
    assert len(set(deaf.sent)) == 1
    assert eth_of(node, address) == ETHER


async def test_t55_t54_a_jump_of_the_base_fee_is_answered_by_a_better_offer(paid: Paying, node: AnvilNode) -> None:
    address = stranger()
    withdrawal = await paid.approved("alice", "eth", address, ETHER)
    await paid.run()
    payout = await paid.payout()
    # Ten times what it offers: no block takes it, and after a while more is offered with the same nonce.
    [attempt] = await paid.attempts(payout.id)
    jumped = int(attempt.payload["gas"]["max_fee"]) * 10
    node.rpc("anvil_setNextBlockBaseFeePerGas", hex(jumped))
    node.mine(1)
    await paid.later(paid.desk.settings.bump_after_s + 1)
    await paid.later(61)
    first, second = await paid.attempts(payout.id)
    assert second.payload["nonce"] == first.payload["nonce"]
    for offer in ("max_fee", "priority"):
        assert int(second.payload["gas"][offer]) * 1_000 >= int(first.payload["gas"][offer]) * 1_125
    await settled(paid, node, withdrawal, WithdrawalState.CONFIRMED)
    assert eth_of(node, address) == ETHER
    assert (await paid.payout()).txid == second.txid
    node.rpc("anvil_setNextBlockBaseFeePerGas", hex(10**9))
    node.mine(1)


async def test_t55_a_gas_price_above_the_bound_waits_and_says_so(paid: Paying, node: AnvilNode) -> None:
    node.rpc("anvil_setNextBlockBaseFeePerGas", hex(paid.desk.settings.gas_price_max * 10**9 * 2))
    node.mine(1)
    withdrawal = await paid.approved("alice", "eth", stranger(), ETHER)
    await paid.run()
    assert (await paid.look(withdrawal)).state is WithdrawalState.APPROVED
    assert "gwei" in (await paid.alarms())[WAITING]
    node.rpc("anvil_setNextBlockBaseFeePerGas", hex(10**9))
    node.mine(1)
    await paid.run()
    await settled(paid, node, withdrawal, WithdrawalState.CONFIRMED)


async def test_t55_what_is_too_small_for_a_better_fee_waits_and_the_others_are_bumped(
    paid: Paying, node: AnvilNode
) -> None:
    hot = await hot_of(paid)
    assert hot.address is not None
    small = PayoutPlan(
        network="ethereum",
        purpose=Purpose.TREASURY,
        source=Source(hot.id),
        outputs=(PlannedOutput(hot.address, ETHER // 1_000),),
        currency="eth",
        subtract_fee=True,
    )
    async with paid.services.database.begin() as connection:
        await plan_payout(connection, small)
    await paid.run()
    withdrawal = await paid.approved("alice", "eth", stranger(), ETHER)
    await paid.run()
    node.rpc("anvil_setNextBlockBaseFeePerGas", hex(100 * 10**9))
    node.mine(1)
    await paid.later(paid.desk.settings.bump_after_s + 1)
    first, second = await paid.payouts()
    assert first.state is PayoutState.BROADCAST
    assert [len(await paid.attempts(one.id)) for one in (first, second)] == [1, 2]
    with pytest.raises(NotBumpableError, match="takes all that is to be paid"):
        await bump_payout(paid.desk, first.id)
    # A cancellation pays nobody, and takes its fee from the account.
    assert (await cancel_payout(paid.desk, first.id)).kind is AttemptKind.CANCEL
    await paid.run()
    await settled(paid, node, withdrawal, WithdrawalState.CONFIRMED)
    node.rpc("anvil_setNextBlockBaseFeePerGas", hex(10**9))
    node.mine(1)


async def test_t56_a_node_that_lost_its_pool_gets_the_same_bytes_and_gaps_close(paid: Paying, node: AnvilNode) -> None:
    addresses = [stranger() for _ in range(3)]
    withdrawals = [await paid.approved(f"member{n}", "eth", address, ETHER) for n, address in enumerate(addresses)]
    await paid.run()
    for payout in (await paid.payouts())[:2]:
        [attempt] = await paid.attempts(payout.id)
        node.rpc("anvil_dropTransaction", attempt.txid)
    node.mine(1)
    await paid.run()
    assert [eth_of(node, address) for address in addresses] == [0, 0, 0]
    await paid.later(61)
    for withdrawal in withdrawals:
        await settled(paid, node, withdrawal, WithdrawalState.CONFIRMED)
    assert [eth_of(node, address) for address in addresses] == [ETHER] * 3
    assert [len(await paid.attempts(payout.id)) for payout in await paid.payouts()] == [1, 1, 1]


async def test_t56_a_cancellation_takes_the_nonce_and_gives_the_funds_back_once(paid: Paying, node: AnvilNode) -> None:
    address = stranger()
    withdrawal = await paid.approved("alice", "eth", address, ETHER)
    await paid.run()
    payout = await paid.payout()
    await cancel_payout(paid.desk, payout.id)
    await paid.later(61)
    assert (await paid.attempts(payout.id))[1].kind is AttemptKind.CANCEL
    await settled(paid, node, withdrawal, WithdrawalState.FAILED)
    assert eth_of(node, address) == 0
    assert paid.engine.balance("alice", "eth") == (ETHER, 0)
    assert "canceled" in ((await paid.payout()).reason or "")


async def test_t56_a_token_payout_is_canceled_too(paid: Paying, node: AnvilNode, token: str) -> None:
    address = stranger()
    withdrawal = await paid.approved("alice", "usdt", address, 5 * USDT * UNIT)
    await paid.run()
    payout = await paid.payout()
    await cancel_payout(paid.desk, payout.id)
    await paid.later(61)
    first, second = await paid.attempts(payout.id)
    assert (second.kind, second.state) == (AttemptKind.CANCEL, AttemptState.BROADCAST)
    assert second.payload["nonce"] == first.payload["nonce"]
    await settled(paid, node, withdrawal, WithdrawalState.FAILED)
    assert usdt_of(node, token, address) == 0
    assert paid.engine.balance("alice", "usdt") == (5 * USDT * UNIT, 0)


async def test_t56_a_nonce_that_another_program_used_stops_payouts_until_it_is_explained(
    paid: Paying, node: AnvilNode
) -> None:
    hot = await hot_of(paid)
    node.rpc("anvil_setNonce", hot.address, hex(1))
    node.mine(1)
    withdrawal = await paid.approved("alice", "eth", stranger(), ETHER)
    await paid.run()
    assert (await paid.look(withdrawal)).state is WithdrawalState.APPROVED
    assert "used nonce 0" in (await paid.alarms())["payouts_shut:test"]
    from pyxiu.custody.payouts.reconcile import adopt

    assert hot.address is not None
    fact = f"{hot.address.lower()}:0"
    await adopt(paid.desk, fact, actor="staff", reason="an experiment before the wallet was ours")
    await paid.run()
    await settled(paid, node, withdrawal, WithdrawalState.CONFIRMED)
    assert "payouts_shut:test" not in await paid.alarms()


async def test_t57_a_token_transfer_that_reverts_after_it_was_sent_gives_the_funds_back_once(
    paid: Paying, node: AnvilNode, token: str
) -> None:
    address = stranger()
    withdrawal = await paid.approved("alice", "usdt", address, 5 * USDT * UNIT)
    await paid.run()
    assert (await paid.payout()).state is PayoutState.BROADCAST
    # Paused in the block before.
    pause = node.transact(token, "set_mode", 4)
    node.rpc("anvil_setBalance", node.accounts[0], hex(1_000 * ETHER))
    [attempt] = await paid.attempts((await paid.payout()).id)
    node.rpc("anvil_dropTransaction", attempt.txid)
    node.mine(1)
    assert node.rpc("eth_getTransactionReceipt", pause)["status"] == "0x1"
    await paid.later(61)
    done = await settled(paid, node, withdrawal, WithdrawalState.FAILED)
    assert "refused" in (done.reason or "")
    assert paid.engine.balance("alice", "usdt") == (5 * USDT * UNIT, 0)
    assert usdt_of(node, token, address) == 0
    payout = await paid.payout()
    assert payout.state is PayoutState.FAILED
    assert (payout.chain_fee or 0) > 0
    # A transfer that would be refused is not even tried.
    again = await paid.approved("bob", "usdt", address, 5 * USDT * UNIT)
    await paid.run()
    assert (await paid.look(again)).state is WithdrawalState.APPROVED
    assert "would be refused" in (await paid.alarms())[WAITING]
    assert len(await paid.payouts()) == 1


async def test_t40_a_token_that_answers_false_and_moves_nothing_is_for_a_person(
    paid: Paying, node: AnvilNode, token: str
) -> None:
    node.transact(token, "set_mode", 1)
    node.mine(1)
    withdrawal = await paid.approved("alice", "usdt", stranger(), 5 * USDT * UNIT)
    await paid.run()
    node.mine(DEPTH)
    await paid.run()
    payout = await paid.payout()
    assert payout.state is PayoutState.PARKED
    assert "does not say that it moved" in (payout.reason or "")
    assert (await paid.look(withdrawal)).state is WithdrawalState.PARKED
    assert f"payout:{payout.id}" in await paid.alarms()


async def test_t58_an_empty_hot_wallet_holds_up_only_those_that_do_not_fit(paid: Paying, node: AnvilNode) -> None:
    large = await paid.approved("alice", "eth", stranger(), 100 * ETHER)
    small = await paid.approved("bob", "eth", stranger(), ETHER)
    await paid.run()
    assert (await paid.look(large)).state is WithdrawalState.APPROVED
    assert large.tid in (await paid.alarms())[WAITING]
    await settled(paid, node, small, WithdrawalState.CONFIRMED)


async def test_t58_what_is_on_its_way_counts_against_the_balance(paid: Paying, node: AnvilNode) -> None:
    withdrawals = [await paid.approved(f"member{n}", "eth", stranger(), 4 * ETHER) for n in range(3)]
    await paid.run()
    states = [(await paid.look(one)).state for one in withdrawals]
    assert states == [WithdrawalState.PAYING, WithdrawalState.PAYING, WithdrawalState.APPROVED]
    for withdrawal in withdrawals[:2]:
        await settled(paid, node, withdrawal, WithdrawalState.CONFIRMED)


class _Hangs:
    """The scheduler hangs right after its look at a transaction in a block, which the chain then drops and goes on."""

    def __init__(self, paid: Paying, node: AnvilNode) -> None:
        self._paid, self._node, self._chain = paid, node, paid.desk.chain
        self.hung = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    async def fee_paid(self, txid: str) -> Any:
        seen = await self._chain.fee_paid(txid)
        self.hung = True
        self._node.reorganise(1)
        self._node.mine(DEPTH + 2)
        await self._paid.scan()
        return seen


async def test_t51_a_scheduler_that_hangs_after_its_look_does_not_confirm_by_blocks_that_came_later(
    paid: Paying, node: AnvilNode
) -> None:
    address = stranger()
    withdrawal = await paid.approved("alice", "eth", address, ETHER)
    await paid.run()
    node.mine(1)
    await paid.scan()
    hangs: Any = _Hangs(paid, node)
    await confirm_payouts(dataclasses.replace(paid.desk, chain=hangs))
    assert hangs.hung
    assert eth_of(node, address) == 0
    assert (await paid.payout()).state is PayoutState.BROADCAST
    await paid.later(61)
    await settled(paid, node, withdrawal, WithdrawalState.CONFIRMED)
    assert eth_of(node, address) == ETHER


async def test_t60_a_payout_that_a_reorganisation_undoes_is_sent_again_unchanged(paid: Paying, node: AnvilNode) -> None:
    address = stranger()
    withdrawal = await paid.approved("alice", "eth", address, ETHER)
    await paid.run()
    node.mine(1)
    await paid.run()
    assert (await paid.look(withdrawal)).block_height is not None
    node.reorganise(1)
    node.mine(1)
    await paid.run()
    back = await paid.look(withdrawal)
    assert back.block_height is None
    assert eth_of(node, address) == 0
    await paid.later(61)
    await settled(paid, node, withdrawal, WithdrawalState.CONFIRMED)
    assert eth_of(node, address) == ETHER
    assert len(await paid.attempts((await paid.payout()).id)) == 1


async def test_t53_another_transaction_with_our_nonce_that_pays_the_same_is_the_payment(
    paid: Paying, node: AnvilNode
) -> None:
    address = stranger()
    withdrawal = await paid.approved("alice", "eth", address, ETHER)
    await paid.run()
    payout = await paid.payout()
    [attempt] = await paid.attempts(payout.id)
    # The bump was signed and sent, and then the database lost it.
    await bump_payout(paid.desk, payout.id)
    bumped: Any = (await paid.attempts(payout.id))[1]
    other = paid.bench.chain.sign(bumped.payload)
    await paid.execute("UPDATE payout_attempts SET state = 'refused', reason = 'lost' WHERE attempt = 2")
    await paid.reader.broadcast(other.raw)
    done = await settled(paid, node, withdrawal, WithdrawalState.CONFIRMED)
    assert done.txid == other.txid != attempt.txid
    assert eth_of(node, address) == ETHER
