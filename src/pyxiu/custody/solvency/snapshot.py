"""Everything that the solvency check reads of the database, at one moment, and what nodes add to it.

With a base (`history.py`) only what has changed since is read, if the base fits; without one everything is, and a base
for the next time comes of it. Invariant: what a block holds is counted up to the last scanned block of its network and
no further, whatever payouts say. Limit: sums are read, not rows; who wants to know about one payment asks `pyxiu chain
explain`. Transactions that take our coins and are not ours are looked for only where everything is read.
"""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody import store as chain_store
from pyxiu.custody.chain import BlockRef
from pyxiu.custody.model import NetworkAsset
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.solvency import history_store, store
from pyxiu.custody.solvency.history import OPEN_BLOCKS, OPEN_FOR, Base, History, Mark, Sum, minus, plus
from pyxiu.custody.solvency.ports import AccountNode
from pyxiu.kit.errors import TransientError

#: Accounts asked for in one request.
PLACES_PER_REQUEST: Final = 200


class PaidIn(msgspec.Struct, frozen=True):
    """What others have paid us on a network of one asset; `kind` is a state, a reason, `inflow` or `unread`."""

    network: str
    contract: str
    kind: str
    amount: int


class PaidOut(msgspec.Struct, frozen=True):
    """A transaction of ours in a block: what it pays to withdrawals of a currency, and what it has cost."""

    network: str
    currency: str
    amount: int
    fee: int


class Ledger(msgspec.Struct, frozen=True):
    """What all owners have of an asset, what members have, and what came from outside by what stands behind it."""

    total: int
    members: int
    classes: dict[str, int]
    unknown: tuple[str, ...]


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """`accounts`: networks whose coins are balances; `places` by network and contract."""

    seq: int
    heights: dict[str, BlockRef]
    assets: dict[str, list[NetworkAsset]]
    ledgers: dict[str, Ledger]
    paid_in: list[PaidIn]
    outputs: dict[str, int]
    accounts: set[str]
    places: dict[tuple[str, str], list[str]]
    final: list[PaidOut]
    attempts: list[Row[Any]]
    strange: list[tuple[str, str]]
    #: For the next time; None where one was used.
    base: Base | None = None

    def unasked(self, placed: Iterable[NetworkAsset], nodes: Mapping[str, object]) -> list[str]:
        """Networks of an asset whose node would have to be asked, and is not there."""
        return [
            one.network
            for one in placed
            if self.places.get((one.network, one.contract)) and not isinstance(nodes.get(one.network), AccountNode)
        ]


async def take(
    services: CustodyServices, connection: AsyncConnection, *, play: str, base: Base | None = None
) -> Snapshot:
    """Read it; the connection's transaction must be one snapshot. Raises TransientError while projections differ."""
    seq = await store.ledger_seq(connection)
    if seq is None:
        raise TransientError("the tables of accounts and entries are not at one record: wait for the projector")
    heights = await store.scanned(connection)
    assets: dict[str, list[NetworkAsset]] = {}
    for network in heights:
        for asset in await services.assets.assets(network):
            assets.setdefault(asset.asset, []).append(asset)
    if base is not None and await history_store.fits(connection, base.mark, seq):
        since = await history_store.open_since(connection, base.mark, sorted(heights), play=play)
        history, made, strange = plus(base.sums, since), None, []
    else:
        history = await history_store.everything(connection, play=play)
        mark = await mark_of(connection, seq, heights)
        since = await history_store.open_since(connection, mark, sorted(heights), play=play)
        made = Base(mark, minus(history, since))
        strange = [
            (row.network, f"{row.network}: {row.spender} spends {row.amount} of our outputs and is not ours")
            for row in await store.taken(connection)
        ]
    accounts = {key[1] for key in history if key[0] == "paid_in" and key[2] != "output"}
    contracts = sorted({one.contract for placed in assets.values() for one in placed})
    places: dict[tuple[str, str], list[str]] = {}
    for row in await store.places(connection, contracts):
        if row.network in accounts:
            places.setdefault((row.network, row.contract), []).append(row.destination)
    return Snapshot(
        seq=seq,
        heights=heights,
        assets=assets,
        ledgers={asset: await _ledger(connection, asset, history) for asset in assets},
        paid_in=[PaidIn(key[1], key[3], key[4], one.amount) for key, one in history.items() if key[0] == "paid_in"],
        outputs=await store.outputs_held(connection),
        accounts=accounts,
        places=places,
        final=_final(history),
        attempts=await store.open_attempts(connection),
        strange=strange,
        base=made,
    )


async def mark_of(
    connection: AsyncConnection,
    seq: int,
    heights: Mapping[str, BlockRef],
    *,
    open_blocks: int = OPEN_BLOCKS,
    open_for: datetime.timedelta = OPEN_FOR,
) -> Mark:
    """What is closed now."""
    closed = {}
    for network, last in heights.items():
        block = await chain_store.block_at(connection, network, last.height - open_blocks)
        closed[network] = block or BlockRef(-1, "")
    return Mark(seq, await store.now(connection) - open_for, closed)


async def _ledger(connection: AsyncConnection, asset: str, history: History) -> Ledger:
    total, members = await store.ledger_of(connection, asset)
    sums = {key[2]: one for key, one in history.items() if key[:2] == ("entries", asset)}
    strange = sums.get("unknown", Sum(0))
    unknown = (
        [f"{strange.more} entries of {strange.amount} in all that nothing stands for, as {strange.example}"]
        if strange.more
        else []
    )
    return Ledger(total, members, {behind: one.amount for behind, one in sums.items()}, tuple(unknown))


def _final(history: History) -> list[PaidOut]:
    """What has left by final payouts, and what transactions of ours have cost besides."""
    found = []
    for key, one in history.items():
        match key:
            case ("paid_out", network, currency):
                found.append(PaidOut(network, currency, one.amount, one.more))
            case ("other_fees", network):
                found.append(PaidOut(network, "", 0, one.amount))
    return found


async def paid_out(snapshot: Snapshot, nodes: Mapping[str, object]) -> list[PaidOut]:
    """Every transaction of ours that stands in a scanned block; nodes of accounts are asked about those under way."""
    found = [*snapshot.final]
    for row in snapshot.attempts:
        node = nodes.get(row.network)
        if row.network not in snapshot.accounts:
            if row.spends:
                found.append(PaidOut(row.network, row.currency, int(row.amount), int(row.chain_fee)))
        elif isinstance(node, AccountNode):
            inclusion = await node.inclusion(row.txid)
            if inclusion.block is None or inclusion.block.height > snapshot.heights[row.network].height:
                continue
            pays = row.kind != "cancel" and not inclusion.failed
            found.append(
                PaidOut(row.network, row.currency, int(row.amount) if pays else 0, await node.fee_paid(row.txid))
            )
    return found


async def holdings(snapshot: Snapshot, asset: NetworkAsset, nodes: Mapping[str, object]) -> int:
    """What all our addresses on a network hold of an asset at its last scanned block, in the chain's units."""
    if asset.network not in snapshot.accounts:
        return 0 if asset.contract else snapshot.outputs.get(asset.network, 0)
    node = nodes[asset.network]
    assert isinstance(node, AccountNode), asset.network
    block = snapshot.heights[asset.network]
    destinations = snapshot.places.get((asset.network, asset.contract), [])
    held = 0
    for start in range(0, len(destinations), PLACES_PER_REQUEST):
        asked = [(one, asset.contract) for one in destinations[start : start + PLACES_PER_REQUEST]]
        held += sum(await node.balances(asked, block.hash))
    return held
