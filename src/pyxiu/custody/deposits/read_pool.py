"""Show members what is on its way to them: payments in a node's pool, which no block has yet.

    pool = Pool(services, network, reader)
    await pool.look()                          # again and again, while the scanner is at the tip

Invariant (T-32): this is shown and nothing else. Only `pending_payments` is written here, which no credit, sweep,
balance or comparison reads; what becomes of a payment is decided by the block that has it. Limit: one node's pool,
which anybody can fill: so many transactions are read at a time, the others when it is their turn. Who replaces a
transaction is noticed by what it spends; what is gone for another reason is believed to be so after a while.
"""

import datetime
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody import store as chain_store
from pyxiu.custody.chain import Payment, PoolTransaction
from pyxiu.custody.deposits import pending_store, store
from pyxiu.custody.deposits.add_deposits import deposit_row
from pyxiu.custody.deposits.classify import Context, ToCredit, classify
from pyxiu.custody.deposits.events import emit_all_updated, emit_created
from pyxiu.custody.deposits.model import DepositState, Found, Pending
from pyxiu.custody.deposits.own_transactions import purposes_of
from pyxiu.custody.deposits.tables import pending_payments
from pyxiu.custody.model import NetworkAsset
from pyxiu.custody.ports import PoolReader
from pyxiu.custody.services import CustodyServices

#: Transactions that are read in one look.
TRANSACTIONS_MAX: Final = 2_000
#: How long the pool must be without a transaction that nothing is seen to replace.
GONE_AFTER: Final = datetime.timedelta(seconds=60)
#: How long its member is shown that it has gone.
SHOWN_FOR: Final = datetime.timedelta(days=1)
_SHARED: Final = frozenset(pending_payments.c.keys())


class Pool:
    """One network and one node. What was read once is read again only by another process."""

    def __init__(
        self,
        services: CustodyServices,
        network: str,
        reader: PoolReader,
        *,
        gone_after: datetime.timedelta = GONE_AFTER,
    ) -> None:
        self._services = services
        self._network = network
        self._reader = reader
        self._gone_after = gone_after
        self._read: set[str] = set()
        #: Rows may be there from an earlier process.
        self._shows = True

    async def look(self) -> int:
        """See what has come and gone; how many payments are new. Raises the node's faults; then nothing is done."""
        there = set(await self._reader.pool_ids())
        fresh = sorted(there - self._read)[:TRANSACTIONS_MAX]
        found = await self._reader.pool_transactions(fresh) if fresh else []
        came = 0
        if found or self._shows:
            came = await self._note(there, found)
        self._read = (self._read & there).union(fresh)
        return came

    async def _note(self, there: set[str], found: Sequence[PoolTransaction]) -> int:
        network = self._network
        async with self._services.database.connect() as connection:
            paid = await self._to_members(connection, found)
        if not paid and not self._shows:
            return 0
        assets = await self._services.assets.assets(network)
        async with self._services.database.begin() as connection:
            await chain_store.lock_network(connection, network)
            before = await pending_store.all_of(connection, network)
            ids = {one.shown.payment_id for one in before}
            rows = await self._rows(connection, [one for one in paid if one[0].payment_id not in ids], assets)
            if rows:
                await emit_created(connection, await pending_store.put(connection, rows), None)
            await self._follow(connection, before, there, found)
            self._shows = bool(before or rows)
        return len(rows)

    async def _to_members(
        self, connection: AsyncConnection, found: Sequence[PoolTransaction]
    ) -> list[tuple[Found, PoolTransaction]]:
        destinations = {payment.destination for one in found for payment in one.payments}
        if not destinations:
            return []
        owners = await chain_store.members_among(connection, self._network, sorted(destinations))
        return [
            (_found(self._network, payment, *owners[payment.destination]), one)
            for one in found
            for payment in one.payments
            if payment.amount > 0 and payment.destination in owners
        ]

    async def _rows(
        self, connection: AsyncConnection, paid: Sequence[tuple[Found, PoolTransaction]], assets: Sequence[NetworkAsset]
    ) -> list[dict[str, Any]]:
        """New rows: of what would be a deposit if a block had it now. What has been in a block is followed by that."""
        if not paid:
            return []
        network = self._network
        mined = await chain_store.known_payments(connection, network, [payment.payment_id for payment, _ in paid])
        purposes = await purposes_of(connection, network, sorted({payment.txid for payment, _ in paid}))
        spent = sorted({spend for _, one in paid for spend in one.spends})
        ours = await chain_store.known_payments(connection, network, spent)
        rows = []
        for payment, transaction in paid:
            if payment.payment_id in mined:
                continue
            context = Context(
                spends_ours=not ours.isdisjoint(transaction.spends), our_purpose=purposes.get(payment.txid)
            )
            verdict = classify(payment, assets, context)
            if isinstance(verdict, ToCredit):
                row = {name: value for name, value in deposit_row(payment, verdict).items() if name in _SHARED}
                rows.append({**row, "spends": list(transaction.spends), "state": DepositState.PENDING.value})
        return rows

    async def _follow(
        self, connection: AsyncConnection, before: Sequence[Pending], there: set[str], found: Sequence[PoolTransaction]
    ) -> None:
        """What has gone from the pool, or has come back to it."""
        now = await store.now(connection)
        spent_now = {spend for one in found for spend in one.spends}
        pending = [one for one in before if one.shown.state is DepositState.PENDING]
        missing = [one for one in pending if one.shown.txid not in there]
        gone = [
            one
            for one in missing
            if not one.spends.isdisjoint(spent_now) or (one.missing_since or now) <= now - self._gone_after
        ]
        back = [one for one in before if one.shown.state is DepositState.DROPPED and one.shown.txid in there]
        since = [one.shown.id for one in missing if one.missing_since is None]
        again = [one.shown.id for one in before if one.missing_since is not None and one.shown.txid in there]
        if since:
            await pending_store.note_missing(connection, since, now)
        if again:
            await pending_store.note_missing(connection, again, None)
        for changed, state in ((gone, DepositState.DROPPED), (back, DepositState.PENDING)):
            after = await pending_store.step(connection, [one.shown.id for one in changed], state) if changed else []
            await emit_all_updated(connection, zip([one.shown for one in changed], after, strict=True), None)
        await pending_store.forget_dropped(connection, self._network, now - SHOWN_FOR)


def _found(network: str, payment: Payment, address: str, owner: str) -> Found:
    return Found(
        network=network,
        payment_id=payment.id,
        txid=payment.txid,
        kind=payment.kind.value,
        contract=payment.contract,
        amount=payment.amount,
        min_depth=payment.min_depth,
        block_height=None,
        block_hash=None,
        destination=payment.destination,
        address=address,
        owner=owner,
        source=payment.source,
    )
