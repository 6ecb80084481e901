"""The part of `pyxiu audit` that is about coins: custody's tables, and the ledger against the chains.

Invariant: nodes are only read from, and none is asked that is not needed: what the watcher has recorded is enough for
chains of outputs. Limit: without a node of a chain of accounts its assets are passed over, which is said.
"""

from pyxiu.app.context import Context
from pyxiu.app.custody_services import custody_services
from pyxiu.app.plugging import payout_chain_of
from pyxiu.custody.audit_checks import CustodyResult, check_custody
from pyxiu.custody.payouts.ports import PayoutChain
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.solvency.check_solvency import check_solvency
from pyxiu.custody.solvency.watch_solvency import findings_of
from pyxiu.kit.errors import Fault, PermanentError

SOLVENCY = ("solvency", "What the chains hold is what the ledger says, and covers what members have.", ("I-13",))


async def audit_wallets(context: Context) -> tuple[list[CustodyResult], str | None]:
    """All results, the last is solvency; and why that one could not be had, for all assets or for some."""
    async with context.custody.connect() as connection:
        snapshot = await connection.execution_options(isolation_level="REPEATABLE READ")
        results = await check_custody(snapshot)
    services = custody_services(context)
    chains = await _chains(context, services)
    skipped = None
    findings: list[str] = []
    try:
        reports, passed_over = await check_solvency(services, chains)
        findings = [finding for report in reports for finding in findings_of(report)]
        skipped = "; ".join(f"{one.asset}: {one.why}" for one in passed_over) or None
    except Fault as error:
        skipped = str(error)
    finally:
        for chain in chains.values():
            await chain.close()
    return [*results, CustodyResult(*SOLVENCY, tuple(findings))], skipped


async def _chains(context: Context, services: CustodyServices) -> dict[str, PayoutChain]:
    """Those that have a node to read from here."""
    nodes = context.settings.nodes.watcher
    chains: dict[str, PayoutChain] = {}
    for network in await services.assets.networks():
        if network.key in nodes:
            try:
                chains[network.key] = payout_chain_of(context.plugins, network.chain, nodes[network.key])
            except PermanentError:
                continue
    return chains
