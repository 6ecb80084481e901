"""An old backup does not pay again: what the chain knows and the database does not shuts the gate (T-62, W-10)."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pyxiu.core.commands import PlaceHold
from pyxiu.core.money import pack
from pyxiu.core.types import AssetId, HoldId, MemberId
from pyxiu.custody.payouts.act_on_payout import ActRefusedError, end_payout, park_payout
from pyxiu.custody.payouts.confirm_payout import UNCLEAR
from pyxiu.custody.payouts.gate import Gate
from pyxiu.custody.payouts.model import AttemptState
from pyxiu.custody.payouts.plan_withdrawals import plan_withdrawals
from pyxiu.custody.payouts.reconcile import AdoptionRefusedError, adopt, explain_unexplained
from pyxiu.custody.payouts.request_signature import request_signatures
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.storage.embedded import EmbeddedPostgres
from tests.support.anvil import ETHER, AnvilNode, anvil_node, new_account
from tests.support.custody import ETHEREUM, LITECOIN
from tests.support.litecoind import LitecoinNode, litecoin_node
from tests.support.payouts import Paying, paying
from tests.support.postgres import fresh_database

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

LTC = 10**8
DEPTH = 2


@pytest.fixture(scope="module")
def litecoin() -> Iterator[LitecoinNode]:
    with litecoin_node() as started:
        started.past_mweb()
        yield started


@pytest.fixture(scope="module")
def anvil() -> Iterator[AnvilNode]:
    with anvil_node() as started:
        yield started


@pytest.fixture(scope="module")
def full_node() -> Iterator[AnvilNode]:
    """It keeps the states of its last blocks, as nodes do that are no archive."""
    with anvil_node("--prune-history", "20") as started:
        yield started


@asynccontextmanager
async def copied(paid: Paying, server: EmbeddedPostgres, dsn: str) -> AsyncIterator[str]:
    """A copy of the database as it is now: the backup."""
    await paid.services.database.dispose()
    name = dsn.partition("?")[0].rpartition("/")[2]
    async for copy in fresh_database(server.dsn, name):
        yield copy


def hold_again(restored: Paying, withdrawal: Withdrawal) -> None:
    """The engine's journal is as old as the backup: the funds are held there."""
    restored.engine.fund(withdrawal.uid, withdrawal.currency, withdrawal.sum)
    hold = HoldId(withdrawal.hold_id)
    restored.engine._do(PlaceHold(hold, MemberId(withdrawal.uid), AssetId(withdrawal.currency), pack(withdrawal.sum)))


async def is_shut_until_a_block_has_it(restored: Paying, withdrawal: Withdrawal) -> None:
    """The payment is in the node's pool and not in this database: nothing is paid, and nothing is adopted yet."""
    await restored.run()
    assert (await restored.look(withdrawal)).state is WithdrawalState.APPROVED
    assert await restored.payouts() == []
    assert "wait until a block has it" in (await restored.alarms())["payouts_shut:test"]
    [finding] = await explain_unexplained(restored.desk)
    assert finding.fact.waits
    with pytest.raises(AdoptionRefusedError, match="wait until a block has it"):
        await adopt(restored.desk, finding.fact.fact, actor="staff", reason="a restore", tids=finding.candidates)


async def is_shut_until_adopted(restored: Paying, node: Any, withdrawal: Withdrawal) -> None:
    """Nothing is paid; the one fact is explained, and with it the withdrawal is settled."""
    await restored.run()
    assert (await restored.look(withdrawal)).state is WithdrawalState.APPROVED
    assert await restored.payouts() == []
    assert "not explained" in (await restored.alarms())["payouts_shut:test"]
    [finding] = await explain_unexplained(restored.desk)
    assert finding.candidates == (withdrawal.tid,)
    with pytest.raises(AdoptionRefusedError):
        await adopt(restored.desk, finding.fact.fact, actor="staff", reason="x", tids=["TID0"])
    with pytest.raises(AdoptionRefusedError):
        await adopt(restored.desk, "0" * 64, actor="staff", reason="x")
    await adopt(restored.desk, finding.fact.fact, actor="staff", reason="a restore", tids=finding.candidates)
    await restored.run()
    done = await restored.look(withdrawal)
    assert done.state is WithdrawalState.CONFIRMED
    assert restored.engine.balance(withdrawal.uid, withdrawal.currency) == (0, 0)
    assert "payouts_shut:test" not in await restored.alarms()
    assert [payout.state for payout in await restored.payouts()] == [PayoutState.CONFIRMED]


