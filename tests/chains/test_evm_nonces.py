"""Nonces of an account that pays: none is kept by what waits, and none below a signed one is left unused (T-56)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pyxiu.custody.payouts.act_on_payout import park_payout
from pyxiu.custody.payouts.model import Purpose
from pyxiu.custody.payouts.plan_withdrawals import WAITING
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.custody.signing.sign_attempt import LIMITED
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.states import WithdrawalState
from tests.support.anvil import ETHER, AnvilNode
from tests.support.evm_payouts import DEPTH, UNIT, USDT, eth_of, funded, settled, stranger
from tests.support.payouts import Paying

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("anvil"), pytest.mark.timeout(900)]


@pytest.fixture
async def paid(database_dsn: str, tmp_path: Path, node: AnvilNode, token: str) -> AsyncIterator[Paying]:
    async with funded(database_dsn, tmp_path, node, token, tokens=1_000) as made:
        yield made


async def waiting_for_the_limit(paid: Paying, node: AnvilNode) -> Withdrawal:
    """A withdrawal of usdt that was given the nonce 1, and that the signer's limit holds up since."""
    await paid.allow("usdt", 6 * USDT)
    before = await paid.approved("alice", "usdt", stranger(), 5 * USDT * UNIT)
    await settled(paid, node, before, WithdrawalState.CONFIRMED)
    return await paid.approved("bob", "usdt", stranger(), 5 * USDT * UNIT)


async def nonces_of(paid: Paying, payout_id: int) -> list[int]:
    """Those of the signed attempts of a payout."""
    return [one.payload["nonce"] for one in await paid.attempts(payout_id) if one.signed is not None]


async def test_t56_what_waits_for_the_signers_limit_gives_its_nonce_to_whoever_comes_next(
    paid: Paying, node: AnvilNode
) -> None:
    waits = await waiting_for_the_limit(paid, node)
    await paid.run()
    assert "used up" in (await paid.alarms())[LIMITED]
    other = await paid.approved("carol", "eth", stranger(), ETHER)
    await paid.run()
    _, held_up, coin = await paid.payouts()
    assert held_up.state is PayoutState.RESERVED
    assert await nonces_of(paid, coin.id) == [1]
    await settled(paid, node, other, WithdrawalState.CONFIRMED)
    # Another one that is no smaller would wait as well: it waits for its turn without a nonce, and says why.
    behind = await paid.approved("dave", "usdt", stranger(), 5 * USDT * UNIT)
    await paid.run()
    assert (await paid.look(behind)).state is WithdrawalState.APPROVED
    assert f"payout {held_up.id} comes first" in (await paid.alarms())[WAITING]
    await paid.allow("usdt")
    await paid.later(61)
    for withdrawal in (waits, behind):
        await settled(paid, node, withdrawal, WithdrawalState.CONFIRMED)
    assert [await nonces_of(paid, one.id) for one in await paid.payouts()] == [[0], [2], [1], [3]]
    assert await paid.alarms() == {}


async def test_t56_a_nonce_that_was_given_back_below_a_signed_one_goes_to_the_next_that_can_be_signed(
    paid: Paying, node: AnvilNode
) -> None:
    waits = await waiting_for_the_limit(paid, node)
    above = await paid.approved("carol", "eth", stranger(), ETHER)
    await paid.run()
    _, held_up, coin = await paid.payouts()
    assert await nonces_of(paid, coin.id) == [2]
    following = await paid.approved("dave", "eth", stranger(), ETHER)
    await paid.run()
    for withdrawal in (following, above):
        await settled(paid, node, withdrawal, WithdrawalState.CONFIRMED)
    assert await nonces_of(paid, (await paid.payouts())[3].id) == [1]
    await park_payout(paid.services, held_up.id, actor="staff", reason="the member has called")
    await paid.run()
    assert LIMITED not in await paid.alarms()
    assert (await paid.look(waits)).state is WithdrawalState.PARKED


async def test_t56_a_nonce_that_nobody_wants_is_used_up_so_that_nothing_above_it_waits_for_ever(
    paid: Paying, node: AnvilNode
) -> None:
    await waiting_for_the_limit(paid, node)
    address = stranger()
    above = await paid.approved("carol", "eth", address, ETHER)
    await paid.run()
    node.mine(DEPTH)
    await paid.later(paid.desk.settings.gap_after_s - 60)
    assert len(await paid.payouts()) == 3
    await paid.later(61)
    *_, filling = await paid.payouts()
    assert (filling.purpose, await nonces_of(paid, filling.id)) == (Purpose.TREASURY, [1])
    await settled(paid, node, above, WithdrawalState.CONFIRMED)
    assert eth_of(node, address) == ETHER
    await paid.later(paid.desk.settings.gap_after_s)
    assert [one.state for one in await paid.payouts()] == [
        PayoutState.CONFIRMED, PayoutState.RESERVED, PayoutState.CONFIRMED, PayoutState.CONFIRMED,
    ]  # fmt: skip
    assert list(await paid.alarms()) == [LIMITED, "payout:2"]
