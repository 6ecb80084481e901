"""The signer believes nobody: what was changed after it was approved, or never confirmed, is not signed (T-61, W-6)."""

import copy
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace
from sqlalchemy.exc import DBAPIError

from pyxiu.adapters.chains.evm.transactions import Transaction, decode_unsigned, encode_unsigned
from pyxiu.custody.payouts import store
from pyxiu.custody.payouts.desk import APPROVAL
from pyxiu.custody.payouts.model import PayoutPlan, PlannedOutput, Purpose, Source, payload_hash
from pyxiu.custody.payouts.park_payout import resume
from pyxiu.custody.payouts.plan_payout import PlanRefusedError, plan_payout
from pyxiu.custody.payouts.plan_withdrawals import plan_withdrawals
from pyxiu.custody.payouts.ports import PayloadRefusedError
from pyxiu.custody.payouts.request_signature import request_signatures
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.custody.payouts.take_refused import take_refused
from pyxiu.custody.signing import store as signing_store
from pyxiu.custody.signing.sign_attempt import LIMITED, sign_requested
from pyxiu.custody.wallets.model import WalletKind
from pyxiu.custody.withdrawals.states import WithdrawalState
from tests.support.anvil import ETHER, AnvilNode, anvil_node, new_account
from tests.support.custody import ETHEREUM
from tests.support.payouts import Paying, paying

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("anvil"), pytest.mark.timeout(900)]

DEPTH = 2


@pytest.fixture(scope="module")
def node() -> Iterator[AnvilNode]:
    with anvil_node() as started:
        yield started


@pytest.fixture
async def paid(database_dsn: str, tmp_path: Path, node: AnvilNode) -> AsyncIterator[Paying]:
    network = replace(ETHEREUM, min_confirmations=DEPTH)
    async with paying(database_dsn, tmp_path, network, node.url, first=node.height() + 1) as made:
        hot = await made.wallet()
        await made.allow("eth")
        assert hot.address is not None
        node.send(hot.address, 10 * ETHER)
        node.mine(2)
        await made.scan()
        yield made


def stranger() -> str:
    return str(new_account().address)


async def approved_payload(paid: Paying) -> dict[str, Any]:
    """A payload that waits for the signer; nothing has signed it."""
    await paid.approved("alice", "eth", stranger(), ETHER)
    await paid.scan()
    await plan_withdrawals(paid.desk)
    await request_signatures(paid.desk)
    [attempt] = await paid.attempts((await paid.payout()).id)
    assert attempt.approval is not None
    return copy.deepcopy(attempt.payload)


def to_a_thief(payload: dict[str, Any], *, told: bool) -> dict[str, Any]:
    """The bytes pay somebody else; `told`: so do the payload's words."""
    thief = stranger()
    transaction = decode_unsigned(bytes.fromhex(payload["unsigned"]))
    changed = {name: getattr(transaction, name) for name in Transaction.__struct_fields__} | {"to": thief.lower()}
    payload["unsigned"] = encode_unsigned(Transaction(**changed)).hex()
    if told:
        payload["outputs"][0] |= {"address": thief, "destination": thief.lower()}
    return payload


async def put_request(paid: Paying, payload: dict[str, Any], approve: Callable[[bytes], bytes]) -> None:
    """What somebody with the database's password can do: another payload in place of the real one."""
    digest = payload_hash(payload)
    await paid.execute("UPDATE payout_attempts SET state = 'refused', reason = 'replaced'")
    async with paid.services.database.begin() as connection:
        payout_id = (await paid.payout()).id
        await store.put_attempt(connection, payout_id, payload, digest, chain_fee=1, approval=approve(digest))


async def refusal(paid: Paying) -> str:
    """What the signer says when it is asked; nothing is signed."""
    assert await sign_requested(paid.bench) == 0
    assert await take_refused(paid.desk) == 1
    payout = await paid.payout()
    assert payout.state is PayoutState.PARKED
    assert all(one.signed is None for one in await paid.attempts(payout.id))
    return payout.reason or ""


async def test_t61_bytes_that_pay_somebody_else_are_refused(paid: Paying) -> None:
    payload = to_a_thief(await approved_payload(paid), told=False)
    with pytest.raises(PayloadRefusedError):
        paid.bench.chain.check(payload)
    await put_request(paid, payload, paid.desk.approve)
    assert "does not pay whom the payload names" in await refusal(paid)


async def test_t61_a_destination_that_the_member_did_not_confirm_is_refused(paid: Paying) -> None:
    payload = to_a_thief(await approved_payload(paid), told=True)
    await put_request(paid, payload, paid.desk.approve)
    assert "confirmed for another address or amount" in await refusal(paid)


