"""Check solvency from time to time: keep the last report of each asset, and raise an alarm for what does not go away.

Sums are carried on from a base, so that a look costs what is new and not what was ever paid; every hour, and whenever
something differs, everything is added up from its rows. Invariant: an asset that differs, or whose treasury is less
than what members have, is an alarm at the second look at the latest. Limit: one look is not believed, because a node
may be a moment behind the watcher.
"""

from collections.abc import Mapping

import msgspec

from pyxiu.custody.payouts.alarms import settle_alarm
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.solvency import store
from pyxiu.custody.solvency.check_solvency import Looked, look
from pyxiu.custody.solvency.history import BASE_FOR_S, decode, encode
from pyxiu.custody.solvency.model import AssetReport
from pyxiu.kit.decimals import format_decimal

#: Alarms about assets stand under this name where others have a network.
TREASURY = "treasury"
#: How long a difference may be there before it is an alarm.
PATIENCE_S = 30.0


async def watch_solvency(services: CustodyServices, nodes: Mapping[str, object]) -> list[AssetReport]:
    """One look. Raises what nodes raise, and TransientError while the projections differ."""
    looked = await _look(services, nodes)
    reports = looked.reports
    async with services.database.begin() as connection:
        if looked.base is not None:
            await store.put_base(connection, encode(looked.base))
        for report in reports:
            numbers = ("seq", "decimals", "holdings", "ledger", "members", "unexplained")
            await store.put_check(
                connection,
                asset=report.asset,
                items=msgspec.json.encode(report.items).decode(),
                heights=msgspec.json.encode(report.heights).decode(),
                differs=bool(findings_of(report)),
                **{name: getattr(report, name) for name in numbers},
            )
        old = await store.differing(connection, older_s=PATIENCE_S)
        for report in reports:
            told = "; ".join(findings_of(report)) if report.asset in old else ""
            await settle_alarm(connection, TREASURY, f"solvency:{report.asset}", told)
    return reports


async def _look(services: CustodyServices, nodes: Mapping[str, object]) -> Looked:
    """By the stored base if it says that all is well; whatever it finds is looked for again from the first row on."""
    async with services.database.connect() as connection:
        stored = await store.load_base(connection)
    if stored is not None and stored[1] < BASE_FOR_S:
        looked = await look(services, nodes, decode(stored[0]))
        if not any(map(findings_of, looked.reports)):
            return looked
    return await look(services, nodes)


def findings_of(report: AssetReport) -> list[str]:
    """What is wrong with an asset, for people; empty if nothing is."""
    found = []
    asset, decimals = report.asset, report.decimals
    if report.unexplained:
        parts = "; ".join(report.strange) or "nothing is known that could be the reason"
        found.append(
            f"{asset}: the chains hold {_text(report.holdings, decimals)} and the ledger says "
            f"{_text(report.ledger, decimals)}; {_text(report.unexplained, decimals)} of the difference is not "
            f"explained ({parts}). Explained: {_items(report)}"
        )
    if report.short:
        found.append(
            f"{asset}: members have {_text(report.members, decimals)}, {_text(report.covering, decimals)} stand behind "
            f"it, {_text(report.short, decimals)} too little. Known: {_items(report)}"
        )
    return found


def _items(report: AssetReport) -> str:
    told = []
    for item in report.items:
        detail = ", ".join(f"{name} {_text(amount, report.decimals)}" for name, amount in item.detail.items())
        told.append(f"{item.kind} {_text(item.amount, report.decimals)}" + (f" ({detail})" if detail else ""))
    return ", ".join(told) or "nothing"


def _text(amount: int, decimals: int) -> str:
    return format_decimal(amount, decimals)
