"""Explain and adopt what the chain knows and the database does not.

    for finding in await explain_unexplained(desk): …
    await adopt(desk, fact, actor="…", reason="…", tids=("TID…",))

Adopting with withdrawals makes the payout that paid them, which is then followed to its end like any other. Invariant:
a withdrawal is adopted only by a transaction that pays its address exactly its amount; what may have been signed for in
this database is not touched, neither a withdrawal nor a nonce; what waits in a pool is shown and adopted only when a
block has it. Limit: adopting is a person's word that the transaction was ours.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.activities import note_activity
from pyxiu.custody.chain import HistoryMissingError
from pyxiu.custody.model import NetworkAsset
from pyxiu.custody.payouts import nonces, reservations, store
from pyxiu.custody.payouts.desk import Desk
from pyxiu.custody.payouts.model import (
    AttemptKind,
    AttemptState,
    PayoutPlan,
    PlannedOutput,
    Purpose,
    Source,
    payload_hash,
)
from pyxiu.custody.payouts.park_payout import begin_again, is_signed, withdraw_requests
from pyxiu.custody.payouts.ports import ForeignSpend, UtxoChain
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.custody.payouts.tables import adopted_facts
from pyxiu.custody.payouts.unexplained import Unexplained, unexplained
from pyxiu.custody.payouts.unexplained_pool import unexplained_in_pool
from pyxiu.custody.withdrawals import store as withdrawals
from pyxiu.custody.withdrawals.model import Withdrawal
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.kit.errors import PermanentError


class AdoptionRefusedError(PermanentError):
    """It cannot be adopted like this; the text says why."""


class Finding(msgspec.Struct, frozen=True):
    """A fact, what it pays if that can be told, and the withdrawals here that it may have paid (tids). `untold`: why
    the node cannot tell.
    """

    fact: Unexplained
    spend: ForeignSpend | None
    candidates: tuple[str, ...]
    untold: str | None = None


async def explain_unexplained(desk: Desk) -> list[Finding]:
    """All unexplained facts of a network with what there is to know of them."""
    found = []
    for fact in await _facts(desk):
        try:
            spend = await _spend_of(desk, fact)
        except HistoryMissingError as error:
            found.append(Finding(fact, None, (), str(error)))
            continue
        candidates = [] if spend is None else [row.tid for row, _ in await _matching(desk, spend)]
        found.append(Finding(fact, spend, tuple(candidates)))
    return found


async def adopt(desk: Desk, fact: str, *, actor: str, reason: str, tids: Sequence[str] = ()) -> int | None:
    """The payout that was made of it; None without withdrawals. Raises AdoptionRefusedError."""
    known = {one.fact: one for one in await _facts(desk)}
    if fact not in known:
        async with desk.services.database.connect() as connection:
            await _refuse_signed(connection, desk.key, fact)
        raise AdoptionRefusedError(f"{fact} is nothing that needs an explanation")
    if known[fact].waits:
        # Another one may still take its place, and then the withdrawals would count as paid by nothing.
        raise AdoptionRefusedError(f"{fact} waits in the node's pool: wait until a block has it, then adopt it")
    try:
        # Without withdrawals it is taken for ours whatever it pays, so a node that does not know it will do.
        spend = await _spend_of(desk, known[fact]) if tids else None
    except HistoryMissingError as error:
        raise AdoptionRefusedError(f"the node does not tell what {fact} pays: {error}") from error
    if spend is None and tids:
        raise AdoptionRefusedError(f"the node does not tell what {fact} pays")
    pairs = [] if spend is None else await _matching(desk, spend)
    matching = {row.tid: (row, asset) for row, asset in pairs}
    strangers = [tid for tid in tids if tid not in matching]
    if strangers:
        raise AdoptionRefusedError(f"{fact} does not pay {', '.join(strangers)}, or it is settled already")
    async with desk.services.database.begin() as connection:
        row = {"network": desk.key, "fact": fact, "actor": actor, "reason": reason}
        await connection.execute(upsert(adopted_facts).values(row).on_conflict_do_nothing())
        payout_id = None
        if tids:
            assert spend is not None, fact
            payout_id = await _take_over(connection, desk, fact, spend, [matching[tid] for tid in tids])
        elif ":" in fact:
            await _note_nonce(connection, desk.key, fact, None)
        await note_activity(
            connection, actor=actor, action="payout.adopt", about=f"{desk.key}:{fact}", reason=reason,
            payout=payout_id, withdrawals=list(tids),
        )  # fmt: skip
    return payout_id


async def _facts(desk: Desk) -> list[Unexplained]:
    """In blocks and in the pool. Blocks last: what has left the pool for one meanwhile is not missed."""
    waiting: list[Unexplained] = []
    if isinstance(desk.chain, UtxoChain):
        waiting = await unexplained_in_pool(desk.services.database, desk.key, desk.chain)
    mined = await unexplained(desk.services.database, desk.key, desk.chain)
    known = {one.fact for one in mined}
    return [*mined, *(one for one in waiting if one.fact not in known)]


async def _spend_of(desk: Desk, fact: Unexplained) -> ForeignSpend | None:
    if isinstance(desk.chain, UtxoChain):
        if fact.waits:
            found = await desk.chain.pool_transactions([fact.fact])
            pays = tuple((payment.destination, "", payment.amount) for one in found for payment in one.payments)
            return ForeignSpend(fact.fact, pays) if found else None
        assert fact.height is not None, fact
        return await desk.chain.spends(fact.fact, fact.height)
    address, nonce = _account_and_nonce(fact.fact)
    return await desk.chain.taken_by(address, nonce)


async def _matching(desk: Desk, spend: ForeignSpend) -> list[tuple[Withdrawal, NetworkAsset]]:
    """Withdrawals that are not settled and whose address gets exactly their amount."""
    found = []
    paid = list(spend.pays)
    for asset in await desk.services.assets.assets(desk.key):
        async with desk.services.database.connect() as connection:
            rows = await _open_withdrawals(connection, desk.key, asset.asset)
        for row in rows:
            wanted = (desk.chain.destination(row.rid), asset.contract, asset.to_chain(row.amount))
            if not spend.failed and wanted in paid:
                paid.remove(wanted)
                found.append((row, asset))
    return found


async def _open_withdrawals(connection: AsyncConnection, network: str, currency: str) -> list[Withdrawal]:
    rows = await connection.execute(
        text(
            "SELECT * FROM withdrawals WHERE network = :network AND currency = :currency "
            "AND state IN ('approved', 'paying', 'parked') ORDER BY id"
        ),
        {"network": network, "currency": currency},
    )
    return [withdrawals.withdrawal_of(row) for row in rows.mappings()]


async def _take_over(
    connection: AsyncConnection,
    desk: Desk,
    fact: str,
    spend: ForeignSpend,
    rows: Sequence[tuple[Withdrawal, NetworkAsset]],
) -> int:
    """The payout as it would stand here if nothing had been lost: sent, and followed from now on."""
    currencies = {row.currency for row, _ in rows}
    if len(currencies) != 1:
        raise AdoptionRefusedError("expected withdrawals of one currency")
    for row, _ in rows:
        await _free(connection, row)
    wallet_id = await _wallet_of(connection, desk.key, fact)
    outputs = []
    for row, asset in rows:
        amount = asset.to_chain(row.amount)
        assert amount is not None, row
        outputs.append(PlannedOutput(row.rid, amount, withdrawal_id=row.id))
    plan = PayoutPlan(
        network=desk.key,
        purpose=Purpose.WITHDRAWAL,
        source=Source(wallet_id),
        outputs=tuple(outputs),
        currency=currencies.pop(),
    )
    destinations = [desk.chain.destination(output.address) or "" for output in outputs]
    payout = await store.put_payout(connection, plan, destinations)
    if isinstance(desk.chain, UtxoChain):
        await reservations.reserve_coins(
            connection, desk.key, payout.id, await _coins_spent_by(connection, desk.key, spend.txid)
        )
    else:
        await _note_nonce(connection, desk.key, fact, payout.id)
    payload = {"adopted": spend.txid, "payout": payout.id}
    await store.put_attempt(
        connection,
        payout.id,
        payload,
        payload_hash(payload),
        chain_fee=0,
        kind=AttemptKind.ADOPTED,
        txid=spend.txid,
        state=AttemptState.BROADCAST.value,
    )
    for row, _ in rows:
        await _to_paying(connection, row.id, payout.id)
    for state in (PayoutState.RESERVED, PayoutState.SIGNED, PayoutState.BROADCAST):
        payout = await store.move(connection, payout, state)
    return payout.id


async def _free(connection: AsyncConnection, row: Withdrawal) -> None:
    """Take the withdrawal out of a payout that was never signed. Raises AdoptionRefusedError for one that was."""
    held_by = await store.payout_of_withdrawal(connection, row.id)
    if held_by is None:
        return
    payout = await store.lock_payout(connection, held_by)
    if await is_signed(connection, held_by):
        raise AdoptionRefusedError(f"{row.tid} was signed for in payout {held_by} here: follow that one")
    others = [one for one in await store.outputs_of(connection, held_by) if one.withdrawal_id != row.id]
    if others:
        raise AdoptionRefusedError(
            f"{row.tid} is in payout {held_by} with others: `pyxiu payout split {held_by}` first"
        )
    await withdraw_requests(connection, held_by, "adopted elsewhere")
    await reservations.release(connection, held_by)
    await store.drop_outputs(connection, held_by)
    await store.move(
        connection, payout, PayoutState.FAILED, reason=f"{row.tid} was paid by a transaction that is adopted"
    )


async def _to_paying(connection: AsyncConnection, withdrawal_id: int, payout_id: int) -> None:
    row = await withdrawals.lock(connection, withdrawal_id)
    if row.state is not WithdrawalState.PAYING:
        await withdrawals.move(connection, withdrawal_id, WithdrawalState.PAYING, payout_id=payout_id)
    else:
        await withdrawals.note_payout(connection, withdrawal_id, payout_id)


async def _note_nonce(connection: AsyncConnection, network: str, fact: str, payout_id: int | None) -> None:
    """Write down whose it was. A payout that was given it here and is not signed gets another one."""
    address, nonce = _account_and_nonce(fact)
    holder = await _refuse_signed(connection, network, fact)
    if holder is not None:
        await _take_nonce(connection, holder, f"nonce {nonce} was used by what is adopted")
    await connection.execute(
        text(
            """
            INSERT INTO reserved_nonces (network, address, nonce, payout_id)
            VALUES (:network, :address, :nonce, :payout)
            ON CONFLICT (network, address, nonce) DO UPDATE SET payout_id = excluded.payout_id
            """
        ),
        {"network": network, "address": address, "nonce": nonce, "payout": payout_id},
    )


async def _refuse_signed(connection: AsyncConnection, network: str, fact: str) -> int | None:
    """The payout that holds a nonce, if one does. Raises AdoptionRefusedError for one that was signed with it."""
    if ":" not in fact:
        return None
    holder = await nonces.holder_of(connection, network, *_account_and_nonce(fact))
    if holder is not None and await is_signed(connection, holder):
        raise AdoptionRefusedError(
            f"payout {holder} was signed with it here: `pyxiu payout explain {holder}`. It is followed by it, and "
            "once another transaction that has it is final, `pyxiu payout settle` or `pyxiu payout fail` ends it"
        )
    return holder


async def _take_nonce(connection: AsyncConnection, holder: int, reason: str) -> None:
    payout = await store.lock_payout(connection, holder)
    if await is_signed(connection, holder):
        raise AdoptionRefusedError(f"payout {holder} was signed with it just now: `pyxiu payout explain {holder}`")
    if payout.state is PayoutState.RESERVED:
        await begin_again(connection, payout, reason)
    else:
        await reservations.release(connection, holder)


def _account_and_nonce(fact: str) -> tuple[str, int]:
    address, _, nonce = fact.rpartition(":")
    return address, int(nonce) if nonce.isdecimal() else -1


async def _coins_spent_by(connection: AsyncConnection, network: str, txid: str) -> list[str]:
    rows = await connection.execute(
        text("SELECT payment_id FROM chain_spends WHERE network = :network AND spender = :txid ORDER BY 1"),
        {"network": network, "txid": txid},
    )
    return [row.payment_id for row in rows]


async def _wallet_of(connection: AsyncConnection, network: str, fact: str) -> int:
    """The wallet whose coin or account the fact used."""
    found = (
        await connection.execute(
            text(
                """
                SELECT coalesce(w.id, a.wallet_id) AS id
                FROM chain_destinations d
                    LEFT JOIN wallets w ON w.network = d.network AND w.address = d.address
                    LEFT JOIN deposit_addresses a ON a.network = d.network AND a.destination = d.destination
                WHERE d.network = :network AND coalesce(w.id, a.wallet_id) IS NOT NULL AND (
                    d.destination = :address OR d.id IN (
                        SELECT p.destination_id FROM chain_spends s
                            JOIN chain_payments p ON p.network = s.network AND p.payment_id = s.payment_id
                        WHERE s.network = :network AND s.spender = :fact
                    )
                )
                LIMIT 1
                """
            ),
            {"network": network, "fact": fact, "address": fact.rpartition(":")[0]},
        )
    ).scalar_one_or_none()
    if found is None:
        raise AdoptionRefusedError(f"{fact} is of no wallet of ours")
    return int(found)
