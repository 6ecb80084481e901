"""T-32 on a real Litecoin node: what its pool has is shown to the member, and is money only when a block has it."""

import datetime
from collections.abc import AsyncIterator, Iterator

import pytest

from pyxiu.adapters.chains.bitcoin.params import NETWORKS
from pyxiu.adapters.chains.bitcoin.reader import BitcoinReader
from pyxiu.custody.deposits.model import Deposit
from pyxiu.custody.deposits.read_pool import Pool
from pyxiu.custody.deposits.reads import DepositFilter, find_deposits
from pyxiu.custody.deposits.wire import word_of
from pyxiu.custody.model import NetworkInfo
from pyxiu.custody.services import CustodyServices
from tests.support.custody import LTC, FixedAssets, RecordingEngine, recording_engine, running_custody
from tests.support.deposits import all_deposits, catch_up, turns, watch, watcher_of
from tests.support.litecoind import CHAIN, REPLACING, LitecoinNode, litecoin_node, needs_mweb

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("litecoind")]

NET = NetworkInfo("litecoin", "Litecoin", CHAIN, first_height=0, min_confirmations=1)
COIN = 10**8
OURS = "ours"
#: An input that may be replaced (BIP 125) and waits for no block (BIP 68).
REPLACEABLE = 0xFFFFFFFD


@pytest.fixture(scope="module")
def node() -> Iterator[LitecoinNode]:
    with litecoin_node(REPLACING) as started:
        started.past_mweb()
        yield started


@pytest.fixture
def engine() -> RecordingEngine:
    made = recording_engine()
    made.member("ID1")
    made.member("ID2")
    return made


@pytest.fixture
async def services(database_dsn: str, engine: RecordingEngine) -> AsyncIterator[CustodyServices]:
    async with running_custody(database_dsn, engine=engine, assets=FixedAssets([NET], [LTC])) as services:
        yield services


@pytest.fixture
async def reader(node: LitecoinNode) -> AsyncIterator[BitcoinReader]:
    reader = BitcoinReader(node.url, NETWORKS[CHAIN])
    yield reader
    await reader.close()


@pytest.fixture
async def pool(services: CustodyServices, reader: BitcoinReader) -> Pool:
    # Whoever is not replaced before our eyes is believed to be gone at once.
    return Pool(services, NET.key, reader, gone_after=datetime.timedelta(0))


async def address_of(services: CustodyServices, node: LitecoinNode, owner: str) -> str:
    """A new address that counts as this owner's, of a wallet whose coins the paying one does not spend."""
    if OURS not in node.cli("listwallets"):
        node.cli("createwallet", OURS)
    address = str(node.cli("getnewaddress", wallet=OURS))
    script = node.cli("getaddressinfo", address, wallet=OURS)["scriptPubKey"]
    await watch(services, NET.key, {script: owner})
    return address


async def shown(services: CustodyServices, uid: str = "ID1") -> dict[str, Deposit]:
    """What a member is shown, by transaction."""
    async with services.database.connect() as connection:
        rows, total = await find_deposits(connection, DepositFilter(uid=uid), limit=100)
    assert total == len(rows)
    return {row.txid or "": row for row in rows}


async def mined(services: CustodyServices, node: LitecoinNode, reader: BitcoinReader) -> None:
    node.mine()
    await catch_up(services, NET.key, reader, first=node.cli("getblockcount") - 1)


def words(rows: dict[str, Deposit]) -> dict[str, str]:
    return {txid: word_of(row) for txid, row in rows.items()}


