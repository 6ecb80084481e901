"""A Litecoin whose node does not replace transactions, as it is unless it is told to: it keeps the first (T-54, T-55).

Blocks take nothing below 50 litoshi a vbyte here, so what is sent at the smallest fee waits until somebody pays more.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from pyxiu.custody.payouts.bump_payout import bump_payout, bump_stuck
from pyxiu.custody.payouts.explain_payout import explain_payout
from pyxiu.custody.payouts.model import Attempt, AttemptState, Payout, Purpose
from pyxiu.custody.payouts.ports import UtxoChain
from pyxiu.custody.payouts.rescue_payout import NotBumpableError
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.states import WithdrawalState
from tests.support.litecoin_payouts import LTC, Dear, funded, paid_once, received, with_chain
from tests.support.litecoind import LitecoinNode, litecoin_node
from tests.support.payouts import Paying

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("litecoind"), pytest.mark.timeout(900)]

#: For 1,000 vbytes: what the pool takes, and what a block takes and something more.
CHEAP, DEAR = 1_000, 100_000


@pytest.fixture(scope="module")
def node() -> Iterator[LitecoinNode]:
    with litecoin_node("-blockmintxfee=0.0005", "-fallbackfee=0.001") as started:
        # Far below the height of MWEB, from which on `generateblock` does not work.
        started.mine(110)
        yield started


@pytest.fixture
async def paid(database_dsn: str, tmp_path: Path, node: LitecoinNode) -> AsyncIterator[Paying]:
    async with funded(database_dsn, tmp_path, node) as made:
        made.desk = with_chain(made, Dear(made.desk.chain, CHEAP))
        yield made


async def stuck(paid: Paying, node: LitecoinNode, amount: int = 2 * LTC) -> tuple[Withdrawal, Payout]:
    """A withdrawal whose transaction is in the pool and in no block, and the chain has become dearer."""
    withdrawal = await paid.approved("alice", "ltc", node.cli("getnewaddress"), amount)
    await paid.run()
    node.mine(1)
    await paid.run()
    payout = await paid.payout()
    assert (payout.state, payout.block_height) == (PayoutState.BROADCAST, None)
    paid.desk = with_chain(paid, Dear(paid.desk.chain, DEAR))
    return withdrawal, payout


async def refused_bump(paid: Paying, payout: Payout) -> tuple[Attempt, Attempt]:
    """Both attempts, when the node has been offered the better one and has kept the first."""
    await paid.later(paid.desk.settings.bump_after_s + 1)
    await paid.later(61)
    first, second = await paid.attempts(payout.id)
    assert (first.state, second.state) == (AttemptState.BROADCAST, AttemptState.SIGNED)
    assert "conflict" in (second.reason or "")
    return first, second


async def child_of(paid: Paying, payout: Payout) -> tuple[Payout, Attempt]:
    """What the second wait has made: a payout that spends the first one's change."""
    await paid.later(paid.desk.settings.bump_after_s + 1)
    [child] = [one for one in await paid.payouts() if one.id != payout.id]
    [attempt] = await paid.attempts(child.id)
    return child, attempt


def mine_instead(node: LitecoinNode, attempt: Attempt) -> None:
    """As a miner does who has got the other transaction."""
    assert attempt.signed is not None
    node.cli("generateblock", node.cli("getnewaddress"), [attempt.signed.hex()])


