"""Sweeps on a real EVM: tokens get gas first, the price may double, dust stays, and what a contract refuses is seen."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pyxiu.custody.model import DepthStep, NetworkInfo
from pyxiu.custody.payouts.ports import AccountChain
from pyxiu.custody.solvency.model import ItemKind
from pyxiu.custody.sweeps import plan_addresses
from pyxiu.custody.sweeps import store as sweep_store
from pyxiu.custody.sweeps.advance_sweeps import advance_sweeps
from pyxiu.custody.sweeps.plan_sweeps import plan_sweeps
from pyxiu.custody.sweeps.watch_sweeps import watch_sweeps
from pyxiu.custody.treasury.book_entries import book_entries, note_fees
from pyxiu.custody.treasury.book_inflow import InflowRefusedError, book_inflow
from pyxiu.custody.wallets.model import WalletKind
from tests.support.anvil import CHAIN_ID, ETHER, AnvilNode, anvil_node
from tests.support.custody import FixedAssets, network_asset
from tests.support.deposits import alarms, exceptions
from tests.support.treasury import House, running_treasury

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("anvil")]

NET = NetworkInfo("ethereum", "Ethereum", f"evm:{CHAIN_ID}", first_height=0, min_confirmations=2)
USDT = 10**6


@pytest.fixture
def node() -> Iterator[AnvilNode]:
    with anvil_node() as started:
        yield started


@pytest.fixture
def token(node: AnvilNode) -> str:
    return node.deploy("token", 10**15, 6)


@pytest.fixture
async def house(database_dsn: str, tmp_path: Path, node: AnvilNode, token: str) -> AsyncIterator[House]:
    depths = (DepthStep(0, 1, 2),)
    eth = network_asset(
        "eth", NET.key, chain_decimals=18, decimals=8, price=Decimal(2000), min_collection=10**6, depths=depths
    )
    usdt = network_asset(
        "usdt", NET.key, contract=token, chain_decimals=6, decimals=6, min_collection=10 * USDT, depths=depths
    )
    async with running_treasury(database_dsn, tmp_path, NET, node.url, FixedAssets([NET], [eth, usdt])) as house:
        await house.wallet("deposits", WalletKind.DEPOSIT)
        fees = await house.wallet("fees", WalletKind.FEE, currencies=("eth",))
        await house.wallet("hot", WalletKind.HOT, max_balance="1000")
        await house.wallet("cold", WalletKind.COLD)
        assert fees.address is not None
        node.send(fees.address, ETHER)
        node.mine(2)
        await house.see()
        yield house
        assert house.needless == 0, "sums that are carried on are those of all rows"


async def step(house: House, node: AnvilNode) -> None:
    """What the scheduler and the signer do in a while, and two blocks."""
    await advance_sweeps(house.services, house.chains)
    await house.pay()
    node.mine(2)
    await house.see()
    await house.settle()
    await advance_sweeps(house.services, house.chains)
    await note_fees(house.services)
    await book_entries(house.services)


async def sweeps(house: House) -> list[Any]:
    return await house.rows("SELECT id, currency, state, chain_amount, gas_tries, reason FROM sweeps ORDER BY id")


async def states(house: House) -> list[tuple[str, str]]:
    return [(row.currency, row.state) for row in await sweeps(house)]


async def own_address(house: House, wallet: str) -> str:
    [row] = await house.rows("SELECT address FROM wallets WHERE name = :name", name=wallet)
    destination = house.chain.destination(row.address)
    assert destination is not None
    return destination


async def balance(house: House, wallet: str, contract: str = "") -> int:
    assert isinstance(house.chain, AccountChain)
    return await house.chain.balance(await own_address(house, wallet), contract)


async def fees_paid(house: House) -> int:
    """By receipts, of everything that payouts have sent."""
    assert isinstance(house.chain, AccountChain)
    rows = await house.rows("SELECT txid FROM payouts WHERE txid IS NOT NULL")
    return sum([await house.chain.fee_paid(row.txid) for row in rows])


async def deposit_token(house: House, node: AnvilNode, token: str, amount: int, uid: str = "ID1") -> str:
    """A member's deposit of a token, credited; the address."""
    address = await house.address(uid, "usdt")
    node.transact(token, "transfer", address, amount)
    node.mine(2)
    await house.see()
    return address