async def test_t32_what_waits_in_the_pool_is_shown_and_becomes_that_very_deposit(
    services: CustodyServices, engine: RecordingEngine, node: LitecoinNode, reader: BitcoinReader, pool: Pool
) -> None:
    address = await address_of(services, node, "ID1")
    txid = node.cli("sendtoaddress", address, "0.5")
    assert await pool.look() == 1
    assert await pool.look() == 0
    [before] = (await shown(services)).values()
    assert (word_of(before), before.amount, before.txid) == ("submitted", COIN // 2, txid)
    assert (before.block_height, before.booked) == (None, 0)
    assert await all_deposits(services) == []
    assert engine.commands == []
    await mined(services, node, reader)
    await pool.look()
    [after] = (await shown(services)).values()
    assert (after.id, after.tid, after.created_at) == (before.id, before.tid, before.created_at)
    assert (word_of(after), engine.balance("ID1", "ltc")[0]) == ("accepted", COIN // 2)


async def test_t32_a_payment_that_is_bumped_is_one_that_is_canceled_and_one_that_counts(
    services: CustodyServices, engine: RecordingEngine, node: LitecoinNode, reader: BitcoinReader, pool: Pool
) -> None:
    address = await address_of(services, node, "ID1")
    first = node.cli("sendtoaddress", address, "0.5", "", "", False, True)
    await pool.look()
    second = node.cli("bumpfee", first)["txid"]
    await pool.look()
    assert words(await shown(services)) == {first: "canceled", second: "submitted"}
    await mined(services, node, reader)
    await pool.look()
    assert words(await shown(services)) == {first: "canceled", second: "accepted"}
    assert engine.balance("ID1", "ltc")[0] == COIN // 2


async def test_t32_a_payment_that_is_replaced_to_pay_somebody_else_is_nobodys_money_twice(
    services: CustodyServices, engine: RecordingEngine, node: LitecoinNode, reader: BitcoinReader
) -> None:
    pool = Pool(services, NET.key, reader)
    one, two = await address_of(services, node, "ID1"), await address_of(services, node, "ID2")
    coin = next(coin for coin in node.cli("listunspent", 1) if coin["amount"] > 1)

    def sent(receiver: str, fee: float) -> str:
        spends = [{"txid": coin["txid"], "vout": coin["vout"], "sequence": REPLACEABLE}]
        raw = node.cli("createrawtransaction", spends, [{receiver: round(coin["amount"] - fee, 8)}])
        return str(node.cli("sendrawtransaction", node.cli("signrawtransactionwithwallet", raw)["hex"], 0))

    first = sent(one, 0.001)
    await pool.look()
    assert words(await shown(services)) == {first: "submitted"}
    second = sent(two, 0.01)
    await pool.look()
    assert words(await shown(services)) == {first: "canceled"}
    assert words(await shown(services, "ID2")) == {second: "submitted"}
    await mined(services, node, reader)
    assert engine.balance("ID1", "ltc")[0] == 0
    assert engine.balance("ID2", "ltc")[0] == round((coin["amount"] - 0.01) * COIN)


async def test_t32_a_chain_of_parents_that_no_block_has_is_shown_and_falls_with_its_first(
    services: CustodyServices, engine: RecordingEngine, node: LitecoinNode, reader: BitcoinReader, pool: Pool
) -> None:
    address = await address_of(services, node, "ID1")
    coin = next(coin for coin in node.cli("listunspent", 1) if coin["amount"] > 1)

    def sent(txid: str, vout: int, receiver: str, amount: float) -> tuple[str, float]:
        left = round(amount - 0.001, 8)
        raw = node.cli(
            "createrawtransaction", [{"txid": txid, "vout": vout, "sequence": REPLACEABLE}], [{receiver: left}]
        )
        signed = node.cli("signrawtransactionwithwallet", raw)["hex"]
        return str(node.cli("sendrawtransaction", signed, 0)), left

    parent, left = sent(coin["txid"], coin["vout"], node.cli("getnewaddress"), coin["amount"])
    middle, left = sent(parent, 0, node.cli("getnewaddress"), left)
    child, left = sent(middle, 0, address, left)
    await pool.look()
    assert words(await shown(services)) == {child: "submitted"}
    replacement, _ = sent(coin["txid"], coin["vout"], node.cli("getnewaddress"), coin["amount"] - 0.1)
    await pool.look()
    assert node.cli("getrawmempool") == [replacement]
    assert words(await shown(services)) == {child: "canceled"}
    await mined(services, node, reader)
    assert (engine.commands, await all_deposits(services)) == ([], [])


async def test_t32_a_chain_of_parents_is_one_deposit_when_all_of_it_is_mined(
    services: CustodyServices, engine: RecordingEngine, node: LitecoinNode, reader: BitcoinReader, pool: Pool
) -> None:
    address = await address_of(services, node, "ID1")
    node.cli("sendtoaddress", node.cli("getnewaddress"), "3")
    child = node.cli("sendtoaddress", address, "2.5")
    await pool.look()
    await mined(services, node, reader)
    await mined(services, node, reader)
    assert words(await shown(services)) == {child: "accepted"}
    assert engine.balance("ID1", "ltc")[0] == 25 * COIN // 10


@needs_mweb
async def test_t32_transactions_into_and_out_of_mweb_are_read_and_their_coins_shown_with_their_block(
    services: CustodyServices, node: LitecoinNode, reader: BitcoinReader, pool: Pool
) -> None:
    address = await address_of(services, node, "ID1")
    if "inside" not in node.cli("listwallets"):
        node.cli("createwallet", "inside")
    node.cli("sendtoaddress", node.cli("getnewaddress", "", "mweb", wallet="inside"), 5)
    assert len(node.cli("getrawmempool")) == 1
    assert await pool.look() == 0
    node.mine(2)
    node.cli("sendtoaddress", address, 3, wallet="inside")
    assert len(node.cli("getrawmempool")) == 1
    assert await pool.look() == 0
    await mined(services, node, reader)
    assert [row.amount for row in (await shown(services)).values()] == [3 * COIN]


async def test_t32_the_watcher_itself_shows_what_is_in_the_pool(
    services: CustodyServices, node: LitecoinNode, reader: BitcoinReader
) -> None:
    address = await address_of(services, node, "ID1")
    watcher = watcher_of(services, NET, reader)
    await turns(watcher)
    txid = node.cli("sendtoaddress", address, "0.5")
    for _ in range(1_000):
        await watcher.turn()
        if await shown(services):
            break
    assert words(await shown(services)) == {txid: "submitted"}
