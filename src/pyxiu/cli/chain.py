"""`pyxiu chain`: look at a node, at how far the watcher is, and at what became of a transaction."""

import os
from typing import Annotated, Final

from cyclopts import Parameter
from sqlalchemy import select

from pyxiu.app.context import Context
from pyxiu.app.custody_services import custody_services
from pyxiu.app.plugging import load_plugins, reader_of
from pyxiu.app.session import database_session
from pyxiu.app.settings import Settings
from pyxiu.app.settings_error import SettingsError
from pyxiu.cli.running import EXIT_FAILED, EXIT_OK, Home, Number, run, settings_for, tell
from pyxiu.custody import store
from pyxiu.custody.chain import Block, NodeFaultError, NodeUnavailableError
from pyxiu.custody.deposits.explain_transaction import explain_transaction
from pyxiu.custody.deposits.wire import time_text
from pyxiu.custody.model import NetworkInfo
from pyxiu.custody.ports import ChainReader
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.tables import chain_alarms
from pyxiu.custody.watcher.rescan import forget_blocks, read_again

NODE_URL = "PYXIU_NODE_URL"
#: Who acts where nobody is named.
OPERATOR: Final = "operator"
Actor = Annotated[str, Parameter(help="Who does this; it is kept.")]
Reason = Annotated[str, Parameter(help="Why; it is kept.")]


def check(network: str, /, *, block: Number | None = None) -> int:
    """Check that a node is on the network it should be on and tells all that is needed of it.

    The node's address, as http://user:password@host:port/, is taken from PYXIU_NODE_URL, because a password on a
    command line can be read by everybody on the machine.

    Parameters
    ----------
    network
        litecoin, bitcoin, ethereum, evm:CHAIN_ID, …
    block
        Read the block at this height; the newest one by default.
    """
    url = os.environ.get(NODE_URL)
    if not url:
        raise SettingsError(f"set {NODE_URL} to the node's address, as http://user:password@host:port/")
    reader = reader_of(load_plugins(settings_for(None)), network, url)
    return run(lambda: _check(network, reader, block))


def status(*, home: Home = None) -> int:
    """Show for each network how far it is scanned, what its node says, and the open alarms."""
    settings = settings_for(home)
    return run(lambda: _status(settings))


def rescan(
    network: str,
    /,
    *,
    from_height: Annotated[int, Parameter(name="--from")],
    forget: bool = False,
    actor: Actor = OPERATOR,
    reason: Reason,
    home: Home = None,
) -> int:
    """Read blocks again, for payments to addresses that were not watched when they were scanned.

    Nothing that was credited is credited twice. Heights below the first one that was scanned are read too.

    Parameters
    ----------
    network
        The network's key in the catalog.
    from_height
        The first block to read.
    forget
        Forget the blocks instead, so that the watcher begins again there, on whatever branch its node follows. Members
        whose deposits are in them cannot withdraw until the watcher has found them again.
    """
    settings = settings_for(home)
    return run(lambda: _rescan(settings, network, from_height, forgetting=forget, actor=actor, reason=reason))


def explain(network: str, txid: str, /, *, home: Home = None) -> int:
    """Say what became of a transaction: whether it is credited, why not, and what comes next.

    Parameters
    ----------
    network
        The network's key in the catalog.
    txid
        The transaction's id as its chain writes it.
    """
    settings = settings_for(home)
    return run(lambda: _explain(settings, network, txid))


async def _check(network: str, reader: ChainReader, height: int | None) -> int:
    try:
        await reader.check()
        tip = await reader.tip()
        print(f"network   {network}")
        print(f"tip       {tip.height}  {tip.hash}")
        [found] = await reader.blocks(*[tip.height if height is None else height] * 2)
        print(_told(found))
    finally:
        await reader.close()
    return EXIT_OK


def _told(block: Block) -> str:
    lines = [
        f"block     {block.height}  {block.hash}",
        f"payments  {len(block.payments)}",
        f"spends    {len(block.spends)}",
    ]
    return "\n".join(lines)


async def _status(settings: Settings) -> int:
    async with database_session(settings) as context:
        services = custody_services(context)
        for network in await services.assets.networks():
            print(await _state_of(context, services, network))
        alarms = await _alarms(services)
    for line in alarms:
        print(line)
    return EXIT_FAILED if alarms else EXIT_OK


async def _state_of(context: Context, services: CustodyServices, network: NetworkInfo) -> str:
    async with services.database.connect() as connection:
        last = await store.last_block(connection, network.key)
    scanned = f"scanned to {last.height}" if last else "nothing scanned"
    state = "" if network.enabled else "  disabled"
    return f"{network.key:<16}  {network.chain:<18}  {scanned}, {await _tip_of(context, network)}{state}"


async def _tip_of(context: Context, network: NetworkInfo) -> str:
    reader = _reader(context, network)
    if reader is None:
        return "no node"
    try:
        return f"the node ends at {(await reader.tip()).height}"
    except (NodeUnavailableError, NodeFaultError) as error:
        return f"the node fails: {error}"
    finally:
        await reader.close()


async def _alarms(services: CustodyServices) -> list[str]:
    query = select(chain_alarms).where(chain_alarms.c.cleared_at.is_(None)).order_by(chain_alarms.c.raised_at)
    async with services.database.connect() as connection:
        return [
            f"ALARM  {row.network}  {row.kind}  since {time_text(row.raised_at)}: {row.text}"
            for row in await connection.execute(query)
        ]


async def _rescan(settings: Settings, key: str, first: int, *, forgetting: bool, actor: str, reason: str) -> int:
    async with database_session(settings) as context:
        services = custody_services(context)
        network = await _network(services, key)
        if network is None or first < 0:
            return EXIT_FAILED
        if forgetting:
            payments = await forget_blocks(services, key, first, actor=actor, reason=reason)
            print(f"{key}: blocks from {first} on are forgotten; {payments} payments wait to be found again")
            return EXIT_OK
        reader = _reader(context, network)
        if reader is None:
            tell(f"{key} has no node: set PYXIU_WATCHER_NODES")
            return EXIT_FAILED
        try:
            await reader.check()
            async for step in read_again(services, key, reader, first, actor=actor, reason=reason):
                print(f"{key}: blocks {step.first} to {step.last}, {step.payments} payments to us", flush=True)
        finally:
            await reader.close()
    return EXIT_OK


async def _explain(settings: Settings, key: str, txid: str) -> int:
    async with database_session(settings) as context:
        services = custody_services(context)
        network = await _network(services, key)
        if network is None:
            return EXIT_FAILED
        reader = _reader(context, network)
        inclusion = None
        if reader is not None:
            try:
                inclusion = await reader.inclusion(txid)
            except (NodeUnavailableError, NodeFaultError) as error:
                tell(f"the node was asked and did not tell: {error}")
            finally:
                await reader.close()
        told = await explain_transaction(services, key, txid, inclusion)
    print("\n".join(told.lines))
    return EXIT_OK if told.found else EXIT_FAILED


async def _network(services: CustodyServices, key: str) -> NetworkInfo | None:
    networks = {network.key: network for network in await services.assets.networks()}
    if key not in networks:
        tell(f"no network {key!r} in the catalog; there are {', '.join(sorted(networks)) or 'none'}")
        return None
    return networks[key]


def _reader(context: Context, network: NetworkInfo) -> ChainReader | None:
    url = context.settings.nodes.watcher.get(network.key)
    return None if url is None else reader_of(context.plugins, network.chain, url)
