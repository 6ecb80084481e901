"""Sweeps on a real Litecoin node: many deposits leave in one transaction, spread over tiers, and the books agree."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pyxiu.custody.model import DepthStep, NetworkInfo
from pyxiu.custody.payouts.ports import UtxoChain
from pyxiu.custody.signing import store as signing_store
from pyxiu.custody.solvency.model import Item, ItemKind
from pyxiu.custody.solvency.watch_solvency import watch_solvency
from pyxiu.custody.sweeps import store as sweep_store
from pyxiu.custody.sweeps.advance_sweeps import advance_sweeps
from pyxiu.custody.sweeps.plan_sweeps import plan_sweeps
from pyxiu.custody.treasury.book_entries import book_entries, note_fees
from pyxiu.custody.treasury.book_inflow import InflowRefusedError, book_inflow
from pyxiu.custody.treasury.move_funds import move_funds, name_transaction
from pyxiu.custody.treasury.note_other_fees import note_other_fees
from pyxiu.custody.treasury.wallet_store import outputs_held
from pyxiu.custody.wallets.model import WalletKind, WalletStatus
from pyxiu.custody.wallets.set_status import set_status
from pyxiu.custody.wallets.store import all_wallets
from tests.support.custody import FixedAssets, network_asset
from tests.support.deposits import alarms, exceptions
from tests.support.litecoind import CHAIN, REPLACING, LitecoinNode, litecoin_node
from tests.support.treasury import House, running_treasury

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("litecoind")]

NET = NetworkInfo("litecoin", "Litecoin", CHAIN, first_height=1, min_confirmations=2)
COIN = 10**8
#: As if the first look had been a while ago.
EARLIER = text("UPDATE solvency_checks SET differs_since = differs_since - interval '1 hour'")


@pytest.fixture(scope="module")
def node() -> Iterator[LitecoinNode]:
    with litecoin_node(REPLACING) as started:
        started.mine(110)
        yield started


@pytest.fixture
async def house(database_dsn: str, tmp_path: Path, node: LitecoinNode) -> AsyncIterator[House]:
    first = node.cli("getblockcount") + 1
    net = NetworkInfo(NET.key, NET.name, NET.chain, first_height=first, min_confirmations=2)
    ltc = network_asset("ltc", NET.key, price=Decimal(100), min_collection=COIN // 10, depths=(DepthStep(0, 1, 2),))
    async with running_treasury(database_dsn, tmp_path, net, node.url, FixedAssets([net], [ltc])) as house:
        await house.wallet("deposits", WalletKind.DEPOSIT)
        await house.wallet("hot", WalletKind.HOT, max_balance="300")
        await house.wallet("cold", WalletKind.COLD)
        yield house
        assert house.needless == 0, "sums that are carried on are those of all rows"


async def deposit(house: House, node: LitecoinNode, amount: str, uid: str = "ID1") -> str:
    """A member's deposit, credited and deep enough to be swept; the address."""
    address = await house.address(uid, "ltc")
    node.cli("sendtoaddress", address, amount)
    node.mine(2)
    await house.see()
    return address


async def sweep(house: House, node: LitecoinNode) -> Any:
    """Plan, pay, confirm; the newest sweep."""
    await plan_sweeps(house.services, house.chains)
    await advance_sweeps(house.services, house.chains)
    await finish(house, node)
    return (await house.rows("SELECT state, chain_amount, reason FROM sweeps ORDER BY id DESC LIMIT 1"))[0]


async def finish(house: House, node: LitecoinNode) -> None:
    """What is planned is paid and final, and its fee is written down."""
    await house.pay()
    node.mine(2)
    await house.see()
    await house.settle()
    await advance_sweeps(house.services, house.chains)
    await note_fees(house.services)
    await book_entries(house.services)


async def held(house: House) -> dict[str, int]:
    """What wallets hold on the chain, by name."""
    async with house.services.database.connect() as connection:
        amounts = await outputs_held(connection, NET.key)
        return {wallet.name: amounts[wallet.id] for wallet in await all_wallets(connection) if wallet.id in amounts}


async def fees_paid(house: House) -> int:
    return sum(int(row.chain_fee) for row in await house.rows("SELECT chain_fee FROM payouts WHERE chain_fee > 0"))


