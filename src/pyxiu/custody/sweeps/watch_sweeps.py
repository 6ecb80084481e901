"""Alarms about sweeps: what has been in a state for too long, what has failed, what a contract does not let go.

Invariant (W-8): every state that is not final has a limit here. Limit: alarms are told where others are, by
`pyxiu chain status`.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody.payouts.alarms import settle_alarm
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.sweeps import store
from pyxiu.custody.sweeps.address_facts import REFUSED
from pyxiu.custody.sweeps.states import WATCHES

#: Ids that an alarm names.
NAMED_MAX = 20


async def watch_sweeps(services: CustodyServices) -> None:
    for network in await services.assets.networks():
        async with services.database.begin() as connection:
            await _watch_states(connection, network.key)
            await settle_alarm(connection, network.key, "sweeps_failed", await _failed(connection, network.key))
            await settle_alarm(connection, network.key, "sweeps_refused", await _refused(connection, network.key))


async def _watch_states(connection: AsyncConnection, network: str) -> None:
    for state, watch in WATCHES.items():
        ids = await store.stuck(connection, network, state, older_s=watch.limit_s)
        told = f"sweeps {_named(ids)} are {state} for more than {watch.limit_s} s: {watch.exit}" if ids else ""
        await settle_alarm(connection, network, f"sweeps_{state}", told)


async def _failed(connection: AsyncConnection, network: str) -> str:
    failed = await store.unrepaired(connection, network)
    if not failed:
        return ""
    _, currency, reason = failed[-1]
    return f"sweeps {_named([one for one, _, _ in failed])} failed, {currency}: {reason}; they are planned again"


async def _refused(connection: AsyncConnection, network: str) -> str:
    refused = await store.refused_dust(connection, network, REFUSED)
    return "; ".join(
        f"{count} addresses hold {currency} that its contract does not let go" for currency, count in refused
    )


def _named(ids: list[int]) -> str:
    more = f" and {len(ids) - NAMED_MAX} more" if len(ids) > NAMED_MAX else ""
    return ", ".join(map(str, ids[:NAMED_MAX])) + more