async def sweep_in_the_pool(house: House, node: AnvilNode, token: str) -> str:
    """The address of a deposit of 500 USDT that has its gas, and whose sweep was sent and is in no block."""
    address = await deposit_token(house, node, token, 500 * USDT)
    node.send(address, ETHER // 100)
    node.mine(2)
    await house.see()
    await plan_sweeps(house.services, house.chains)
    await advance_sweeps(house.services, house.chains)
    await house.pay()
    return address


async def test_t59_a_token_is_swept_with_gas_from_the_fee_wallet_and_the_ledger_does_not_move(
    house: House, node: AnvilNode, token: str
) -> None:
    await deposit_token(house, node, token, 2_500 * USDT)
    before = house.engine.balance("ID1", "usdt")
    records = len(house.engine.records)
    await plan_sweeps(house.services, house.chains)
    await advance_sweeps(house.services, house.chains)
    # The gas is not in a block: nothing else happens, however often it is looked at.
    await house.pay()
    for _ in range(3):
        await advance_sweeps(house.services, house.chains)
        await house.settle()
    assert await states(house) == [("usdt", "waiting_gas")]
    assert len(await house.rows("SELECT id FROM payouts")) == 1
    for _ in range(3):
        await step(house, node)
    assert await states(house) == [("usdt", "done")]
    # The hot wallet is filled to its bound of 1,000, the rest goes to the cold one.
    assert await balance(house, "hot", token) == 1_000 * USDT
    assert await balance(house, "cold", token) == 1_500 * USDT
    assert house.engine.balance("ID1", "usdt") == before
    assert len(house.engine.records) == records
    listed = list((await exceptions(house.services)).values())
    assert sorted(set(listed)) == ["own_transfer", "treasury_inflow"]
    reports = await house.reports()
    assert (reports["usdt"].unexplained, reports["usdt"].short) == (0, 0)
    assert reports["eth"].unexplained == 0
    assert reports["eth"].amount_of(ItemKind.INFLOWS) == ETHER
    assert reports["eth"].amount_of(ItemKind.FEES) == -await fees_paid(house)


async def test_t37_what_the_operator_pays_in_is_booked_once_and_pays_for_the_gas(
    house: House, node: AnvilNode, token: str
) -> None:
    await deposit_token(house, node, token, 2_500 * USDT)
    await plan_sweeps(house.services, house.chains)
    for _ in range(3):
        await step(house, node)
    assert {kind: told for kind, told in (await alarms(house.services)).items() if kind == "fees_not_booked"}
    [inflow] = [one for one, why in (await exceptions(house.services)).items() if why == "treasury_inflow"]
    own = next(one for one, why in (await exceptions(house.services)).items() if why == "own_transfer")
    with pytest.raises(InflowRefusedError, match=r"our own|no payment"):
        await book_inflow(house.services, NET.key, own, actor="staff", reason="a test")
    await book_inflow(house.services, NET.key, inflow, actor="staff", reason="capital")
    with pytest.raises(InflowRefusedError, match="booked already"):
        await book_inflow(house.services, NET.key, inflow, actor="staff", reason="capital")
    await book_entries(house.services)
    await book_entries(house.services)
    paid = await fees_paid(house)
    # The ledger counts 8 decimals, the chain 18: all fees together are rounded down, once.
    assert house.engine.balance("@revenue", "eth") == (ETHER // 10**10 - paid // 10**10, 0)
    eth = (await house.reports())["eth"]
    assert (eth.unexplained, eth.short, eth.amount_of(ItemKind.INFLOWS)) == (0, 0, 0)
    assert eth.amount_of(ItemKind.FEES) == -(paid % 10**10)
    assert "fees_not_booked" not in await alarms(house.services)


async def test_t62_gas_of_which_a_restored_database_knows_nothing_is_not_credited_to_the_member(
    house: House, node: AnvilNode
) -> None:
    address = await house.address("ID1", "usdt")
    fees = await own_address(house, "fees")
    node.rpc("anvil_impersonateAccount", fees)
    sent = node.rpc("eth_sendTransaction", {"from": fees, "to": address, "value": hex(ETHER // 100)})
    node.mine(3)
    await house.see()
    assert (await exceptions(house.services))[f"{sent}:{address.lower()}"] == "unattributed"
    assert house.engine.balance("ID1", "eth") == (0, 0)


async def unswept(house: House, kind: str) -> list[int]:
    """The amounts of payments that wait for a sweep."""
    rows = await house.rows(
        "SELECT p.amount FROM unswept_payments JOIN chain_payments p USING (network, payment_id) "
        "WHERE p.kind = :kind ORDER BY p.amount",
        kind=kind,
    )
    return [int(row.amount) for row in rows]


async def collected(house: House) -> list[str | None]:
    rows = await house.rows("SELECT sweep_state FROM deposits ORDER BY id")
    return [row.sweep_state for row in rows]


async def emptied_with_what_was_not_deep(house: House, node: AnvilNode, currency: str) -> None:
    """The address's first sweep is done, and all that has come is deep."""
    await plan_sweeps(house.services, house.chains)
    while (currency, "done") not in await states(house):
        await step(house, node)
    node.mine(2)
    await house.see()


async def test_t59_deposits_that_were_swept_along_before_they_were_deep_are_collected_and_keep_no_others_waiting(
    house: House, node: AnvilNode, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await deposit_token(house, node, token, 500 * USDT)
    for amount in (900, 1):
        node.transact(token, "transfer", address, amount * USDT)
    node.mine(1)
    await house.see()
    await emptied_with_what_was_not_deep(house, node, "usdt")
    assert await balance(house, "hot", token) + await balance(house, "cold", token) == 1_401 * USDT
    assert await unswept(house, "token") == [1 * USDT, 900 * USDT]
    monkeypatch.setattr(plan_addresses, "ADDRESSES_MAX", 1)
    other = await deposit_token(house, node, token, 600 * USDT, uid="ID2")
    with monkeypatch.context() as behind:
        # A node that is behind does not know yet what has come: its balances say nothing.
        behind.setattr(type(house.chain), "height", fixed(0))
        await plan_sweeps(house.services, house.chains)
        assert len(await unswept(house, "token")) == 3
    for _ in range(2):
        await plan_sweeps(house.services, house.chains)
    assert await unswept(house, "token") == [600 * USDT]
    assert await collected(house) == ["collected", "collected", "collected", None]
    for _ in range(4):
        await step(house, node)
    assert await states(house) == [("usdt", "done"), ("usdt", "done")]
    assert isinstance(house.chain, AccountChain)
    assert await house.chain.balance(other.lower(), token) == 0
    assert (await house.reports())["usdt"].unexplained == 0


def fixed(height: int) -> Callable[..., Awaitable[int]]:
    async def answer(_self: object) -> int:
        return height

    return answer


async def test_t59_coins_that_were_swept_along_are_collected_though_gas_was_left(house: House, node: AnvilNode) -> None:
    address = await house.address("ID1", "eth")
    node.send(address, ETHER)
    node.mine(2)
    node.send(address, 2 * ETHER)
    node.mine(1)
    await house.see()
    await emptied_with_what_was_not_deep(house, node, "eth")
    assert isinstance(house.chain, AccountChain)
    left = await house.chain.balance(address.lower(), "")
    assert 0 < left < ETHER // 1_000
    assert await unswept(house, "native") == [2 * ETHER]
    node.send(address, ETHER // 10**6)
    node.mine(3)
    await house.see()
    planned = await plan_sweeps(house.services, house.chains)
    # What came later is too little to be moved, and stays.
    assert (planned.sweeps, planned.dust) == ([], 1)
    assert await unswept(house, "native") == [ETHER // 10**6]
    assert await collected(house) == ["collected", "collected", None]


async def test_t59_gas_that_has_become_dearer_is_sent_again(house: House, node: AnvilNode, token: str) -> None:
    await deposit_token(house, node, token, 100_000 * USDT)
    await plan_sweeps(house.services, house.chains)
    base = int(node.rpc("eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
    await advance_sweeps(house.services, house.chains)
    await house.pay()
    node.mine(2)
    node.rpc("anvil_setNextBlockBaseFeePerGas", hex(base * 4))
    node.mine(1)
    await house.see()
    await house.settle()
    await advance_sweeps(house.services, house.chains)
    await advance_sweeps(house.services, house.chains)
    [sweep] = await sweeps(house)
    assert (sweep.state, sweep.gas_tries) == ("waiting_gas", 2)
    await house.pay()
    node.mine(2)
    await house.see()
    await house.settle()
    for _ in range(2):
        await advance_sweeps(house.services, house.chains)
    assert await states(house) == [("usdt", "paying")]
    # And once more, before anything of the payout was signed: it is taken back and planned anew.
    node.rpc("anvil_setNextBlockBaseFeePerGas", hex(base * 20))
    node.mine(1)
    await house.see()
    await advance_sweeps(house.services, house.chains)
    [sweep] = await sweeps(house)
    assert (sweep.state, sweep.reason) == ("planned", "gas has become dearer: it is planned again")
    for _ in range(4):
        await step(house, node)
    assert await states(house) == [("usdt", "done")]
    assert (await house.reports())["eth"].unexplained == 0


async def test_t59_dust_is_listed_until_it_adds_up_and_coins_beside_a_token_are_swept_after_it(
    house: House, node: AnvilNode, token: str
) -> None:
    address = await deposit_token(house, node, token, 9 * USDT)
    await plan_sweeps(house.services, house.chains)
    assert await states(house) == []
    async with house.services.database.connect() as connection:
        [dust] = await sweep_store.dust_of(connection, NET.key, limit=10)
    assert (dust.currency, dust.chain_amount, dust.coins) == ("usdt", 9 * USDT, 1)
    assert "least collection" in dust.reason
    await deposit_token(house, node, token, 2 * USDT)
    node.send(address, ETHER // 10)
    node.mine(2)
    await house.see()
    planned = await plan_sweeps(house.services, house.chains)
    # One sweep at an address at a time, the token first: its gas is there already.
    assert (len(planned.sweeps), planned.dust) == (1, 0)
    await step(house, node)
    await plan_sweeps(house.services, house.chains)
    for _ in range(2):
        await step(house, node)
    assert await states(house) == [("usdt", "done"), ("eth", "done")]
    assert all(sweep.gas_tries == 0 for sweep in await sweeps(house))
    assert await balance(house, "hot", token) == 11 * USDT
    assert 0 < ETHER // 10 - await balance(house, "hot") < ETHER // 1000
    deposits = await house.rows("SELECT currency, sweep_state FROM deposits ORDER BY id")
    assert {(row.currency, row.sweep_state) for row in deposits} == {("usdt", "collected"), ("eth", "collected")}
    reports = await house.reports()
    assert all(report.unexplained == 0 for report in reports.values()), reports


async def test_t42_a_deposit_that_is_mined_with_the_sweep_of_its_address_is_credited_in_full(
    house: House, node: AnvilNode, token: str
) -> None:
    address = await sweep_in_the_pool(house, node, token)
    # The sweep of 500 waits for a block, and this comes with it.
    node.transact(token, "transfer", address, 700 * USDT)
    node.mine(3)
    await house.see()
    swept, paid = await house.rows(
        "SELECT p.source, p.block_height FROM chain_payments p WHERE p.kind = 'token' AND p.block_height > "
        "(SELECT min(block_height) FROM chain_payments WHERE kind = 'token') ORDER BY p.source = :address DESC",
        address=address.lower(),
    )
    assert (swept.source, swept.block_height) == (address.lower(), paid.block_height)
    assert house.engine.balance("ID1", "usdt")[0] == 1_200 * USDT
    assert (await house.reports())["usdt"].unexplained == 0


async def test_t42_a_token_that_cannot_be_moved_is_an_alarm_costs_no_gas_and_is_swept_when_it_can(
    house: House, node: AnvilNode, token: str
) -> None:
    await deposit_token(house, node, token, 500 * USDT)
    node.transact(token, "set_mode", 4)
    node.mine(1)
    await house.see()
    await plan_sweeps(house.services, house.chains)
    await watch_sweeps(house.services)
    assert await states(house) == []
    assert await house.rows("SELECT id FROM payouts") == []
    assert "usdt" in (await alarms(house.services))["sweeps_refused"]
    node.transact(token, "set_mode", 0)
    node.mine(1)
    await house.see()
    await plan_sweeps(house.services, house.chains)
    for _ in range(2):
        await step(house, node)
    # Paused again after the signature: the transfer is mined and does nothing.
    await advance_sweeps(house.services, house.chains)
    await watch_sweeps(house.services)
    assert "sweeps_refused" not in await alarms(house.services)


async def test_t42_a_transfer_that_is_mined_and_does_nothing_is_a_failed_sweep_whose_gas_is_booked(
    house: House, node: AnvilNode, token: str
) -> None:
    await sweep_in_the_pool(house, node, token)
    # In the same block, and before it: the node orders by what is offered for gas.
    node.rpc(
        "eth_sendTransaction",
        {
            "from": node.accounts[0],
            "to": token,
            "data": node.call_data(token, "set_mode", 4),
            "gas": hex(200_000),
            "maxFeePerGas": hex(10**12),
            "maxPriorityFeePerGas": hex(10**11),
        },
    )
    await step(house, node)
    [sweep] = await sweeps(house)
    assert sweep.state == "failed"
    assert "did nothing" in sweep.reason
    await watch_sweeps(house.services)
    assert "failed" in (await alarms(house.services))["sweeps_failed"]
    entries = await house.rows("SELECT kind, chain_amount FROM treasury_entries")
    assert [(row.kind, int(row.chain_amount)) for row in entries] == [("network_fee", await fees_paid(house))]
    reports = await house.reports()
    assert all(report.unexplained == 0 for report in reports.values()), reports
    # It is not tried again at once.
    await plan_sweeps(house.services, house.chains)
    assert len(await sweeps(house)) == 1


async def test_t47_transfers_of_nothing_leave_no_trace_and_a_look_alike_token_is_nobodys_money(
    house: House, node: AnvilNode, token: str
) -> None:
    address = await deposit_token(house, node, token, 50 * USDT)
    stranger = node.deploy("token", 10**15, 6)
    for number in range(3):
        node.transact(token, "transfer", address, 0, sender=0)
        node.transact(stranger, "transfer", address, 50 * USDT + number)
    node.mine(2)
    await house.see()
    payments = await house.rows("SELECT contract, amount FROM chain_payments WHERE kind = 'token'")
    assert sorted(int(row.amount) for row in payments if row.contract == token) == [50 * USDT]
    assert len(await house.rows("SELECT id FROM deposits")) == 1
    reasons = list((await exceptions(house.services)).values())
    assert reasons.count("unknown_asset") == 3
    await plan_sweeps(house.services, house.chains)
    assert await states(house) == [("usdt", "planned")]
    assert (await house.reports())["usdt"].unexplained == 0