async def test_t54_a_node_that_keeps_the_first_transaction_pays_once_and_frees_what_the_bump_would_have_spent(
    paid: Paying, node: LitecoinNode
) -> None:
    # So much that the better offer needs another coin.
    withdrawal, payout = await stuck(paid, node, 5 * LTC - 200)
    first, second = await refused_bump(paid, payout)
    assert [len(one.payload["inputs"]) for one in (first, second)] == [1, 2]
    assert first.txid in node.cli("getrawmempool")
    mine_instead(node, first)
    await paid_once(paid, node, withdrawal)
    done = await paid.payout()
    assert (done.txid, done.chain_fee, done.state) == (first.txid, first.chain_fee, PayoutState.CONFIRMED)
    # Ten of the fifteen are left, and all of them can be paid with.
    again = await paid.approved("bob", "ltc", node.cli("getnewaddress"), 10 * LTC - LTC // 100)
    await paid.run()
    await paid_once(paid, node, again)


async def test_t54_the_transaction_that_a_node_refused_may_be_mined_all_the_same(
    paid: Paying, node: LitecoinNode
) -> None:
    withdrawal, payout = await stuck(paid, node)
    first, second = await refused_bump(paid, payout)
    mine_instead(node, second)
    await paid_once(paid, node, withdrawal)
    done = await paid.payout()
    assert (done.txid, done.chain_fee) == (second.txid, second.chain_fee)
    assert first.txid not in node.cli("getrawmempool")
    assert await paid.alarms() == {}


async def test_t55_a_child_pays_for_what_a_node_will_not_replace(paid: Paying, node: LitecoinNode) -> None:
    withdrawal, payout = await stuck(paid, node)
    first, _ = await refused_bump(paid, payout)
    node.mine(1)
    await paid.run()
    child, attempt = await child_of(paid, payout)
    assert child.purpose is Purpose.TREASURY
    assert child.coins == (f"{first.txid}:1",)
    explained = await explain_payout(paid.services, str(child.id))
    assert any(line.startswith(f"helps    payout {payout.id},") for line in explained or ())
    # Both together offer what was asked for.
    assert isinstance(paid.desk.chain, UtxoChain)
    assert attempt.txid is not None
    both = await paid.desk.chain.pooled(attempt.txid)
    assert both is not None
    assert both.fees == first.chain_fee + attempt.chain_fee
    assert both.fees * 1_000 >= both.size * DEAR
    # One child is enough, and what it helps is not offered anew beside it.
    await paid.later(paid.desk.settings.bump_after_s + 1)
    assert len(await paid.payouts()) == 2
    with pytest.raises(NotBumpableError, match=f"payout {child.id}"):
        await bump_payout(paid.desk, payout.id)
    await paid_once(paid, node, withdrawal)
    done, helper = await paid.payouts()
    assert (done.state, done.txid, done.chain_fee) == (PayoutState.CONFIRMED, first.txid, first.chain_fee)
    assert (helper.state, helper.txid, helper.chain_fee) == (PayoutState.CONFIRMED, attempt.txid, attempt.chain_fee)
    # What is left of the change is back and can be spent, to the last coin.
    again = await paid.approved("bob", "ltc", node.cli("getnewaddress"), 13 * LTC - LTC // 100)
    await paid.run()
    await paid_once(paid, node, again)
    assert await paid.alarms() == {}


async def test_t55_a_child_whose_parent_is_replaced_after_all_has_failed_and_cost_nothing(
    paid: Paying, node: LitecoinNode
) -> None:
    withdrawal, payout = await stuck(paid, node)
    first, second = await refused_bump(paid, payout)
    child, _ = await child_of(paid, payout)
    mine_instead(node, second)
    await paid_once(paid, node, withdrawal)
    await paid.later(61)
    done, helper = await paid.payouts()
    assert (done.state, done.txid) == (PayoutState.CONFIRMED, second.txid)
    assert (helper.id, helper.state, helper.chain_fee) == (child.id, PayoutState.FAILED, None)
    assert f"has ended with {second.txid}" in (helper.reason or "")
    assert received(node, withdrawal.rid) == [withdrawal.amount]
    assert await paid.alarms() == {}
    assert first.txid not in node.cli("getrawmempool")


async def test_t55_a_child_above_the_bound_is_not_made_and_the_payout_is_parked(
    paid: Paying, node: LitecoinNode
) -> None:
    withdrawal, payout = await stuck(paid, node)
    first, _ = await refused_bump(paid, payout)
    over = paid.desk.settings.fee_rate_max * 1_000 + 1
    paid.desk = with_chain(paid, Dear(paid.desk.chain, over))
    paid.clock.advance((paid.desk.settings.bump_after_s + 1) * 10**9)
    await bump_stuck(paid.desk)
    parked = await paid.payout()
    assert parked.state is PayoutState.PARKED
    assert "above the bound" in (parked.reason or "")
    assert (await paid.look(withdrawal)).state is WithdrawalState.PARKED
    # It is with the node all the same, and counts when it is mined.
    mine_instead(node, first)
    await paid_once(paid, node, withdrawal)


async def test_t55_what_has_no_change_waits_and_says_why(paid: Paying, node: LitecoinNode) -> None:
    withdrawal, payout = await stuck(paid, node, 5 * LTC - 200)
    first, _ = await refused_bump(paid, payout)
    with pytest.raises(NotBumpableError, match="no change"):
        await bump_payout(paid.desk, payout.id)
    mine_instead(node, first)
    await paid_once(paid, node, withdrawal)