async def test_deposits_of_many_members_are_swept_in_one_transaction_and_spread_by_tier(
    house: House, node: LitecoinNode
) -> None:
    for number in range(4):
        node.cli("sendtoaddress", await house.address(f"ID{number}", "ltc"), 2)
    node.mine(2)
    await house.see()
    records = len(house.engine.records)
    swept = await sweep(house, node)
    assert (swept.state, swept.chain_amount) == ("done", 8 * COIN)
    assert len(await house.rows("SELECT id FROM payouts")) == 1
    fee = await fees_paid(house)
    # 300 at a price of 100 are 3 coins; the largest part bears the fee.
    assert await held(house) == {"hot": 3 * COIN, "cold": 5 * COIN - fee}
    assert [row.sweep_state for row in await house.rows("SELECT sweep_state FROM deposits")] == ["collected"] * 4
    # The ledger has not moved: revenue is empty, so the fee is owed, and the treasury is short by just that.
    assert len(house.engine.records) == records
    report = (await house.reports())["ltc"]
    assert (report.unexplained, report.short) == (0, fee)
    assert report.items == (Item(ItemKind.FEES, -fee),)
    assert "revenue has too little" in (await alarms(house.services))["fees_not_booked"]


async def test_t59_small_deposits_are_listed_until_they_add_up(house: House, node: LitecoinNode) -> None:
    await deposit(house, node, "0.06")
    await plan_sweeps(house.services, house.chains)
    async with house.services.database.connect() as connection:
        [dust] = await sweep_store.dust_of(connection, NET.key, limit=10)
    assert (dust.chain_amount, dust.coins, dust.reason) == (6_000_000, 1, "less than the least collection, 10000000")
    assert await house.rows("SELECT id FROM sweeps") == []
    await deposit(house, node, "0.05", "ID2")
    assert (await sweep(house, node)).state == "done"
    async with house.services.database.connect() as connection:
        assert await sweep_store.dust_of(connection, NET.key, limit=10) == []


async def test_t37_old_addresses_and_retired_wallets_are_swept_and_the_operators_money_is_booked_once(
    house: House, node: LitecoinNode
) -> None:
    await deposit(house, node, "1")
    async with house.services.database.connect() as connection:
        wallets = {wallet.name: wallet for wallet in await all_wallets(connection)}
    await set_status(house.services, wallets["deposits"], WalletStatus.RETIRED, actor="tests", reason="rotation")
    await house.wallet("deposits-2", WalletKind.DEPOSIT)
    [old] = await house.rows("SELECT address FROM deposit_addresses")
    new = await house.address("ID1", "ltc")
    assert new != old.address
    node.cli("sendtoaddress", old.address, 2)
    node.cli("sendtoaddress", new, "0.5")
    node.cli("sendtoaddress", wallets["hot"].address, 1)
    node.mine(1)
    await house.see()
    [inflow] = [one for one, why in (await exceptions(house.services)).items() if why == "treasury_inflow"]
    with pytest.raises(InflowRefusedError, match="1 confirmations, 2 are needed"):
        await book_inflow(house.services, NET.key, inflow, actor="staff", reason="capital")
    node.mine(1)
    await house.see()
    assert house.engine.balance("ID1", "ltc") == (350_000_000, 0)
    # A sweep for each wallet's keys, the fuller one first.
    assert (await sweep(house, node)).chain_amount == 3 * COIN
    assert (await sweep(house, node)).chain_amount == COIN // 2
    assert (await house.reports())["ltc"].amount_of(ItemKind.INFLOWS) == COIN
    await book_inflow(house.services, NET.key, inflow, actor="staff", reason="capital")
    await book_entries(house.services)
    report = (await house.reports())["ltc"]
    assert (report.unexplained, report.short, report.items) == (0, 0, ())
    assert house.engine.balance("@revenue", "ltc") == (COIN - await fees_paid(house), 0)


