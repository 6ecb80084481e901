"""The SQL of sweeps, on a connection that the caller's transaction owns.

Invariant: a sweep's state is changed only under its row's lock and from the state that the caller has seen. Limit: what
is at an address of an account chain is the node's to tell; here is only what was paid to it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.chain import PaymentKind
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.custody.sweeps.model import Dust, FilledAddress, Sweep, SweepPart, UnspentOutput
from pyxiu.custody.sweeps.spread import Part
from pyxiu.custody.sweeps.states import SweepState, check_step
from pyxiu.custody.sweeps.tables import sweep_dust, sweep_parts, sweeps

#: A sweep that failed is not planned again before this has passed.
RETRY_AFTER_S = 3_600
_OPEN = ("planned", "waiting_gas", "paying", "parked")

_UNSPENT = text(
    """
    SELECT p.payment_id, p.amount, a.destination AS script, a.wallet_id, a.id AS deposit_address_id,
        p.block_height AS height
    FROM chain_payments p
        JOIN chain_destinations d ON d.id = p.destination_id
        JOIN deposit_addresses a ON a.network = p.network AND a.destination = d.destination
        JOIN wallets w ON w.id = a.wallet_id AND w.key_id IS NOT NULL AND w.status <> 'disabled'
    WHERE p.network = :network AND p.kind = 'output' AND NOT p.spent
        AND p.block_height <= :tip + 1 - greatest(CAST(:depth AS integer), p.min_depth)
        AND NOT EXISTS (
            SELECT FROM reserved_inputs r
            WHERE r.network = p.network AND r.payment_id = p.payment_id AND r.released_at IS NULL)
    ORDER BY p.amount DESC, p.payment_id LIMIT :limit
    """
)
# Whether a sweep of the asset has come to its end after a payment `p` to the address `a` was seen.
_SWEPT_SINCE = """EXISTS (
            SELECT FROM sweeps s WHERE s.deposit_address_id = a.id AND s.currency = :currency
                AND s.state = 'done' AND s.done_at > p.found_at)"""
# The payments `p` of an asset that wait for a sweep at the address `a`, up to a height.
_WAITING_AT = """
    FROM deposit_addresses a
        JOIN chain_destinations d ON d.network = a.network AND d.destination = a.destination
        JOIN chain_payments p ON p.destination_id = d.id AND p.network = d.network
        JOIN unswept_payments u ON u.network = p.network AND u.payment_id = p.payment_id
    WHERE a.id = :address_id AND a.network = :network AND p.kind = :kind AND p.contract = :contract
        AND p.block_height <= :height
