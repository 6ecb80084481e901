"""Payments that are no deposits: whose they are, what staff may do, and what their own transactions are."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from pyxiu.custody import freezes
from pyxiu.custody import store as chain_store
from pyxiu.custody.chain import Inclusion, Payment
from pyxiu.custody.deposits.explain_transaction import explain_transaction
from pyxiu.custody.deposits.model import Deposit
from pyxiu.custody.deposits.reads import find_exceptions
from pyxiu.custody.deposits.resolve_exception import credit_exception, dismiss_exception, look_again
from pyxiu.custody.deposits.watch_deposits import watch_deposits
from pyxiu.custody.freeze_member import freeze_member, lift_freeze
from pyxiu.custody.model import wallet_owner
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.treasury.book_inflow import InflowRefusedError, book_inflow
from pyxiu.custody.treasury.move_store import open_inflows
from tests.support.custody import USDT_CONTRACT, FixedAssets, RecordingEngine, recording_engine, running_custody
from tests.support.deposits import alarms, all_deposits, catch_up, exceptions, watch
from tests.support.scripted_chain import ScriptedChain, pay, pay_native, pay_token

NET, EVM = "litecoin", "ethereum"
STAFF = {"actor": "anna", "reason": "looked at it"}


@pytest.fixture
def engine() -> RecordingEngine:
    made = recording_engine()
    made.member("ID1")
    return made


@pytest.fixture
def assets() -> FixedAssets:
    return FixedAssets()


@pytest.fixture
async def services(database_dsn: str, engine: RecordingEngine, assets: FixedAssets) -> AsyncIterator[CustodyServices]:
    async with running_custody(database_dsn, engine=engine, assets=assets) as services:
        for network in (NET, EVM):
            await watch(services, network, {"one": "ID1", "hot": wallet_owner("hot")})
        yield services


async def listed(services: CustodyServices) -> int:
    """The number of the only open exception."""
    async with services.database.connect() as connection:
        [row] = await find_exceptions(connection)
    return row.listed.id


async def test_staff_credits_dust_and_it_goes_the_way_of_every_deposit(
    services: CustodyServices, engine: RecordingEngine, assets: FixedAssets
) -> None:
    assets.change("ltc", NET, min_deposit=1_000)
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 5))
    await catch_up(services, NET, chain)
    number = await listed(services)
    made = await credit_exception(services, number, **STAFF)
    assert isinstance(made, Deposit)
    assert await credit_exception(services, number, **STAFF) == f"no open exception {number}"
    await catch_up(services, NET, chain)
    assert engine.balance("ID1", "ltc")[0] == 5
    assert [deposit.credit_key for deposit in await all_deposits(services)] == ["deposit:litecoin:t1:0"]


async def test_a_dismissed_payment_stays_dismissed_when_its_block_changes(
    services: CustodyServices, engine: RecordingEngine, assets: FixedAssets
) -> None:
    assets.change("ltc", NET, min_deposit=1_000)
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 5))
    await catch_up(services, NET, chain)
    assert await dismiss_exception(services, await listed(services), **STAFF) is None
    chain.reorganise(1, [], [pay("t1", "one", 5)])
    await catch_up(services, NET, chain)
    async with services.database.connect() as connection:
        assert await find_exceptions(connection) == []
    assert engine.commands == []


async def test_what_cannot_be_counted_is_not_credited_by_staff_either(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(pay_token("t1", "one", 2**255, USDT_CONTRACT))
    await catch_up(services, EVM, chain)
    refused = await credit_exception(services, await listed(services), **STAFF)
    assert refused == "amount_too_large: there is nothing that could be credited"
    assert engine.commands == []


async def test_t41_a_token_that_is_listed_later_can_be_credited_and_another_never(
    services: CustodyServices, engine: RecordingEngine, assets: FixedAssets
) -> None:
    usdt = assets.all_assets.pop((EVM, "usdt"))
    chain = ScriptedChain()
    chain.mine(pay_token("t1", "one", 5, USDT_CONTRACT))
    await catch_up(services, EVM, chain)
    number = await listed(services)
    refused = await credit_exception(services, number, **STAFF)
    assert isinstance(refused, str)
    assert refused.startswith("unknown_asset")
    assets.all_assets[EVM, "usdt"] = usdt
    assert isinstance(await credit_exception(services, number, **STAFF), Deposit)
    await catch_up(services, EVM, chain)
    assert engine.balance("ID1", "usdt")[0] == 5 * 10**12


async def test_t42_payments_that_do_not_add_up_are_listed_until_somebody_looks(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    block = chain.mine(
        pay_token("t1", "one", 100, USDT_CONTRACT), pay_token("t1", "one", 100, USDT_CONTRACT, ordinal=1)
    )
    chain.deltas[USDT_CONTRACT, "one", block.height] = 150
    await catch_up(services, EVM, chain)
    assert set((await exceptions(services)).values()) == {"not_received"}
    assert engine.commands == []


async def our_payout(services: CustodyServices, network: str, txid: str, purpose: str) -> None:
    """A payout that was made, as the tables of payouts have it."""
    async with services.database.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        payout = await connection.execute(
            text(
                "INSERT INTO payouts (network, purpose, wallet_id, currency, state) "
                "VALUES (:network, :purpose, 1, 'x', 'broadcast') RETURNING id"
            ),
            {"network": network, "purpose": purpose},
        )
        await connection.execute(
            text(
                "INSERT INTO payout_attempts "
                "(payout_id, attempt, payload, payload_hash, approval, signed, signed_at, txid, chain_fee, state) "
                "VALUES (:payout, 1, '{}', '', '', 'x', now(), :txid, 1, 'signed')"
            ),
            {"payout": payout.scalar_one(), "txid": txid},
        )


@pytest.mark.parametrize("purpose", ["gas", "sweep", "treasury"])
async def test_gas_and_sweeps_of_ours_are_no_deposits_of_the_member_whose_address_they_touch(
    services: CustodyServices, engine: RecordingEngine, purpose: str
) -> None:
    await our_payout(services, EVM, "ours", purpose)
    chain = ScriptedChain()
    chain.mine(pay_native("ours", "one", 10**15), pay_native("ours", "hot", 5))
    await catch_up(services, EVM, chain)
    assert await exceptions(services) == {"ours:one": "own_transfer", "ours:hot": "own_transfer"}
    async with services.database.connect() as connection:
        assert await find_exceptions(connection) == [], "nobody has to decide anything"
    assert engine.commands == []


def swept(amount: int, txid: str = "sweep") -> Payment:
    """A token's transfer from the member's address to the hot wallet."""
    return pay_token(txid, "hot", amount, USDT_CONTRACT, source="one")


async def test_t42_deposits_in_the_block_of_a_sweep_of_their_address_are_credited_in_full(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    await our_payout(services, EVM, "sweep", "sweep")
    chain = ScriptedChain()
    chain.mine(pay_token("t1", "one", 500, USDT_CONTRACT))
    chain.mine(swept(500), pay_token("t2", "one", 700, USDT_CONTRACT), pay_token("t3", "one", 30, USDT_CONTRACT))
    await catch_up(services, EVM, chain)
    assert [deposit.chain_amount for deposit in await all_deposits(services)] == [500, 700, 30]
    assert engine.balance("ID1", "usdt")[0] == 1_230 * 10**12


async def test_t42_of_a_token_that_keeps_a_part_what_arrived_beside_a_sweep_is_credited(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    await our_payout(services, EVM, "sweep", "sweep")
    chain = ScriptedChain()
    chain.mine(pay_token("t1", "one", 500, USDT_CONTRACT))
    block = chain.mine(swept(500), pay_token("t2", "one", 700, USDT_CONTRACT))
    chain.deltas[USDT_CONTRACT, "one", block.height] = 630 - 500
    await catch_up(services, EVM, chain)
    assert engine.balance("ID1", "usdt")[0] == 1_130 * 10**12


async def test_t41_a_sweep_that_we_have_not_made_explains_no_missing_tokens_and_staff_decides(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(swept(700), pay_token("t2", "one", 700, USDT_CONTRACT))
    await catch_up(services, EVM, chain)
    reasons = await exceptions(services)
    assert reasons["t2:log0"] == "unverified"
    assert engine.commands == []
    async with services.database.connect() as connection:
        [number] = [row.listed.id for row in await find_exceptions(connection) if row.listed.payment_id == "t2:log0"]
    assert isinstance(await credit_exception(services, number, **STAFF), Deposit)
    await catch_up(services, EVM, chain)
    assert engine.balance("ID1", "usdt")[0] == 700 * 10**12


@pytest.mark.parametrize("delta", [0, -300])
async def test_t41_tokens_that_come_and_go_again_to_strangers_are_not_credited(
    services: CustodyServices, engine: RecordingEngine, delta: int
) -> None:
    chain = ScriptedChain()
    block = chain.mine(
        pay_token("t1", "one", 700, USDT_CONTRACT),
        pay_token("t1", "stranger", 700 - delta, USDT_CONTRACT, ordinal=1, source="one"),
    )
    assert await chain.token_delta(USDT_CONTRACT, "one", block.height) == delta
    await catch_up(services, EVM, chain)
    assert await exceptions(services) == {"t1:log0": "not_received"}
    assert engine.commands == []


async def test_t41_what_an_address_is_said_to_have_sent_to_itself_is_not_credited(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(pay_token("t1", "one", 700, USDT_CONTRACT, source="one"))
    await catch_up(services, EVM, chain)
    assert await exceptions(services) == {"t1:log0": "not_received"}
    assert engine.commands == []


@pytest.mark.parametrize("payouts", [("sweep",), ()])
async def test_t45_a_credited_deposit_that_a_reorganisation_moves_into_the_block_of_a_sweep_stays_as_it_is(
    services: CustodyServices, engine: RecordingEngine, payouts: tuple[str, ...]
) -> None:
    for purpose in payouts:
        await our_payout(services, EVM, "sweep", purpose)
    paid = pay_token("t2", "one", 700, USDT_CONTRACT)
    chain = ScriptedChain()
    chain.mine(pay_token("t1", "one", 500, USDT_CONTRACT))
    chain.mine(paid)
    await catch_up(services, EVM, chain)
    chain.reorganise(1, [], [paid, swept(1_200)])
    await catch_up(services, EVM, chain)
    assert [(one.state, one.amount) for one in await all_deposits(services)] == [
        ("credited", 500 * 10**12),
        ("credited", 700 * 10**12),
    ]
    assert len(engine.commands) == 2
    assert await alarms(services) == {}


async def test_t62_what_addresses_of_ours_have_sent_and_nothing_here_accounts_for_is_credited_to_nobody(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(
        pay_native("gas", "one", 10**15, source="hot"),
        pay_native("swept", "hot", 10**15, source="one"),
        pay_token("sweep", "hot", 5, USDT_CONTRACT, source="one"),
        pay_native("other", "hot", 7, source="stranger"),
    )
    chain.mine(pay_token("moved", "one", 5, USDT_CONTRACT, source="hot"))
    chain.empty(20)
    await catch_up(services, EVM, chain)
    assert await exceptions(services) == {
        "gas:one": "unattributed",
        "swept:hot": "unattributed",
        "sweep:log0": "unattributed",
        "moved:log0": "unattributed",
        "other:hot": "treasury_inflow",
    }
    assert engine.commands == []
    for payment in ("swept:hot", "sweep:log0"):
        with pytest.raises(InflowRefusedError, match="nobody has paid anything in"):
            await book_inflow(services, EVM, payment, **STAFF)
    async with services.database.connect() as connection:
        assert [row.payment_id for row in await open_inflows(connection)] == ["other:hot"]
        [number] = [row.listed.id for row in await find_exceptions(connection) if row.listed.payment_id == "gas:one"]
    assert isinstance(await credit_exception(services, number, **STAFF), Deposit)
    await catch_up(services, EVM, chain)
    assert engine.balance("ID1", "eth")[0] == 10**15


async def test_t41_a_token_that_is_not_listed_says_in_vain_that_an_address_of_ours_has_sent_it(
    services: CustodyServices,
) -> None:
    chain = ScriptedChain()
    chain.mine(
        pay_token("t1", "one", 5, "0xfake", source="hot"), pay_token("t1", "hot", 5, "0xfake", ordinal=1, source="one")
    )
    await catch_up(services, EVM, chain)
    assert await exceptions(services) == {"t1:log0": "unknown_asset", "t1:log1": "treasury_inflow"}


async def test_a_withdrawal_from_our_own_account_to_a_members_address_is_a_deposit(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    await our_payout(services, EVM, "ours", "withdrawal")
    chain = ScriptedChain()
    chain.mine(pay_native("ours", "one", 700, source="hot"), pay_token("ours", "one", 5, USDT_CONTRACT, source="hot"))
    await catch_up(services, EVM, chain)
    assert engine.balance("ID1", "eth")[0] == 700
    assert engine.balance("ID1", "usdt")[0] == 5 * 10**12
    assert await exceptions(services) == {}


async def test_a_withdrawal_to_a_members_address_is_a_deposit_like_any_other(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    await our_payout(services, NET, "ours", "withdrawal")
    chain = ScriptedChain()
    chain.mine(pay("ours", "one", 700), pay("ours", "hot", 5, ordinal=1))
    await catch_up(services, NET, chain)
    assert engine.balance("ID1", "ltc")[0] == 700
    assert await exceptions(services) == {"ours:1": "own_transfer"}


async def test_a_member_is_frozen_until_the_last_freeze_is_lifted(services: CustodyServices) -> None:
    for reason in ("asked by phone", "court order"):
        await freeze_member(services, "ID1", actor="anna", reason=reason)
    async with services.database.connect() as connection:
        rows = await freezes.freezes(connection)
    assert {row.reason for row in rows} == {"asked by phone", "court order"}
    assert await lift_freeze(services, rows[0].id, **STAFF)
    assert not await lift_freeze(services, rows[0].id, **STAFF)
    async with services.database.connect() as connection:
        assert await freezes.is_frozen(connection, "ID1")
        assert not await freezes.is_frozen(connection, "ID2")
    assert await lift_freeze(services, rows[1].id, **STAFF)
    async with services.database.connect() as connection:
        assert not await freezes.is_frozen(connection, "ID1")


async def test_an_explanation_says_why_and_what_comes_next(services: CustodyServices, assets: FixedAssets) -> None:
    assets.change("ltc", NET, min_deposit=1_000)
    chain = ScriptedChain()
    chain.mine(pay("good", "one", 5_000), pay("dust", "one", 5))
    await catch_up(services, NET, chain)

    async def told(txid: str, inclusion: Inclusion | None = None) -> str:
        return "\n".join((await explain_transaction(services, NET, txid, inclusion)).lines)

    assert "Credited by record" in await told("good")
    assert "It may be withdrawn at 3 confirmations; it has 1." in await told("good")
    dust = await told("dust", await chain.inclusion("dust"))
    assert "below_minimum: 0.00000005 ltc is less than 0.00001." in dust
    assert f"`pyxiu deposit credit {await listed(services)}`" in dust
    assert "The node has it in block 1" in dust
    nothing = await explain_transaction(services, NET, "other", Inclusion(pooled=True))
    assert not nothing.found
    assert "in its pool" in "\n".join(nothing.lines)
    chain.reorganise(1, [], [])
    await catch_up(services, NET, chain)
    assert "the member cannot withdraw" in await told("good")


async def test_a_payment_to_a_destination_of_nobody_is_never_recorded(services: CustodyServices) -> None:
    chain = ScriptedChain()
    chain.mine(pay("t1", "stranger", 5_000))
    await catch_up(services, NET, chain)
    assert await all_deposits(services) == []
    async with services.database.connect() as connection:
        last = await chain_store.last_block(connection, NET)
    assert last is not None
    assert last.height == 1


async def test_an_exception_that_may_end_by_itself_keeps_its_number_and_age_while_it_does_not(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(pay_token("t1", "one", 5, USDT_CONTRACT))
    chain.deltas[USDT_CONTRACT, "one", 1] = None
    await catch_up(services, EVM, chain)
    number = await listed(services)
    for _ in range(2):
        assert await look_again(services, EVM) == 1
        await catch_up(services, EVM, chain)
    assert await listed(services) == number
    chain.deltas.clear()
    await look_again(services, EVM)
    await catch_up(services, EVM, chain)
    assert await exceptions(services) == {}
    assert engine.balance("ID1", "usdt")[0] == 5 * 10**12


async def test_w8_what_waits_for_too_long_has_an_alarm_until_it_goes_on(
    services: CustodyServices, engine: RecordingEngine
) -> None:
    chain = ScriptedChain()
    chain.mine(pay("t1", "one", 500))
    stranger = {"stranger": "ID9"}
    await watch(services, NET, stranger)
    chain.mine(pay("t2", "stranger", 500))
    await catch_up(services, NET, chain)
    assert await watch_deposits(services) == 0
    async with services.database.begin() as connection:
        await connection.execute(text("ALTER TABLE deposit_bookings DISABLE TRIGGER deposit_bookings_kept"))
        await connection.execute(text("UPDATE deposit_bookings SET created_at = now() - interval '1 hour'"))
        await connection.execute(text("UPDATE deposits SET updated_at = now() - interval '2 days'"))
        await connection.execute(text("ALTER TABLE deposit_bookings ENABLE TRIGGER deposit_bookings_kept"))
    assert await watch_deposits(services) == 2
    found = await alarms(services)
    assert "1 commands are owed to the engine" in found["bookings_overdue"]
    assert "1 deposits are neither credited nor gone" in found["deposits_overdue"]
    engine.member("ID9")
    await catch_up(services, NET, chain)
    assert await watch_deposits(services) == 0
    assert await alarms(services) == {}