async def test_t62_on_litecoin_spent_coins_that_nobody_here_spent_stop_all_payouts(
    database_dsn: str, tmp_path: Path, litecoin: LitecoinNode, postgres_server: EmbeddedPostgres
) -> None:
    network = replace(LITECOIN, min_confirmations=DEPTH)
    first = litecoin.cli("getblockcount") + 1
    address = litecoin.cli("getnewaddress")
    async with paying(database_dsn, tmp_path, network, litecoin.url, first=first) as paid:
        hot = await paid.wallet()
        await paid.allow("ltc")
        litecoin.cli("sendtoaddress", hot.address, 5)
        litecoin.mine(1)
        await paid.scan()
        withdrawal = await paid.approved("alice", "ltc", address, LTC)
        async with copied(paid, postgres_server, database_dsn) as backup:
            await paid.run()
            litecoin.mine(DEPTH)
            await paid.run()
            assert (await paid.look(withdrawal)).state is WithdrawalState.CONFIRMED
            async with paying(backup, tmp_path, network, litecoin.url, first=first) as restored:
                hold_again(restored, withdrawal)
                await is_shut_until_adopted(restored, litecoin, withdrawal)
                assert litecoin.cli("getreceivedbyaddress", address, 0) == 1
                again = await restored.approved("bob", "ltc", litecoin.cli("getnewaddress"), LTC)
                await restored.run()
                litecoin.mine(DEPTH)
                await restored.run()
                assert (await restored.look(again)).state is WithdrawalState.CONFIRMED


async def test_t62_on_ethereum_used_nonces_that_nobody_here_used_stop_all_payouts(
    database_dsn: str, tmp_path: Path, anvil: AnvilNode, postgres_server: EmbeddedPostgres
) -> None:
    network = replace(ETHEREUM, min_confirmations=DEPTH)
    first, address = anvil.height() + 1, str(new_account().address)
    async with paying(database_dsn, tmp_path, network, anvil.url, first=first) as paid:
        hot = await paid.wallet()
        await paid.allow("eth")
        assert hot.address is not None
        anvil.send(hot.address, 10 * ETHER)
        anvil.mine(1)
        await paid.scan()
        withdrawal = await paid.approved("alice", "eth", address, ETHER)
        async with copied(paid, postgres_server, database_dsn) as backup:
            await paid.run()
            anvil.mine(DEPTH)
            await paid.run()
            assert (await paid.look(withdrawal)).state is WithdrawalState.CONFIRMED
            async with paying(backup, tmp_path, network, anvil.url, first=first) as restored:
                hold_again(restored, withdrawal)
                await is_shut_until_adopted(restored, anvil, withdrawal)
                assert int(anvil.rpc("eth_getBalance", address, "latest"), 16) == ETHER
                again = await restored.approved("bob", "eth", str(new_account().address), ETHER)
                await restored.run()
                anvil.mine(DEPTH)
                await restored.run()
                assert (await restored.look(again)).state is WithdrawalState.CONFIRMED