"""
# A failed sweep waits, a live one has the address.
_FILLED = text(
    f"""
    SELECT a.id AS deposit_address_id, a.wallet_id, a.uid, a.address, sum(p.amount) AS received, count(*) AS payments,
        bool_or({_SWEPT_SINCE}) AS swept_since
    FROM unswept_payments u
        JOIN chain_payments p ON p.network = u.network AND p.payment_id = u.payment_id
        JOIN chain_destinations d ON d.id = p.destination_id
        JOIN deposit_addresses a ON a.network = p.network AND a.destination = d.destination
        JOIN wallets w ON w.id = a.wallet_id AND w.key_id IS NOT NULL AND w.status <> 'disabled'
    WHERE u.network = :network AND p.kind = :kind AND p.contract = :contract AND p.block_height <= :height
        AND NOT EXISTS (
            SELECT FROM sweeps s WHERE s.deposit_address_id = a.id AND (
                s.state NOT IN ('done', 'failed')
                OR (s.currency = :currency AND s.state = 'failed'
                    AND s.state_since > now() - make_interval(secs => :retry_after))))
    GROUP BY a.id
    ORDER BY received DESC, a.id LIMIT :limit
    """  # noqa: S608 - made of what stands above
)
_WAITING = text(f"SELECT p.payment_id {_WAITING_AT}")
# What a balance says has been moved: all, if there is nothing; else what is more than there is, after a sweep.
_MOVED = text(
    f"""
    SELECT p.payment_id {_WAITING_AT}
        AND (CAST(:balance AS numeric) = 0 OR (p.amount > CAST(:balance AS numeric) AND {_SWEPT_SINCE}))
        AND NOT EXISTS (
            SELECT FROM sweeps s WHERE s.deposit_address_id = a.id AND s.state NOT IN ('done', 'failed'))
    """  # noqa: S608 - made of what stands above
)
# What we send ourselves (gas) is no reason to sweep; it moves with what is.
_TAKE_OFF_OWN = text(
    """
    DELETE FROM unswept_payments u USING chain_payments p, payout_attempts t, payouts y
    WHERE u.network = :network AND p.network = u.network AND p.payment_id = u.payment_id
        AND t.txid = p.txid AND y.id = t.payout_id AND y.network = p.network
    """
)


async def unspent_outputs(
    connection: AsyncConnection, network: str, *, tip: int, depth: int, limit: int
) -> list[UnspentOutput]:
    """Outputs at deposit addresses that are deep enough and that no payout holds, the largest first."""
    given = {"network": network, "tip": tip, "depth": depth, "limit": limit}
    rows = (await connection.execute(_UNSPENT, given)).mappings()
    return [UnspentOutput(**{**row, "amount": int(row["amount"])}) for row in rows]


async def filled_addresses(
    connection: AsyncConnection, network: str, currency: str, contract: str, *, height: int, limit: int
) -> list[FilledAddress]:
    """Deposit addresses that were paid up to a height and not swept since, those that were paid most first."""
    given = {
        "network": network,
        "currency": currency,
        "contract": contract,
        "kind": _kind_of(contract),
        "height": height,
        "retry_after": RETRY_AFTER_S,
        "limit": limit,
    }
    rows = (await connection.execute(_FILLED, given)).mappings()
    return [FilledAddress(**{**row, "received": int(row["received"])}) for row in rows]


async def payments_moved(
    connection: AsyncConnection,
    network: str,
    currency: str,
    contract: str,
    *,
    address_id: int,
    height: int,
    balance: int,
) -> list[str]:
    """Payments up to a height that wait at an address and are there no more, by what is there at that height or later.

    None while a sweep is under way, which may be undone with its block.
    """
    given = {
        "network": network,
        "currency": currency,
        "contract": contract,
        "kind": _kind_of(contract),
        "address_id": address_id,
        "height": height,
        "balance": balance,
    }
    return list((await connection.execute(_MOVED, given)).scalars())


async def take_off_own(connection: AsyncConnection, network: str) -> None:
    """What transactions of ours have brought to deposit addresses waits for no sweep."""
    await connection.execute(_TAKE_OFF_OWN, {"network": network})


async def take_off_swept(connection: AsyncConnection, network: str, payment_ids: Sequence[str]) -> None:
    """Payments that a sweep has moved wait for none any more; a further block with one puts it back on the list."""
    query = text("DELETE FROM unswept_payments WHERE network = :network AND payment_id = ANY(:ids)")
    await connection.execute(query, {"network": network, "ids": list(payment_ids)})


async def outputs_must_wait(connection: AsyncConnection, network: str, currency: str) -> bool:
    """Whether outputs of an asset are being swept, or failed to be a short while ago."""
    query = text(
        """
        SELECT EXISTS (
            SELECT FROM sweeps WHERE network = :network AND currency = :currency AND deposit_address_id IS NULL AND (
                state NOT IN ('done', 'failed')
                OR (state = 'failed' AND state_since > now() - make_interval(secs => :retry_after))))
        """
    )
    given = {"network": network, "currency": currency, "retry_after": RETRY_AFTER_S}
    return bool((await connection.execute(query, given)).scalar_one())


async def put_sweep(connection: AsyncConnection, parts: Sequence[Part], **values: Any) -> Sweep | None:
    """A new sweep with its parts; None if another one has the address, or the outputs, meanwhile."""
    assert sum(part.amount for part in parts) == values["chain_amount"], (parts, values)
    statement = upsert(sweeps).values(state=SweepState.PLANNED.value, **values).on_conflict_do_nothing()
    row = (await connection.execute(statement.returning(sweeps))).mappings().one_or_none()
    if row is None:
        return None
    rows = [
        {"sweep_id": row["id"], "ordinal": ordinal, "wallet_id": part.wallet_id, "chain_amount": part.amount}
        for ordinal, part in enumerate(parts)
    ]
    await connection.execute(insert(sweep_parts), rows)
    return _sweep(row)


async def lock_sweep(connection: AsyncConnection, sweep_id: int) -> Sweep:
    """The sweep, held until the transaction ends."""
    query = select(sweeps).where(sweeps.c.id == sweep_id).with_for_update()
    return _sweep((await connection.execute(query)).mappings().one())


async def find_sweep(connection: AsyncConnection, sweep_id: int) -> Sweep | None:
    row = (await connection.execute(select(sweeps).where(sweeps.c.id == sweep_id))).mappings().one_or_none()
    return None if row is None else _sweep(row)


async def open_sweeps(connection: AsyncConnection, network: str, *, limit: int) -> list[int]:
    """Sweeps that may move on by themselves, those that were touched longest ago first."""
    query = (
        select(sweeps.c.id)
        .where(sweeps.c.network == network, sweeps.c.state.in_(["planned", "waiting_gas", "paying"]))
        .order_by(sweeps.c.updated_at, sweeps.c.id)
        .limit(limit)
    )
    return list((await connection.execute(query)).scalars())


async def list_sweeps(
    connection: AsyncConnection, *, network: str | None = None, states: Sequence[SweepState] = (), limit: int
) -> list[Sweep]:
    """The newest first."""
    query = select(sweeps).order_by(sweeps.c.id.desc()).limit(limit)
    if network is not None:
        query = query.where(sweeps.c.network == network)
    if states:
        query = query.where(sweeps.c.state.in_([state.value for state in states]))
    return [_sweep(row) for row in (await connection.execute(query)).mappings()]


async def move(connection: AsyncConnection, sweep: Sweep, to: SweepState, **values: Any) -> Sweep:
    """The sweep in another state. `sweep` must be as it is in the table: the caller holds its lock."""
    check_step(sweep.id, sweep.state, to)
    if to is SweepState.DONE:
        values["done_at"] = func.now()
    statement = update(sweeps).where(sweeps.c.id == sweep.id, sweeps.c.state == sweep.state.value)
    row = (await connection.execute(statement.values(state=to.value, **values).returning(sweeps))).mappings().one()
    return _sweep(row)


async def touch(connection: AsyncConnection, sweep_id: int) -> None:
    """It was looked at: others come first next time."""
    await connection.execute(update(sweeps).where(sweeps.c.id == sweep_id).values(updated_at=func.now()))


async def parts_of(connection: AsyncConnection, sweep_id: int) -> list[SweepPart]:
    query = select(sweep_parts).where(sweep_parts.c.sweep_id == sweep_id).order_by(sweep_parts.c.ordinal)
    rows = (await connection.execute(query)).mappings()
    return [SweepPart(**{**row, "chain_amount": int(row["chain_amount"])}) for row in rows]


async def set_payout(connection: AsyncConnection, part: SweepPart, payout_id: int | None) -> None:
    mine = (sweep_parts.c.sweep_id == part.sweep_id, sweep_parts.c.ordinal == part.ordinal)
    await connection.execute(update(sweep_parts).where(*mine).values(payout_id=payout_id))


async def on_the_way(connection: AsyncConnection, network: str, currency: str) -> dict[int, int]:
    """What sweeps under way will bring to each wallet."""
    query = (
        select(sweep_parts.c.wallet_id, func.sum(sweep_parts.c.chain_amount))
        .join(sweeps, sweeps.c.id == sweep_parts.c.sweep_id)
        .where(sweeps.c.network == network, sweeps.c.currency == currency, sweeps.c.state.in_(_OPEN))
        .group_by(sweep_parts.c.wallet_id)
    )
    return {wallet_id: int(amount) for wallet_id, amount in await connection.execute(query)}


async def list_dust(connection: AsyncConnection, network: str, currency: str, dust: Sequence[Dust]) -> None:
    """What is listed of an asset from now on."""
    mine = (sweep_dust.c.network == network, sweep_dust.c.currency == currency)
    await connection.execute(sweep_dust.delete().where(*mine))
    if dust:
        fields = ("network", "currency", "deposit_address_id", "chain_amount", "coins", "reason", "height")
        await connection.execute(insert(sweep_dust), [{name: getattr(one, name) for name in fields} for one in dust])


async def dust_of(connection: AsyncConnection, network: str | None, *, limit: int) -> list[Dust]:
    query = select(sweep_dust).order_by(sweep_dust.c.network, sweep_dust.c.currency, sweep_dust.c.chain_amount.desc())
    if network is not None:
        query = query.where(sweep_dust.c.network == network)
    fields = ("network", "currency", "deposit_address_id", "coins", "reason", "height")
    return [
        Dust(**{name: getattr(row, name) for name in fields}, chain_amount=int(row.chain_amount))
        for row in await connection.execute(query.limit(limit))
    ]


def _kind_of(contract: str) -> str:
    return PaymentKind.TOKEN if contract else PaymentKind.NATIVE


def _sweep(row: RowMapping) -> Sweep:
    changed = {
        "state": SweepState(row["state"]),
        "coins": tuple(row["coins"]),
        "chain_amount": int(row["chain_amount"]),
    }
    return Sweep(**{**row, **changed})


async def sources_of(connection: AsyncConnection, sweep: Sweep) -> dict[int, str]:
    """The deposit addresses that a sweep empties, by id, in their canonical form."""
    query = text(
        """
        SELECT a.id, a.destination FROM deposit_addresses a WHERE a.id = :address_id
        UNION
        SELECT a.id, a.destination FROM chain_payments p
            JOIN chain_destinations d ON d.id = p.destination_id
            JOIN deposit_addresses a ON a.network = p.network AND a.destination = d.destination
        WHERE p.network = :network AND p.payment_id = ANY(:coins)
        ORDER BY id
        """
    )
    given = {"address_id": sweep.deposit_address_id, "network": sweep.network, "coins": list(sweep.coins)}
    return {row.id: row.destination for row in await connection.execute(query, given)}


async def payments_swept(connection: AsyncConnection, sweep: Sweep, contract: str) -> list[str]:
    """The payments whose coins a sweep has moved: its outputs, or all that waited at its address up to its height."""
    if sweep.deposit_address_id is None:
        return list(sweep.coins)
    given = {
        "address_id": sweep.deposit_address_id,
        "network": sweep.network,
        "kind": _kind_of(contract),
        "contract": contract,
        "height": sweep.height,
    }
    return list((await connection.execute(_WAITING, given)).scalars())


async def payout_states(connection: AsyncConnection, payout_ids: Sequence[int]) -> dict[int, tuple[PayoutState, str]]:
    """State and reason of payouts."""
    query = text("SELECT id, state, coalesce(reason, '') AS reason FROM payouts WHERE id = ANY(:ids)")
    rows = await connection.execute(query, {"ids": list(payout_ids)})
    return {row.id: (PayoutState(row.state), row.reason) for row in rows}


async def address_of(connection: AsyncConnection, sweep: Sweep) -> str:
    """The address that a sweep empties, as people write it."""
    query = text("SELECT address FROM deposit_addresses WHERE id = :id")
    return str((await connection.execute(query, {"id": sweep.deposit_address_id})).scalar_one())


async def stuck(connection: AsyncConnection, network: str, state: SweepState, *, older_s: int) -> list[int]:
    """Sweeps that have been in a state for longer than they may."""
    query = text(
        """
        SELECT id FROM sweeps
        WHERE network = :network AND state = :state AND state_since <= now() - make_interval(secs => :older_s)
        ORDER BY id
        """
    )
    given = {"network": network, "state": state.value, "older_s": older_s}
    return list((await connection.execute(query, given)).scalars())


async def unrepaired(connection: AsyncConnection, network: str) -> list[tuple[int, str, str]]:
    """Failed sweeps after which the same coins were not swept: id, currency, reason."""
    query = text(
        """
        SELECT s.id, s.currency, s.reason FROM sweeps s
        WHERE s.network = :network AND s.state = 'failed'
            AND NOT EXISTS (
                SELECT FROM sweeps n WHERE n.deposit_address_id = s.deposit_address_id AND n.currency = s.currency
                    AND n.id > s.id AND n.state IN ('done', 'failed'))
            AND (s.deposit_address_id IS NOT NULL OR NOT EXISTS (
                SELECT FROM sweeps n WHERE n.deposit_address_id IS NULL AND n.network = s.network
                    AND n.currency = s.currency AND n.id > s.id AND n.state IN ('done', 'failed')))
        ORDER BY s.id
        """
    )
    rows = await connection.execute(query, {"network": network})
    return [(row.id, row.currency, row.reason) for row in rows]


async def refused_dust(connection: AsyncConnection, network: str, reason: str) -> list[tuple[str, int]]:
    """By currency, how many addresses are listed with a reason that begins so."""
    query = text(
        """
        SELECT currency, count(*) AS addresses FROM sweep_dust
        WHERE network = :network AND starts_with(reason, :reason) GROUP BY currency ORDER BY currency
        """
    )
    return [
        (row.currency, row.addresses) for row in await connection.execute(query, {"network": network, "reason": reason})
    ]


async def missing_coins(connection: AsyncConnection, sweep: Sweep) -> int:
    """How many of the outputs that a sweep is to spend are not there to be spent."""
    query = text(
        """
        SELECT count(*) FROM unnest(CAST(:coins AS text[])) AS c(id)
        WHERE NOT EXISTS (
            SELECT FROM chain_payments p WHERE p.network = :network AND p.payment_id = c.id
                AND p.block_height IS NOT NULL AND NOT p.spent)
        """
    )
    given = {"coins": list(sweep.coins), "network": sweep.network}
    return int((await connection.execute(query, given)).scalar_one())
