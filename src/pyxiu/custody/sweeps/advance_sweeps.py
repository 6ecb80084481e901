"""Move sweeps on: pay what is planned, wait for gas, and end when every payout is final on the chain.

Each look is one transaction under the sweep's lock, and decides by states of payouts in the database and by what the
node says now; nothing depends on which message came first. Invariant: a part has one payout at a time; the ledger is
not touched. Limit: how a payout is signed, sent and confirmed is not decided here.
"""

from collections.abc import Mapping
from typing import Final, assert_never

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.faults import Faults
from pyxiu.custody.model import NetworkAsset
from pyxiu.custody.payouts import store as payout_store
from pyxiu.custody.payouts.model import PayoutPlan, PlannedOutput, Purpose, Source
from pyxiu.custody.payouts.plan_payout import plan_payout
from pyxiu.custody.payouts.ports import AccountChain, PayoutChain
from pyxiu.custody.payouts.states import PayoutState
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.sweeps import store
from pyxiu.custody.sweeps.address_facts import AddressFacts, address_facts
from pyxiu.custody.sweeps.asset_pass import at_least, destination_of
from pyxiu.custody.sweeps.model import Sweep, SweepPart
from pyxiu.custody.sweeps.note_swept import note_swept
from pyxiu.custody.sweeps.states import SweepState
from pyxiu.custody.sweeps.top_up_gas import top_up_gas
from pyxiu.custody.sweeps.worth import refusal_of_native, refusal_of_token
from pyxiu.custody.wallets.store import wallet_by_id
from pyxiu.kit.failpoints import failpoint

#: Sweeps of one network in one pass.
SWEEPS_MAX: Final = 500

_log = structlog.stdlib.get_logger("pyxiu.sweeps")


async def advance_sweeps(services: CustodyServices, chains: Mapping[str, PayoutChain]) -> int:
    """Look at all sweeps under way; how many were. Raises TransientError after all had their turn."""
    looked_at, faults = 0, Faults()
    for network, chain in chains.items():
        async with services.database.connect() as connection:
            ids = await store.open_sweeps(connection, network, limit=SWEEPS_MAX)
        for sweep_id in ids:
            looked_at += 1
            with faults.of(f"sweep {sweep_id}"):
                await advance_sweep(services, chain, sweep_id)
    faults.raise_any()
    return looked_at


async def advance_sweep(services: CustodyServices, chain: PayoutChain, sweep_id: int) -> Sweep:
    """One step, if one can be taken; the sweep as it is then."""
    async with services.database.connect() as connection:
        sweep = await store.find_sweep(connection, sweep_id)
        assert sweep is not None, sweep_id
        sources = await store.sources_of(connection, sweep)
        parts = await store.parts_of(connection, sweep_id)
        wallet = await wallet_by_id(connection, parts[0].wallet_id)
    asset = next((one for one in await services.assets.assets(sweep.network) if one.asset == sweep.currency), None)
    facts = None
    if isinstance(chain, AccountChain) and asset is not None and await _must_ask(services, sweep, parts):
        [source] = sources.values()
        destination = destination_of(chain, wallet.address if wallet else None)
        facts = await _facts(chain, asset, sweep, parts, source, destination)
    async with services.database.begin() as connection:
        locked = await store.lock_sweep(connection, sweep_id)
        if locked.state is not sweep.state:
            return locked
        after = await _Step(services, connection, locked, tuple(sources), asset, facts).take()
        if after.state is locked.state:
            await store.touch(connection, sweep_id)
        failpoint("sweep_before_commit")
    return after


async def _must_ask(services: CustodyServices, sweep: Sweep, parts: list[SweepPart]) -> bool:
    """Whether what is at the address matters now: before paying, and while a payout has not begun."""
    if sweep.state is not SweepState.PAYING:
        return sweep.state is SweepState.PLANNED
    ids = [part.payout_id for part in parts if part.payout_id is not None]
    async with services.database.connect() as connection:
        states = await store.payout_states(connection, ids)
    return any(state is PayoutState.PLANNED for state, _ in states.values())


async def _facts(
    chain: AccountChain, asset: NetworkAsset, sweep: Sweep, parts: list[SweepPart], source: str, destination: str
) -> AddressFacts:
    amount = parts[0].chain_amount if asset.contract else sweep.chain_amount
    return await address_facts(chain, asset, source, destination, amount)