async def test_t62_on_litecoin_a_payment_that_waits_in_the_pool_stops_all_payouts_until_a_block_has_it(
    database_dsn: str, tmp_path: Path, litecoin: LitecoinNode, postgres_server: EmbeddedPostgres
) -> None:
    network = replace(LITECOIN, min_confirmations=DEPTH)
    first = litecoin.cli("getblockcount") + 1
    address = litecoin.cli("getnewaddress")
    async with paying(database_dsn, tmp_path, network, litecoin.url, first=first) as paid:
        hot = await paid.wallet()
        await paid.allow("ltc")
        litecoin.cli("sendtoaddress", hot.address, 5)
        litecoin.mine(1)
        await paid.scan()
        withdrawal = await paid.approved("alice", "ltc", address, LTC)
        async with copied(paid, postgres_server, database_dsn) as backup:
            await paid.run()
            [attempt] = await paid.attempts((await paid.payout()).id)
            assert attempt.txid is not None
            # A block without it, as its fee is low, and with another coin that the withdrawal could be paid from.
            litecoin.cli("prioritisetransaction", attempt.txid, 0, -LTC)
            litecoin.cli("sendtoaddress", hot.address, 3)
            litecoin.mine(1)
            assert litecoin.cli("getrawmempool") == [attempt.txid]
            async with paying(backup, tmp_path, network, litecoin.url, first=first) as restored:
                hold_again(restored, withdrawal)
                await is_shut_until_a_block_has_it(restored, withdrawal)
                litecoin.cli("prioritisetransaction", attempt.txid, 0, LTC)
                litecoin.mine(DEPTH)
                await is_shut_until_adopted(restored, litecoin, withdrawal)
                assert litecoin.cli("getreceivedbyaddress", address, 0) == 1


async def test_t62_on_ethereum_a_nonce_that_waits_in_the_pool_stops_all_payouts_until_a_block_has_it(
    database_dsn: str, tmp_path: Path, anvil: AnvilNode, postgres_server: EmbeddedPostgres
) -> None:
    network = replace(ETHEREUM, min_confirmations=DEPTH)
    first, address = anvil.height() + 1, str(new_account().address)
    async with paying(database_dsn, tmp_path, network, anvil.url, first=first) as paid:
        hot = await paid.wallet()
        await paid.allow("eth")
        assert hot.address is not None
        anvil.send(hot.address, 10 * ETHER)
        anvil.mine(1)
        await paid.scan()
        withdrawal = await paid.approved("alice", "eth", address, ETHER)
        async with copied(paid, postgres_server, database_dsn) as backup:
            await paid.run()
            async with paying(backup, tmp_path, network, anvil.url, first=first) as restored:
                hold_again(restored, withdrawal)
                await is_shut_until_a_block_has_it(restored, withdrawal)
                anvil.mine(DEPTH)
                await is_shut_until_adopted(restored, anvil, withdrawal)
                assert int(anvil.rpc("eth_getBalance", address, "latest"), 16) == ETHER