async def test_i13_a_withdrawal_is_explained_on_its_way_and_money_from_nowhere_never_is(
    house: House, node: LitecoinNode
) -> None:
    await deposit(house, node, "5")
    assert (await sweep(house, node)).state == "done"
    assert (await house.reports())["ltc"].unexplained == 0
    await house.paid.allow("ltc")
    # The member of this withdrawal has funds that no coin stands for.
    await house.paid.approved("ID9", "ltc", node.cli("getnewaddress"), COIN, fee=1_000)
    invented = -COIN - 1_000
    report = (await house.reports())["ltc"]
    assert report.unexplained == invented
    assert any("nothing stands for" in told for told in report.strange)
    await house.paid.run(1)
    # In a block, not settled: the chain has less, the ledger does not know yet.
    node.mine(1)
    await house.see()
    report = (await house.reports())["ltc"]
    assert (report.unexplained, report.amount_of(ItemKind.WITHDRAWALS)) == (invented, -COIN)
    node.mine(1)
    await house.paid.run(1)
    [row] = await house.rows("SELECT state FROM withdrawals")
    assert row.state == "confirmed"
    await note_fees(house.services)
    await book_entries(house.services)
    report = (await house.reports())["ltc"]
    assert (report.unexplained, report.amount_of(ItemKind.WITHDRAWALS)) == (invented, 0)
    # The alarm comes at the second look.
    await watch_solvency(house.services, house.chains)
    assert "solvency:ltc" not in await alarms(house.services)
    async with house.services.database.begin() as connection:
        await connection.execute(EARLIER)
    await watch_solvency(house.services, house.chains)
    assert "not explained" in (await alarms(house.services))["solvency:ltc"]


async def test_i13_coins_that_leave_without_us_are_named_and_a_move_that_others_signed_is_explained(
    house: House, node: LitecoinNode
) -> None:
    vault = await house.wallet("vault", WalletKind.COLD, address=node.cli("getnewaddress"))
    script = house.chain.destination(str(vault.address))
    assert script is not None
    async with house.services.database.begin() as connection:
        await signing_store.put_allowed(connection, NET.key, script, "the vault")
    await deposit(house, node, "2")
    assert (await sweep(house, node)).state == "done"
    moved = await move_funds(house.services, "hot", "vault", "ltc", "1", actor="staff", reason="too much")
    assert moved.payout_id is not None
    await finish(house, node)
    assert (await held(house))["vault"] == COIN
    assert (await house.reports())["ltc"].unexplained == 0
    # Back again: nothing here can sign for the vault.
    back = await move_funds(house.services, "vault", "hot", "ltc", "0.4", actor="staff", reason="withdrawals")
    assert back.payout_id is None
    [coin] = await house.rows(
        "SELECT payment_id FROM chain_payments p JOIN chain_destinations d ON d.id = p.destination_id "
        "WHERE d.owner = '@wallet/vault'"
    )
    txid, _, vout = coin.payment_id.partition(":")
    outputs = [{back.target: "0.4"}, {back.source: "0.59"}]
    raw = node.cli("createrawtransaction", [{"txid": txid, "vout": int(vout)}], outputs)
    signed = node.cli("signrawtransactionwithwallet", raw)["hex"]
    sent = node.cli("sendrawtransaction", signed)
    node.mine(2)
    await house.see()
    report = (await house.reports())["ltc"]
    assert report.unexplained == -COIN
    assert any(sent in told for told in report.strange)
    await name_transaction(house.services, back.id, sent, actor="staff", reason="signed by two")
    await note_other_fees(house.services, house.chains)
    report = (await house.reports())["ltc"]
    assert (report.unexplained, report.amount_of(ItemKind.INFLOWS)) == (0, 0)
    assert report.amount_of(ItemKind.FEES) == -(await fees_paid(house)) - COIN // 100
    assert "treasury_inflow" not in {
        row.reason for row in await house.rows("SELECT reason FROM deposit_exceptions WHERE resolved_at IS NULL")
    }


async def test_dust_is_what_a_real_node_does_not_relay(house: House, node: LitecoinNode) -> None:
    assert isinstance(house.chain, UtxoChain)
    coin = node.cli("listunspent")[0]
    rest = {node.cli("getnewaddress"): f"{Decimal(str(coin['amount'])) - Decimal('0.001'):.8f}"}
    for kind in ("bech32", "legacy", "p2sh-segwit"):
        address = node.cli("getnewaddress", "", kind)
        script = house.chain.destination(address)
        assert script is not None
        least = house.chain.dust(script)
        for amount, allowed in ((least, True), (least - 1, False)):
            outputs = [{address: f"{amount / COIN:.8f}"}, rest]
            raw = node.cli("createrawtransaction", [{"txid": coin["txid"], "vout": coin["vout"]}], outputs)
            signed = node.cli("signrawtransactionwithwallet", raw)["hex"]
            assert node.cli("testmempoolaccept", [signed])[0]["allowed"] is allowed, (kind, amount)