class _Step:
    """One sweep under its lock, in one transaction. `facts` are of its address, where a chain has accounts."""

    def __init__(
        self,
        services: CustodyServices,
        connection: AsyncConnection,
        sweep: Sweep,
        sources: tuple[int, ...],
        asset: NetworkAsset | None,
        facts: AddressFacts | None,
    ) -> None:
        self._services = services
        self._connection = connection
        self._sweep = sweep
        self._sources = sources
        self._asset = asset
        self._facts = facts

    async def take(self) -> Sweep:
        match self._sweep.state:
            case SweepState.PLANNED:
                return await self._pay()
            case SweepState.WAITING_GAS:
                return await self._gas_there()
            case SweepState.PAYING:
                return await self._paid()
            case SweepState.DONE | SweepState.FAILED | SweepState.PARKED:
                return self._sweep
            case _ as never:
                assert_never(never)

    async def _pay(self) -> Sweep:
        if self._asset is None:
            return await self._fail(f"{self._sweep.currency} does not move on {self._sweep.network} any more")
        parts = await store.parts_of(self._connection, self._sweep.id)
        if self._facts is None:
            await self._plan(parts)
        else:
            refusal = await self._refusal(self._asset, self._facts)
            if refusal is not None:
                return await self._fail(refusal)
            missing = self._facts.lacks(len(parts)) if self._asset.contract else 0
            if missing:
                return await self._send_gas(missing)
            for part in parts:
                await self._plan([part])
        return await store.move(self._connection, self._sweep, SweepState.PAYING, reason=None)

    async def _refusal(self, asset: NetworkAsset, facts: AddressFacts) -> str | None:
        """Why it is not paid after all: prices and balances are others than when it was planned."""
        if facts.amount < self._sweep.chain_amount:
            return f"planned {self._sweep.chain_amount}, there is {facts.amount}"
        if facts.gas.refused is not None:
            return facts.gas.refused
        least = at_least(asset, asset.min_collection)
        if not asset.contract:
            return refusal_of_native(self._sweep.chain_amount, cost=facts.cost, min_collection=least)
        coin = await self._services.coin_of(self._sweep.network)
        return refusal_of_token(asset, coin, self._sweep.chain_amount, cost=facts.cost, min_collection=least)

    async def _plan(self, parts: list[SweepPart]) -> None:
        """One payout for these parts; on chains with accounts there is one."""
        sweep, outputs = self._sweep, []
        for part in parts:
            wallet = await wallet_by_id(self._connection, part.wallet_id)
            assert wallet is not None, part
            assert wallet.address is not None, wallet.name
            outputs.append(PlannedOutput(wallet.address, part.chain_amount, sweep_id=sweep.id))
        plan = PayoutPlan(
            network=sweep.network,
            purpose=Purpose.SWEEP,
            source=Source(sweep.wallet_id, self._sources, sweep.coins),
            outputs=tuple(outputs),
            currency=sweep.currency,
            # Coins pay their own fee; a token's is paid in the coin that was sent for it.
            subtract_fee=self._asset is None or not self._asset.contract,
        )
        payout = await plan_payout(self._connection, plan)
        for part in parts:
            await store.set_payout(self._connection, part, payout.id)

    async def _send_gas(self, missing: int) -> Sweep:
        coin = await self._services.coin_of(self._sweep.network)
        assert coin is not None, "a refusal comes first"
        return await top_up_gas(self._connection, self._sweep, coin, missing)

    async def _gas_there(self) -> Sweep:
        gas = self._sweep.gas_payout_id
        assert gas is not None, self._sweep
        state, reason = (await store.payout_states(self._connection, [gas]))[gas]
        if state not in (PayoutState.CONFIRMED, PayoutState.FAILED):
            return self._sweep
        # Confirmed or not: what the address has and what gas costs is looked at again.
        return await store.move(self._connection, self._sweep, SweepState.PLANNED, reason=reason or None)

    async def _paid(self) -> Sweep:
        parts = await store.parts_of(self._connection, self._sweep.id)
        ids = [part.payout_id for part in parts if part.payout_id is not None]
        states = await store.payout_states(self._connection, ids)
        waiting = [payout for payout, (state, _) in states.items() if state is PayoutState.PLANNED]
        if waiting:
            return await self._begin_again(parts, waiting)
        failed = [reason for state, reason in states.values() if state is PayoutState.FAILED]
        if any(state not in (PayoutState.CONFIRMED, PayoutState.FAILED) for state, _ in states.values()):
            return self._sweep
        if failed:
            return await self._fail(failed[0])
        done = await store.move(self._connection, self._sweep, SweepState.DONE, reason=None)
        contract = self._asset.contract if self._asset else ""
        payments = await store.payments_swept(self._connection, done, contract)
        await note_swept(self._connection, done.network, payments)
        return done

    async def _begin_again(self, parts: list[SweepPart], waiting: list[int]) -> Sweep:
        """Nothing of these payouts was signed: take them back if the coins have gone, or if gas has become dearer."""
        gone = await self._gone(parts, waiting)
        dearer = gone is None and self._lacks_gas(len(waiting))
        if gone is None and not dearer:
            return self._sweep
        reason = gone or "gas has become dearer: it is planned again"
        for payout_id in waiting:
            payout = await payout_store.lock_payout(self._connection, payout_id)
            if payout.state is not PayoutState.PLANNED:
                return self._sweep
            await payout_store.move(self._connection, payout, PayoutState.FAILED, reason=reason)
        if gone is not None or len(waiting) < len(parts):
            # Those that are under way come to their end; what is left is planned again by itself.
            return await self._fail(reason) if len(waiting) == len(parts) else self._sweep
        for part in parts:
            await store.set_payout(self._connection, part, None)
        return await store.move(self._connection, self._sweep, SweepState.PLANNED, reason=reason)

    async def _gone(self, parts: list[SweepPart], waiting: list[int]) -> str | None:
        """Why what was planned is not there any more: a reorganisation, or a token that changes balances."""
        if self._facts is not None:
            wanted = sum(part.chain_amount for part in parts if part.payout_id in waiting)
            return f"planned {wanted}, there is {self._facts.amount}" if self._facts.amount < wanted else None
        missing = await store.missing_coins(self._connection, self._sweep)
        return f"{missing} of its coins are in no block any more, or spent" if missing else None

    def _lacks_gas(self, transfers: int) -> bool:
        token = self._asset is not None and bool(self._asset.contract)
        if not token or self._facts is None or self._facts.gas.refused is not None:
            return False
        return self._facts.lacks(transfers) > 0

    async def _fail(self, reason: str) -> Sweep:
        _log.warning("sweep failed", sweep=self._sweep.id, network=self._sweep.network, reason=reason)
        return await store.move(self._connection, self._sweep, SweepState.FAILED, reason=reason)