async def test_t62_a_large_pool_is_read_in_steps_before_the_first_payout_and_not_again(
    database_dsn: str, tmp_path: Path, litecoin: LitecoinNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyxiu.custody.payouts.unexplained_pool.AT_ONCE", 2)
    network = replace(LITECOIN, min_confirmations=DEPTH)
    async with paying(database_dsn, tmp_path, network, litecoin.url, first=litecoin.cli("getblockcount") + 1) as paid:
        hot = await paid.wallet()
        await paid.allow("ltc")
        litecoin.cli("sendtoaddress", hot.address, 5)
        litecoin.mine(1)
        await paid.scan()
        withdrawal = await paid.approved("alice", "ltc", litecoin.cli("getnewaddress"), LTC)
        for _ in range(5):
            litecoin.cli("sendtoaddress", litecoin.cli("getnewaddress"), 1)
        told = [await paid.gate.look() for _ in range(3)]
        assert [text and text.partition(": ")[2] for text in told] == [
            "3 transactions are left", "1 transactions are left", None,
        ]  # fmt: skip
        for _ in range(5):
            litecoin.cli("sendtoaddress", litecoin.cli("getnewaddress"), 1)
        await paid.run()
        assert (await paid.look(withdrawal)).state is WithdrawalState.PAYING
        # What was sent from here is explained, for a process that begins now, too.
        monkeypatch.undo()
        again = Gate(paid.services.database, network.key, paid.desk.chain, paid.desk.settings, who="again")
        assert await again.look() is None


async def test_t62_before_its_first_payout_a_process_waits_for_the_last_block(
    database_dsn: str, tmp_path: Path, litecoin: LitecoinNode
) -> None:
    network = replace(LITECOIN, min_confirmations=DEPTH)
    async with paying(database_dsn, tmp_path, network, litecoin.url, first=litecoin.cli("getblockcount") + 1) as paid:
        await paid.wallet()
        litecoin.mine(1)
        await paid.scan()
        litecoin.mine(1)
        assert "start the watcher" in (await paid.gate.look() or "")
        await paid.scan()
        assert await paid.gate.look() is None
        litecoin.mine(1)
        assert await paid.gate.look() is None


async def test_t62_a_database_that_lags_behind_its_node_does_not_pay(
    database_dsn: str, tmp_path: Path, anvil: AnvilNode
) -> None:
    network = replace(ETHEREUM, min_confirmations=DEPTH)
    async with paying(database_dsn, tmp_path, network, anvil.url, first=anvil.height() + 1) as paid:
        hot = await paid.wallet()
        await paid.allow("eth")
        assert hot.address is not None
        anvil.send(hot.address, 10 * ETHER)
        anvil.mine(1)
        await paid.scan()
        withdrawal = await paid.approved("alice", "eth", str(new_account().address), ETHER)
        anvil.mine(paid.desk.settings.scan_lag_max + 1)

        async def nothing() -> None:
            """The watcher stands still."""

        paid.scan, scan = nothing, paid.scan  # type: ignore[method-assign]  # a watcher that is down
        await paid.run()
        assert (await paid.look(withdrawal)).state is WithdrawalState.APPROVED
        assert "start the watcher" in (await paid.alarms())["payouts_shut:test"]
        paid.scan = scan  # type: ignore[method-assign]
        await paid.run()
        assert (await paid.look(withdrawal)).state is WithdrawalState.PAYING


@asynccontextmanager
async def on_ethereum(database_dsn: str, tmp_path: Path, anvil: AnvilNode) -> AsyncIterator[tuple[Paying, str]]:
    """A hot wallet with 10 ETH that anvil lets anybody pay from; its address."""
    network = replace(ETHEREUM, min_confirmations=DEPTH)
    async with paying(database_dsn, tmp_path, network, anvil.url, first=anvil.height() + 1) as paid:
        hot = await paid.wallet()
        await paid.allow("eth")
        assert hot.address is not None
        anvil.send(hot.address, 10 * ETHER)
        anvil.mine(1)
        anvil.rpc("anvil_impersonateAccount", hot.address)
        yield paid, hot.address


def pay_from(anvil: AnvilNode, sender: str) -> str:
    """What somebody else who has the key does: a payment with the account's next nonce."""
    sent = {"from": sender, "to": str(new_account().address), "value": hex(ETHER)}
    txid: str = anvil.rpc("eth_sendTransaction", sent)
    anvil.mine(1)
    return txid


async def test_t62_a_nonce_that_is_adopted_is_taken_from_the_payout_that_was_given_it_and_not_signed(
    database_dsn: str, tmp_path: Path, anvil: AnvilNode
) -> None:
    async with on_ethereum(database_dsn, tmp_path, anvil) as (paid, hot):
        address = str(new_account().address)
        withdrawal = await paid.approved("alice", "eth", address, ETHER)
        await paid.scan()
        await plan_withdrawals(paid.desk)
        await request_signatures(paid.desk)
        pay_from(anvil, hot)
        await paid.run()
        assert "used nonce 0" in (await paid.alarms())["payouts_shut:test"]
        await adopt(paid.desk, f"{hot.lower()}:0", actor="staff", reason="paid by hand")
        payout = await paid.payout()
        assert payout.state is PayoutState.PLANNED
        assert [one.state for one in await paid.attempts(payout.id)] == [AttemptState.REFUSED]
        assert (await paid.look(withdrawal)).state is WithdrawalState.PAYING
        await paid.run()
        anvil.mine(DEPTH)
        await paid.run()
        assert (await paid.look(withdrawal)).state is WithdrawalState.CONFIRMED
        assert [one.payload["nonce"] for one in await paid.attempts(payout.id)] == [0, 1]
        assert int(anvil.rpc("eth_getBalance", address, "latest"), 16) == ETHER


@pytest.mark.parametrize("outcome", [WithdrawalState.FAILED, WithdrawalState.CONFIRMED])
@pytest.mark.parametrize("lost", [False, True], ids=["held", "lost"])
async def test_t62_a_signed_payout_keeps_its_nonce_and_staff_ends_it_when_another_transaction_has_it_for_good(
    database_dsn: str, tmp_path: Path, anvil: AnvilNode, outcome: WithdrawalState, *, lost: bool
) -> None:
    async with on_ethereum(database_dsn, tmp_path, anvil) as (paid, hot):
        withdrawal = await paid.approved("alice", "eth", str(new_account().address), ETHER)
        await paid.run()
        payout = await paid.payout()
        [attempt] = await paid.attempts(payout.id)
        anvil.rpc("anvil_dropTransaction", attempt.txid)
        txid = pay_from(anvil, hot)
        with pytest.raises(AdoptionRefusedError, match=f"payout {payout.id} was signed with it"):
            await adopt(paid.desk, f"{hot.lower()}:0", actor="staff", reason="a mistake")
        if lost:
            # As an adoption of an earlier version has left it.
            await paid.execute("UPDATE reserved_nonces SET payout_id = NULL")
        await paid.run()
        assert (await paid.payout()).state is PayoutState.PARKED
        assert txid in ((await paid.payout()).reason or "")
        is_paid = outcome is WithdrawalState.CONFIRMED
        with pytest.raises(ActRefusedError, match="1 blocks deep"):
            await end_payout(paid.desk, payout.id, paid=is_paid, actor="staff", reason="looked at it")
        anvil.mine(DEPTH)
        await paid.run()
        await end_payout(paid.desk, payout.id, paid=is_paid, actor="staff", reason="looked at it")
        await paid.run()
        assert (await paid.look(withdrawal)).state is outcome
        assert paid.engine.balance("alice", "eth") == ((0, 0) if is_paid else (ETHER, 0))


async def forgotten(paid: Paying, node: AnvilNode) -> None:
    """So many blocks that the node does not have the states of before any more; the scan keeps up with them."""
    for _ in range(4):
        node.mine(10)
        await paid.scan()


async def test_t62_a_nonce_whose_history_the_node_does_not_keep_can_be_adopted(
    database_dsn: str, tmp_path: Path, full_node: AnvilNode
) -> None:
    async with on_ethereum(database_dsn, tmp_path, full_node) as (paid, hot):
        pay_from(full_node, hot)
        await forgotten(paid, full_node)
        withdrawal = await paid.approved("alice", "eth", str(new_account().address), ETHER)
        await paid.run()
        assert "used nonce 0" in (await paid.alarms())["payouts_shut:test"]
        [finding] = await explain_unexplained(paid.desk)
        assert finding.spend is None
        assert "archive node" in (finding.untold or "")
        fact = finding.fact.fact
        with pytest.raises(AdoptionRefusedError, match="archive node"):
            await adopt(paid.desk, fact, actor="staff", reason="a restore", tids=[withdrawal.tid])
        await adopt(paid.desk, fact, actor="staff", reason="paid by hand, long ago")
        await paid.run()
        full_node.mine(DEPTH)
        await paid.run()
        assert (await paid.look(withdrawal)).state is WithdrawalState.CONFIRMED


async def test_t56_a_payout_whose_place_the_node_cannot_tell_of_holds_up_no_other(
    database_dsn: str, tmp_path: Path, full_node: AnvilNode
) -> None:
    async with on_ethereum(database_dsn, tmp_path, full_node) as (paid, hot):
        lost = await paid.approved("alice", "eth", str(new_account().address), ETHER)
        await paid.run()
        first = await paid.payout()
        full_node.rpc("anvil_dropTransaction", (await paid.attempts(first.id))[0].txid)
        pay_from(full_node, hot)
        await forgotten(paid, full_node)
        other = await paid.approved("bob", "eth", str(new_account().address), ETHER)
        await paid.run()
        full_node.mine(DEPTH)
        await paid.run()
        assert (await paid.look(other)).state is WithdrawalState.CONFIRMED
        assert (await paid.look(lost)).state is WithdrawalState.PAYING
        told = (await paid.alarms())[UNCLEAR]
        assert f"payout {first.id}: nonce 0" in told
        assert "archive node" in told
        await park_payout(paid.services, first.id, actor="staff", reason="looked at it")
        with pytest.raises(ActRefusedError, match="archive node"):
            await end_payout(paid.desk, first.id, paid=False, actor="staff", reason="looked at it")
