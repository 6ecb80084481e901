"""Set the ledger against the chains, asset by asset (I-13).

    reports, skipped = await check_solvency(services, nodes)

The database is read in one snapshot: ledger, payments, payouts and the last scanned block of every network are of one
moment. Outputs are counted there; accounts are asked of the node as of exactly that block. Invariant: nothing is
written, and a difference is either an item with a name or shown as unexplained. Limit: one node's word is taken for
balances of accounts; a chain of outputs is checked against what the watcher has recorded.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from pyxiu.custody.model import NetworkAsset
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.solvency.history import Base
from pyxiu.custody.solvency.model import AssetReport, Item, ItemKind, Skipped
from pyxiu.custody.solvency.snapshot import PaidOut, Snapshot, holdings, paid_out, take

#: Keys of credits that the demo gives its members begin so.
PLAY_MONEY: Final = "demo:"


async def check_solvency(
    services: CustodyServices, nodes: Mapping[str, object]
) -> tuple[list[AssetReport], list[Skipped]]:
    """All assets that move on a scanned network, with everything added up from its rows. `nodes` by network; those of
    accounts are AccountNodes.

    Raises TransientError while the ledger's tables are not at one record, and what a node raises.
    """
    looked = await look(services, nodes)
    return looked.reports, looked.skipped


class Looked(msgspec.Struct, frozen=True):
    """`base`: for the next look; None where one was used."""

    reports: list[AssetReport]
    skipped: list[Skipped]
    base: Base | None


async def look(services: CustodyServices, nodes: Mapping[str, object], base: Base | None = None) -> Looked:
    """The same, and with a base that fits only what has changed since it was taken is read."""
    async with services.database.connect() as plain:
        connection = await plain.execution_options(isolation_level="REPEATABLE READ")
        async with connection.begin():
            snapshot = await take(services, connection, play=PLAY_MONEY, base=base)
    moved = await paid_out(snapshot, nodes)
    reports: list[AssetReport] = []
    skipped: list[Skipped] = []
    for asset, placed in snapshot.assets.items():
        unasked = snapshot.unasked(placed, nodes)
        if unasked:
            skipped.append(Skipped(asset, f"there is no node to ask for {', '.join(unasked)}"))
            continue
        held = {one.network: await holdings(snapshot, one, nodes) for one in placed}
        reports.append(report_of(asset, placed, snapshot, held, moved))
    return Looked(reports, skipped, snapshot.base)


def report_of(
    asset: str,
    placed: Sequence[NetworkAsset],
    snapshot: Snapshot,
    held: Mapping[str, int],
    moved: Sequence[PaidOut],
) -> AssetReport:
    """One asset's report. `held` by network, in the chain's units."""
    decimals = max(one.decimals for one in placed)
    scale = max(decimals, *(one.chain_decimals for one in placed))
    factors = {one.network: _power(scale - one.chain_decimals) for one in placed}
    ledger, unit = snapshot.ledgers[asset], _power(scale - decimals)
    booked = {name: amount * unit for name, amount in ledger.classes.items()}
    networks = set(factors)
    return AssetReport(
        asset=asset,
        decimals=scale,
        seq=snapshot.seq,
        heights={network: snapshot.heights[network].height for network in sorted(networks)},
        holdings=sum(amount * factors[network] for network, amount in held.items()),
        ledger=ledger.total * unit,
        members=ledger.members * unit,
        items=_items(placed, snapshot, moved, factors, booked),
        strange=(*ledger.unknown, *(text for network, text in snapshot.strange if network in networks)),
    )


def _items(
    placed: Sequence[NetworkAsset],
    snapshot: Snapshot,
    moved: Sequence[PaidOut],
    factors: Mapping[str, int],
    booked: Mapping[str, int],
) -> tuple[Item, ...]:
    came: dict[str, int] = {}
    for one in snapshot.paid_in:
        if any((one.network, one.contract) == (asset.network, asset.contract) for asset in placed):
            came[one.kind] = came.get(one.kind, 0) + one.amount * factors[one.network]
    inflows = came.pop("inflow", 0)
    coins = {one.network for one in placed if not one.contract}
    fees = sum(one.fee * factors[one.network] for one in moved if one.network in coins)
    left = sum(
        one.amount * factors[one.network] for one in moved if one.currency == placed[0].asset and one.network in factors
    )
    items = (
        Item(
            ItemKind.DEPOSITS,
            sum(came.values()) - booked.get("deposits", 0),
            _detail(came, booked.get("deposits", 0)),
        ),
        Item(ItemKind.INFLOWS, inflows - booked.get("inflows", 0)),
        # What has left is negative in the ledger's sums too.
        Item(ItemKind.WITHDRAWALS, -left - booked.get("withdrawals", 0)),
        Item(ItemKind.FEES, -fees - booked.get("fees", 0)),
        Item(ItemKind.ADJUSTMENTS, -booked.get("adjustments", 0)),
        Item(ItemKind.PLAY_MONEY, -booked.get("play_money", 0)),
    )
    return tuple(item for item in items if item.amount or item.detail)


def _detail(came: Mapping[str, int], booked: int) -> dict[str, int]:
    """By what keeps each from being credited; `credited` is what the ledger has beyond those, or lacks."""
    detail = {kind: amount for kind, amount in sorted(came.items()) if kind != "credited" and amount}
    credited = came.get("credited", 0) - booked
    return {**detail, **({"credited": credited} if credited else {})}


def _power(exponent: int) -> int:
    power: int = 10**exponent
    return power