async def test_t61_an_approval_of_another_key_or_payload_is_none(paid: Paying) -> None:
    payload = await approved_payload(paid)
    stranger_key = Ed25519PrivateKey.generate()
    payload["attempt"] = 2
    await put_request(paid, payload, lambda digest: stranger_key.sign(APPROVAL + digest))
    assert "approval" in await refusal(paid)


async def test_t61_a_payload_without_an_approval_is_never_looked_at(paid: Paying) -> None:
    await paid.approved("alice", "eth", stranger(), ETHER)
    await plan_withdrawals(paid.desk)
    assert await sign_requested(paid.bench) == 0
    assert (await paid.payout()).state is PayoutState.RESERVED


async def test_t61_a_signer_that_is_asked_twice_answers_the_same(paid: Paying, node: AnvilNode) -> None:
    payload = await approved_payload(paid)
    assert paid.bench.chain.sign(payload) == paid.bench.chain.sign(payload)
    assert await sign_requested(paid.bench) == 1
    assert await sign_requested(paid.bench) == 0
    [attempt] = await paid.attempts((await paid.payout()).id)
    assert attempt.signed == paid.bench.chain.sign(payload).raw
    # An independent library finds the wallet's own address in the signature.
    from eth_account import Account

    assert Account.recover_transaction(attempt.signed).lower() == payload["sender"]


async def test_t61_a_withdrawal_that_was_signed_for_is_not_signed_for_in_another_payout(paid: Paying) -> None:
    payload = await approved_payload(paid)
    assert await sign_requested(paid.bench) == 1
    first = await paid.payout()
    # The database is made to forget: the same withdrawal in a new payout, approved by a scheduler that was taken over.
    withdrawal_id = 1
    await paid.execute("ALTER TABLE payout_outputs DISABLE TRIGGER payout_outputs_guard")
    await paid.execute("UPDATE payout_outputs SET dropped_at = now()")
    await paid.execute("UPDATE withdrawals SET payout_id = NULL")
    async with paid.services.database.begin() as connection:
        plan = PayoutPlan(
            network="ethereum",
            purpose=Purpose.WITHDRAWAL,
            source=Source(first.wallet_id),
            outputs=(PlannedOutput(payload["outputs"][0]["address"], ETHER, withdrawal_id=withdrawal_id),),
            currency="eth",
        )
        made = await store.put_payout(connection, plan, [payload["outputs"][0]["destination"]])
        await store.move(connection, made, PayoutState.RESERVED)
        again = {**payload, "payout": made.id}
        digest = payload_hash(again)
        await store.put_attempt(connection, made.id, again, digest, chain_fee=1, approval=paid.desk.approve(digest))
    await paid.execute("UPDATE withdrawals SET payout_id = 2")
    assert await sign_requested(paid.bench) == 0
    second = (await paid.payouts())[1]
    assert "signed for already" in (second.reason or "")


