"""Withdrawals on a real Litecoin: each is paid exactly once, whatever dies, answers late or is replaced on the way."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pyxiu.custody.chain import BroadcastRefusedError, NodeUnavailableError
from pyxiu.custody.payouts.act_on_payout import park_payout, resume_payout
from pyxiu.custody.payouts.bump_payout import bump_payout
from pyxiu.custody.payouts.model import PayoutPlan, PlannedOutput, Purpose, Source
from pyxiu.custody.payouts.plan_payout import plan_payout
from pyxiu.custody.payouts.plan_withdrawals import WAITING, plan_withdrawals
from pyxiu.custody.payouts.request_signature import request_signatures
from pyxiu.custody.payouts.rescue_payout import NotBumpableError
from pyxiu.custody.payouts.reserve_planned import reserve_planned
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.custody.signing.broadcast_payout import Sender, broadcast_signed
from pyxiu.custody.signing.sign_attempt import sign_requested
from pyxiu.custody.treasury.note_other_fees import note_other_fees
from pyxiu.custody.wallets.store import wallet_by_name
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.kit.failpoints import armed
from tests.support.litecoin_payouts import DEPTH, LTC, Dear, funded, paid_once, received, with_chain
from tests.support.litecoind import REPLACING, LitecoinNode, litecoin_node
from tests.support.payouts import FAILPOINTS_OF_PAYOUTS, Paying, resigned

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("litecoind"), pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def node() -> Iterator[LitecoinNode]:
    with litecoin_node(REPLACING) as started:
        started.past_mweb()
        yield started


@pytest.fixture
async def paid(database_dsn: str, tmp_path: Path, node: LitecoinNode) -> AsyncIterator[Paying]:
    """A hot wallet with three coins of 5 LTC, and a signer that allows everything."""
    async with funded(database_dsn, tmp_path, node) as made:
        yield made


def undo(node: LitecoinNode, block: str, txid: str | None) -> None:
    """Take a block back and mine others without the transaction, which nobody mines any more for now."""
    node.cli("invalidateblock", block)
    node.cli("prioritisetransaction", txid, 0, -LTC)
    node.mine(DEPTH + 3, node.cli("getnewaddress"))


async def other_fees(paid: Paying) -> dict[str, int]:
    """What is written down of fees that no payout tells, by transaction."""
    await note_other_fees(paid.services, {paid.desk.key: paid.desk.chain})
    async with paid.services.database.connect() as connection:
        rows = await connection.execute(text("SELECT reference, chain_amount FROM treasury_entries"))
        return {row.reference: int(row.chain_amount) for row in rows}


async def test_w4_an_approved_withdrawal_is_paid_once_and_settled(paid: Paying, node: LitecoinNode) -> None:
    withdrawal = await paid.approved("alice", "ltc", node.cli("getnewaddress"), 2 * LTC, fee=LTC // 100)
    await paid.run()
    assert (await paid.look(withdrawal)).state is WithdrawalState.PAYING
    assert (await paid.payout()).state is PayoutState.BROADCAST
    await paid_once(paid, node, withdrawal)
    payout = await paid.payout()
    assert payout.state is PayoutState.CONFIRMED
    assert payout.txid == (await paid.look(withdrawal)).txid
    assert await paid.alarms() == {}
    # The change came back and can be spent.
    again = await paid.approved("bob", "ltc", node.cli("getnewaddress"), 12 * LTC)
    await paid.run()
    await paid_once(paid, node, again)


async def test_t49_whatever_step_dies_a_withdrawal_is_paid_once(
    database_dsn: str, tmp_path: Path, node: LitecoinNode
) -> None:
    async with funded(database_dsn, tmp_path, node, coins=4) as paid:
        for name in FAILPOINTS_OF_PAYOUTS:
            withdrawal = await paid.approved(name, "ltc", node.cli("getnewaddress"), LTC)
            with armed(f"{name}=raise"):
                cut = not await paid.run()
                node.mine(DEPTH)
                cut = not await paid.run() or cut
            assert cut, f"{name} was never reached"
            await paid_once(paid, node, withdrawal)
        assert len(await paid.payouts()) == len(FAILPOINTS_OF_PAYOUTS)


class _Deaf:
    """A node that takes the bytes and whose answer gets lost."""

    def __init__(self, node: Any, answers: int) -> None:
        self._node, self._answers = node, answers
        self.sent: list[bytes] = []

    async def broadcast(self, signed: bytes) -> str:
        self.sent.append(signed)
        txid: str = await self._node.broadcast(signed)
        if len(self.sent) <= self._answers:
            raise NodeUnavailableError("the answer was lost")
        return txid


async def test_t50_a_lost_answer_of_the_node_sends_the_same_bytes_again(paid: Paying, node: LitecoinNode) -> None:
    withdrawal = await paid.approved("alice", "ltc", node.cli("getnewaddress"), 2 * LTC)
    deaf = _Deaf(paid.reader, answers=2)
    paid.sender = Sender("litecoin", paid.services.database, deaf, paid.clock)
    await paid.run(1)
    payout = await paid.payout()
    assert payout.state is PayoutState.SIGNED
    assert "signer_node" in await paid.alarms()
    assert (await paid.look(withdrawal)).state is WithdrawalState.PAYING
    for _ in range(3):
        await paid.later(400)
    assert len(deaf.sent) >= 3
    assert len(set(deaf.sent)) == 1
    assert (await paid.payout()).state is PayoutState.BROADCAST
    assert "signer_node" not in await paid.alarms()
    await paid_once(paid, node, withdrawal)


async def test_t51_t52_many_workers_and_repeated_jobs_pay_once(paid: Paying, node: LitecoinNode) -> None:
    withdrawals = [
        await paid.approved(f"member{number}", "ltc", node.cli("getnewaddress"), LTC // 2) for number in range(6)
    ]
    for _ in range(4):
        await asyncio.gather(*(plan_withdrawals(paid.desk) for _ in range(4)))
        await asyncio.gather(*(request_signatures(paid.desk) for _ in range(4)))
        await asyncio.gather(*(sign_requested(paid.bench) for _ in range(4)))
        await asyncio.gather(*(broadcast_signed(paid.sender) for _ in range(4)))
    for _ in range(DEPTH + 1):
        node.mine(1)
        await asyncio.gather(paid.run(1))
    for withdrawal in withdrawals:
        assert (await paid.look(withdrawal)).state is WithdrawalState.CONFIRMED
        assert received(node, withdrawal.rid) == [LTC // 2]


async def test_t53_what_pays_the_same_from_the_same_coin_is_the_payment(paid: Paying, node: LitecoinNode) -> None:
    withdrawal = await paid.approved("alice", "ltc", node.cli("getnewaddress"), 2 * LTC)
    await paid.run()
    payout = await paid.payout()
    [attempt] = await paid.attempts(payout.id)
    # Somebody with the same keys pays the same at another fee, and we know nothing of it.
    payload = {**attempt.payload, "unsigned": attempt.payload["unsigned"]}
    change = int(payload["change"]["amount"]) - 50_000
    payload["change"] = {**payload["change"], "amount": str(change)}
    payload["fee"] = str(int(payload["fee"]) + 50_000)
    from pyxiu.adapters.chains.bitcoin.build import unsigned_transaction

    paid_outputs = [(one["destination"], int(one["amount"])) for one in payload["outputs"]]
    payload["unsigned"] = unsigned_transaction(
        [one["coin"] for one in payload["inputs"]], [*paid_outputs, (payload["change"]["destination"], change)]
    ).hex()
    other = paid.bench.chain.sign(payload)
    await paid.reader.broadcast(other.raw)
    await paid_once(paid, node, withdrawal)
    done = await paid.payout()
    assert (done.state, done.txid) == (PayoutState.CONFIRMED, other.txid)
    assert other.txid != attempt.txid
    assert await other_fees(paid) == {other.txid: int(payload["fee"])}


async def test_t53_of_the_fee_of_a_payment_that_others_have_paid_into_our_part_is_booked(
    paid: Paying, node: LitecoinNode
) -> None:
    withdrawal = await paid.approved("alice", "ltc", node.cli("getnewaddress"), 2 * LTC)
    await paid.run()
    [attempt] = await paid.attempts((await paid.payout()).id)
    [ours], theirs = attempt.payload["inputs"], node.cli("listunspent")[0]
    from pyxiu.adapters.chains.bitcoin.build import unsigned_transaction

    # Of a fee of 40,000 they pay 10,000 and get the rest of theirs back.
    left = int(ours["amount"]) - withdrawal.amount - 30_000
    shared = unsigned_transaction(
        [ours["coin"], f"{theirs['txid']}:{theirs['vout']}"],
        [
            (attempt.payload["outputs"][0]["destination"], withdrawal.amount),
            (attempt.payload["change"]["destination"], left),
            (theirs["scriptPubKey"], round(theirs["amount"] * LTC) - 10_000),
        ],
    )
    half = node.cli("signrawtransactionwithwallet", shared.hex())["hex"]
    txid = await paid.reader.broadcast(resigned(paid, attempt.payload, bytes.fromhex(half)))
    await paid_once(paid, node, withdrawal)
    assert (await paid.payout()).txid == txid
    assert await other_fees(paid) == {txid: 30_000}


async def test_t53_what_takes_our_coin_and_pays_others_parks_the_payout(paid: Paying, node: LitecoinNode) -> None:
    withdrawal = await paid.approved("alice", "ltc", node.cli("getnewaddress"), 2 * LTC)
    await paid.run()
    payout = await paid.payout()
    [attempt] = await paid.attempts(payout.id)
    from pyxiu.adapters.chains.bitcoin.build import unsigned_transaction

    change = attempt.payload["change"]["destination"]
    coins = attempt.payload["inputs"]
    total = sum(int(one["amount"]) for one in coins) - 100_000
    thief = unsigned_transaction([one["coin"] for one in coins], [(change, total)])
    await paid.reader.broadcast(resigned(paid, attempt.payload, thief))
    node.mine(DEPTH)
    await paid.run()
    parked = await paid.payout()
    assert parked.state is PayoutState.PARKED
    assert "does not pay what it should" in (parked.reason or "")
    assert (await paid.look(withdrawal)).state is WithdrawalState.PARKED
    assert f"payout:{payout.id}" in await paid.alarms()
    # And nothing else is paid before somebody has explained it.
    later = await paid.approved("bob", "ltc", node.cli("getnewaddress"), LTC)
    await paid.run()
    assert (await paid.look(later)).state is WithdrawalState.APPROVED
    assert "payouts_shut:test" in await paid.alarms()


async def test_t54_t55_a_bump_replaces_the_payment_and_either_may_confirm(paid: Paying, node: LitecoinNode) -> None:
    withdrawal = await paid.approved("alice", "ltc", node.cli("getnewaddress"), 2 * LTC)
    await paid.run()
    payout = await paid.payout()
    await bump_payout(paid.desk, payout.id)
    await paid.later(61)
    first, second = await paid.attempts(payout.id)
    assert second.chain_fee > first.chain_fee
    pool = node.cli("getrawmempool")
    assert second.txid in pool
    assert first.txid not in pool
    await paid_once(paid, node, withdrawal)
    done = await paid.payout()
    assert (done.txid, done.chain_fee) == (second.txid, second.chain_fee)


async def test_t55_a_fee_above_the_bound_waits_and_says_so(paid: Paying, node: LitecoinNode) -> None:
    withdrawal = await paid.approved("alice", "ltc", node.cli("getnewaddress"), 2 * LTC)
    dear = Dear(paid.desk.chain, rate=paid.desk.settings.fee_rate_max * 1_000 + 1)
    cheap, paid.desk = paid.desk, with_chain(paid, dear)
    await paid.run()
    assert (await paid.look(withdrawal)).state is WithdrawalState.APPROVED
    assert withdrawal.tid in (await paid.alarms())[WAITING]
    paid.desk = cheap
    await paid.run()
    assert WAITING not in await paid.alarms()
    # It is on its way now; the market moves and a better offer would be above the bound: a person decides.
    paid.desk = with_chain(paid, dear)
    await paid.later(paid.desk.settings.bump_after_s + 1)
    assert (await paid.payout()).state is PayoutState.PARKED
    assert any("above the bound" in told for told in (await paid.alarms()).values())
    # What was sent may be mined all the same, and counts.
    paid.desk = cheap
    await paid_once(paid, node, withdrawal)


async def test_w8_a_payout_that_was_set_aside_before_it_was_signed_is_taken_up_again_and_paid_once(
    paid: Paying, node: LitecoinNode
) -> None:
    withdrawal = await paid.approved("alice", "ltc", node.cli("getnewaddress"), 2 * LTC)
    await paid.scan()
    await plan_withdrawals(paid.desk)
    payout = await paid.payout()
    assert payout.state is PayoutState.RESERVED
    for _ in range(2):
        await park_payout(paid.services, payout.id, actor="staff", reason="a look")
        assert (await paid.look(withdrawal)).state is WithdrawalState.PARKED
        await resume_payout(paid.services, payout.id, actor="staff", reason="looked at")
        await reserve_planned(paid.desk)
        assert (await paid.payout()).state is PayoutState.RESERVED
    await paid.run()
    await paid_once(paid, node, withdrawal)


async def test_t55_what_is_too_small_for_a_better_fee_waits_and_the_others_are_bumped(
    paid: Paying, node: LitecoinNode
) -> None:
    async with paid.services.database.connect() as connection:
        hot = await wallet_by_name(connection, "litecoin-hot")
    assert hot is not None
    assert hot.address is not None
    node.cli("sendtoaddress", hot.address, 0.0002)
    node.mine(2)
    await paid.scan()
    async with paid.services.database.begin() as connection:
        query = text("SELECT payment_id FROM chain_payments WHERE amount = 20000")
        coin = (await connection.execute(query)).scalar_one()
        small = PayoutPlan(
            network="litecoin",
            purpose=Purpose.TREASURY,
            source=Source(hot.id, (), (coin,)),
            outputs=(PlannedOutput(hot.address, 20_000),),
            currency="ltc",
            subtract_fee=True,
        )
        await plan_payout(connection, small)
    await paid.run()
    withdrawal = await paid.approved("alice", "ltc", node.cli("getnewaddress"), 2 * LTC)
    await paid.run()
    paid.desk = with_chain(paid, Dear(paid.desk.chain, 300_000))
    await paid.later(paid.desk.settings.bump_after_s + 1)
    first, second = await paid.payouts()
    assert first.state is PayoutState.BROADCAST
    assert [len(await paid.attempts(one.id)) for one in (first, second)] == [1, 2]
    with pytest.raises(NotBumpableError, match="takes all that its first output has"):
        await bump_payout(paid.desk, first.id)
    await paid_once(paid, node, withdrawal)


async def test_t58_an_empty_hot_wallet_holds_up_only_those_that_do_not_fit(paid: Paying, node: LitecoinNode) -> None:
    large = await paid.approved("alice", "ltc", node.cli("getnewaddress"), 40 * LTC)
    small = await paid.approved("bob", "ltc", node.cli("getnewaddress"), LTC)
    await paid.run()
    assert (await paid.look(large)).state is WithdrawalState.APPROVED
    assert large.tid in (await paid.alarms())[WAITING]
    await paid_once(paid, node, small)
    async with paid.services.database.connect() as connection:
        from pyxiu.custody.payouts.sources import hot_wallet

        hot = await hot_wallet(connection, "litecoin", "ltc")
    assert hot is not None
    assert hot.home is not None
    node.cli("sendtoaddress", hot.home.address, 40)
    node.mine(1)
    await paid.run()
    assert WAITING not in await paid.alarms()
    await paid_once(paid, node, large)


async def test_t58_a_bad_address_in_a_large_batch_fails_alone(paid: Paying, node: LitecoinNode) -> None:
    good = node.cli("getnewaddress")
    batch = [await paid.approved(f"member{number}", "ltc", good, LTC // 50) for number in range(60)]
    bad = await paid.approved("mallory", "ltc", "ltc1qnotanaddressofthisnetwork", LTC // 50)
    dust = await paid.approved("trent", "ltc", good, 10)
    await paid.run()
    await paid.run()
    node.mine(DEPTH)
    await paid.run()
    for refused in (bad, dust):
        assert (await paid.look(refused)).state is WithdrawalState.FAILED
        assert paid.engine.balance(refused.uid, "ltc") == (refused.sum, 0)
    assert received(node, good) == [LTC // 50] * 60
    for one in batch:
        assert (await paid.look(one)).state is WithdrawalState.CONFIRMED
    assert len(await paid.payouts()) == 1


async def test_w5_two_payouts_never_hold_the_same_coin(paid: Paying, node: LitecoinNode) -> None:
    for number in range(3):
        await paid.approved(f"member{number}", "ltc", node.cli("getnewaddress"), 4 * LTC)
        await paid.run(1)
    held: list[str] = []
    for payout in await paid.payouts():
        [attempt] = await paid.attempts(payout.id)
        held += [one["coin"] for one in attempt.payload["inputs"]]
    assert len(held) == 3
    assert len(set(held)) == 3


async def test_t60_a_payout_that_a_reorganisation_undoes_is_sent_again_unchanged(
    paid: Paying, node: LitecoinNode
) -> None:
    withdrawal = await paid.approved("alice", "ltc", node.cli("getnewaddress"), 2 * LTC)
    await paid.run()
    [block] = node.mine(1)
    await paid.run()
    seen = await paid.look(withdrawal)
    assert seen.block_height is not None
    undo(node, block, seen.txid)
    recorder = _Deaf(paid.reader, answers=0)
    paid.sender = Sender("litecoin", paid.services.database, recorder, paid.clock)
    await paid.run()
    back = await paid.look(withdrawal)
    assert back.block_height is None
    assert back.state is WithdrawalState.PAYING
    await paid.later(61)
    payout = await paid.payout()
    [attempt] = await paid.attempts(payout.id)
    assert set(recorder.sent) == {attempt.signed}
    node.cli("prioritisetransaction", seen.txid, 0, LTC)
    await paid_once(paid, node, withdrawal)
    assert len(await paid.attempts(payout.id)) == 1


async def test_t60_an_undone_payout_that_was_final_is_an_alarm_and_is_sent_again(
    paid: Paying, node: LitecoinNode
) -> None:
    withdrawal = await paid.approved("alice", "ltc", node.cli("getnewaddress"), 2 * LTC)
    await paid.run()
    first = node.cli("getblockcount") + 1
    await paid_once(paid, node, withdrawal)
    txid = (await paid.look(withdrawal)).txid
    undo(node, node.cli("getblockhash", first), txid)
    recorder = _Deaf(paid.reader, answers=0)
    paid.sender = Sender("litecoin", paid.services.database, recorder, paid.clock)
    await paid.run()
    assert "payout_undone" in await paid.alarms()
    await paid.later(61)
    assert recorder.sent
    node.cli("prioritisetransaction", txid, 0, LTC)
    await paid_once(paid, node, withdrawal)
    await paid.run()
    assert "payout_undone" not in await paid.alarms()
    assert len(await paid.payouts()) == 1


async def test_a_refused_broadcast_is_shown_and_tried_again(paid: Paying, node: LitecoinNode) -> None:
    class Refusing:
        refuses = True

        async def broadcast(self, signed: bytes) -> str:
            if self.refuses:
                raise BroadcastRefusedError("min relay fee not met")
            txid: str = await paid.reader.broadcast(signed)
            return txid

    withdrawal = await paid.approved("alice", "ltc", node.cli("getnewaddress"), 2 * LTC)
    paid.sender = Sender("litecoin", paid.services.database, Refusing(), paid.clock)
    await paid.run()
    payout = await paid.payout()
    assert payout.state is PayoutState.SIGNED
    assert "min relay fee" in (payout.reason or "")
    Refusing.refuses = False
    await paid.later(600)
    assert (await paid.payout()).state is PayoutState.BROADCAST
    await paid_once(paid, node, withdrawal)
