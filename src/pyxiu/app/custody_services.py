"""What custody is plugged with on this instance: its pool, the catalog's rules, chains' addresses, the engine.

Invariant: no key and no node's URL is here; those belong to the processes that may have them. Limit: built once for
each process; without an engine (a command that only writes rows) whatever moves funds fails loudly.
"""

from collections.abc import Sequence

import msgspec
import structlog

from pyxiu.app.context import Context
from pyxiu.app.custody_assets import CatalogAssets
from pyxiu.app.custody_members import CatalogRules, IdentityMembers
from pyxiu.app.plugging import PluggedAddresses
from pyxiu.app.settings import Settings
from pyxiu.app.withdrawal_settings import withdrawals_weaker_than_default
from pyxiu.catalog.reads import CatalogReader
from pyxiu.core.outcomes import Outcome
from pyxiu.custody.ports import Balances
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.settings import CustodySettings
from pyxiu.custody.withdrawals.ports import NoRisk, WithdrawalPorts
from pyxiu.engine.errors import EngineStoppedError
from pyxiu.identity.services import IdentityServices

log = structlog.stdlib.get_logger("pyxiu.custody")


class NoEngine:
    """Stands in for the engine where there is none."""

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]:
        raise EngineStoppedError(f"{len(commands)} commands for the engine, and this process has none")


def custody_services(
    context: Context,
    catalog: CatalogReader | None = None,
    identity: IdentityServices | None = None,
    balances: Balances | None = None,
) -> CustodyServices:
    """Everything that use cases of custody are given. `catalog`: the reader that this process has already; `identity`
    and `balances`: those of its members, in a process that takes withdrawals.
    """
    catalog = catalog or CatalogReader(context.catalog)
    settings = custody_settings(context.settings)
    ports = None if identity is None else withdrawal_ports(identity, catalog)
    if ports is not None:
        _tell_of_withdrawals(settings, ports)
    return CustodyServices(
        database=context.custody,
        assets=CatalogAssets(catalog),
        settings=settings,
        balances=balances,
        withdrawal_ports=ports,
        engine=context.engine if context.has_engine() else NoEngine(),
        addresses=PluggedAddresses(lambda: context.plugins),
    )


def custody_settings(settings: Settings) -> CustodySettings:
    level = settings.access.levels.withdraw
    return CustodySettings(withdrawals=msgspec.structs.replace(settings.withdrawals, level=level))


def withdrawal_ports(identity: IdentityServices, catalog: CatalogReader) -> WithdrawalPorts:
    return WithdrawalPorts(
        members=IdentityMembers(identity), rules=CatalogRules(catalog), sealer=identity.sealer, risk=NoRisk()
    )


def _tell_of_withdrawals(settings: CustodySettings, ports: WithdrawalPorts) -> None:
    """Say at the start what is weaker than it could be."""
    for finding in withdrawals_weaker_than_default(settings.withdrawals):
        log.warning(finding)
    log.info("risk service of withdrawals", name=ports.risk.name)