async def test_w6_limits_hold_and_a_waiting_request_goes_on_when_there_is_room(paid: Paying, node: AnvilNode) -> None:
    await paid.allow("eth", 3 * ETHER // 2, period_s=3_600)
    one = await paid.approved("alice", "eth", stranger(), ETHER)
    two = await paid.approved("bob", "eth", stranger(), ETHER)
    await paid.run()
    states = [payout.state for payout in await paid.payouts()]
    assert states == [PayoutState.BROADCAST, PayoutState.RESERVED]
    assert "used up" in (await paid.alarms())[LIMITED]
    await paid.later(3_700)
    node.mine(DEPTH)
    await paid.run()
    for withdrawal in (one, two):
        assert (await paid.look(withdrawal)).state is WithdrawalState.CONFIRMED
    assert LIMITED not in await paid.alarms()


async def test_t56_nothing_is_signed_with_a_nonce_that_its_payout_does_not_hold(paid: Paying) -> None:
    await approved_payload(paid)
    await paid.execute("UPDATE reserved_nonces SET payout_id = NULL")
    assert await sign_requested(paid.bench) == 0
    payout = await paid.payout()
    assert payout.state is PayoutState.RESERVED
    assert [one.signed for one in await paid.attempts(payout.id)] == [None]


async def test_w6_without_a_policy_nothing_is_signed(paid: Paying) -> None:
    await paid.execute("DELETE FROM signer.limits")
    await paid.approved("alice", "eth", stranger(), ETHER)
    await paid.run()
    assert (await paid.payout()).state is PayoutState.RESERVED
    assert "pyxiu signer limit" in (await paid.alarms())[LIMITED]
    await paid.execute("DELETE FROM signer.fee_caps")
    await paid.later(60)
    assert (await paid.payout()).state is PayoutState.RESERVED


async def test_w6_every_signature_and_refusal_is_in_a_chain_that_nobody_can_change(paid: Paying) -> None:
    await paid.approved("alice", "eth", stranger(), ETHER)
    await paid.approved("bob", "eth", stranger(), ETHER)
    await paid.run()
    async with paid.services.database.connect() as connection:
        entries = await signing_store.read_log(connection, limit=100)
    assert [entry.kind for entry in entries] == ["signed", "signed"]
    assert signing_store.broken_at(entries) is None
    forged = [entries[0], replace(entries[1], detail={**entries[1].detail, "fee": "0"})]
    assert signing_store.broken_at(forged) == entries[1].id
    assert signing_store.broken_at(entries[1:]) == entries[1].id
    for statement in ("UPDATE signer.log SET kind = 'x'", "DELETE FROM signer.log", "TRUNCATE signer.log CASCADE"):
        with pytest.raises(DBAPIError, match="nothing here is changed"):
            await paid.execute(statement)


async def test_w4_signed_bytes_do_not_change_and_a_payment_is_not_dropped(paid: Paying) -> None:
    await paid.approved("alice", "eth", stranger(), ETHER)
    await paid.run()
    for statement in (
        "UPDATE payout_attempts SET signed = '\\x00'",
        "UPDATE payout_attempts SET payload = '{}'",
        "UPDATE payout_outputs SET dropped_at = now()",
        "UPDATE payout_outputs SET chain_amount = 1",
        "UPDATE payouts SET state = 'planned'",
        "UPDATE payouts SET currency = 'usdt'",
        "DELETE FROM payout_attempts",
        "INSERT INTO payout_outputs SELECT 1, 1, address, destination, currency, 1, withdrawal_id FROM payout_outputs",
    ):
        with pytest.raises(DBAPIError):
            await paid.execute(statement)


async def test_t61_moves_of_ours_go_to_our_keys_or_the_allow_list_only(paid: Paying, node: AnvilNode) -> None:
    warm = await paid.wallet(WalletKind.WARM)
    hot_id = 1
    assert warm.address is not None

    async def planned(address: str) -> int:
        async with paid.services.database.begin() as connection:
            plan = PayoutPlan(
                network="ethereum",
                purpose=Purpose.TREASURY,
                source=Source(hot_id),
                outputs=(PlannedOutput(address, ETHER),),
                currency="eth",
            )
            return (await plan_payout(connection, plan)).id

    with pytest.raises(PlanRefusedError):
        await planned(stranger())
    await planned(warm.address)
    # Somebody has made a stranger's address look like a wallet of ours.
    thief = stranger()
    await paid.execute(
        "INSERT INTO chain_destinations (network, destination, address, owner) "
        "VALUES ('ethereum', :destination, :address, '@wallet/cold')",
        destination=thief.lower(),
        address=thief,
    )
    bad = await planned(thief)
    await paid.run()
    node.mine(DEPTH)
    await paid.run()
    good, refused = await paid.payouts()
    assert good.state is PayoutState.CONFIRMED
    assert int(node.rpc("eth_getBalance", warm.address, "latest"), 16) == ETHER
    assert refused.state is PayoutState.PARKED
    assert "neither ours nor on the allow-list" in (refused.reason or "")
    # The operator allows it, and it is taken up again.
    async with paid.services.database.begin() as connection:
        await signing_store.put_allowed(connection, "ethereum", thief.lower(), "the vault")
        await resume(connection, await store.lock_payout(connection, bad))
    await paid.run()
    node.mine(DEPTH)
    await paid.run()
    assert (await paid.payouts())[1].state is PayoutState.CONFIRMED


async def test_w9_no_key_of_the_signer_is_in_the_database(paid: Paying) -> None:
    await paid.approved("alice", "eth", stranger(), ETHER)
    await paid.run()
    secret = paid.keys.account_key("ethereum-hot")
    async with paid.services.database.connect() as connection:
        from sqlalchemy import text

        tables = await connection.execute(
            text("SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'signer')")
        )
        for schema, table in tables.all():
            rows = await connection.execute(text(f'SELECT t::text FROM {schema}."{table}" t'))
            assert all(secret not in row[0] for row in rows), table


async def test_t61_a_fee_above_the_signers_own_bound_is_refused(paid: Paying) -> None:
    async with paid.services.database.begin() as connection:
        await signing_store.put_fee_max(connection, "ethereum", 1)
    await paid.approved("alice", "eth", stranger(), ETHER)
    await paid.run()
    assert "above the signer's bound" in ((await paid.payout()).reason or "")
    assert (await paid.payout()).state is PayoutState.PARKED
