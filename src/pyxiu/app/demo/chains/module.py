"""The demo's chains as a module: nodes started, catalog and wallets prepared, blocks made while something waits.

Invariant: the nodes are stopped after everything that asks them, and one that ends by itself is a failure. Limit:
`pyxiu up --chains` only.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import structlog

from pyxiu.app.context import Context
from pyxiu.app.control import connect_control
from pyxiu.app.custody_services import custody_services
from pyxiu.app.demo.chains.faucet import demo_node
from pyxiu.app.demo.chains.model import ETHEREUM, LITECOIN, DemoNode
from pyxiu.app.demo.chains.node_process import NodeProcess
from pyxiu.app.demo.chains.nodes import ethereum_process, litecoin_process
from pyxiu.app.demo.chains.prepare import fill_wallets, put_networks, put_wallets
from pyxiu.app.demo.prepare import CommandSender
from pyxiu.app.lifecycle import Module
from pyxiu.app.plugging import key_store_of
from pyxiu.custody.chain import NodeFaultError, NodeUnavailableError

BLOCK_S: Final = 2.0
#: After the last transaction so many blocks more, until all that waits for depth has it.
BLOCKS_AFTER: Final = 8
START_S: Final = 60.0
POLL_S: Final = 0.1

_log = structlog.stdlib.get_logger("pyxiu.demo.chains")


@asynccontextmanager
async def chains(context: Context) -> AsyncIterator[Awaitable[object] | None]:
    urls = context.settings.nodes.faucet
    home = context.settings.home
    processes = {LITECOIN: litecoin_process(home, urls[LITECOIN]), ETHEREUM: ethereum_process(home, urls[ETHEREUM])}
    async with AsyncExitStack() as stack:
        nodes = {network: demo_node(network, urls[network]) for network in processes}
        for network, process in processes.items():
            stack.push_async_callback(process.stop)
            stack.push_async_callback(nodes[network].close)
            await process.start()
        async with _engine(context) as engine:
            await put_networks(context.catalog, engine)
        services = custody_services(context)
        keys = await asyncio.to_thread(key_store_of, context.plugins, context.settings)
        await put_wallets(services, keys)
        await asyncio.gather(*(_begun(processes[network], node) for network, node in nodes.items()))
        await fill_wallets(services, nodes)
        _log.info("the demo's chains are there", networks=sorted(nodes))
        yield _run(processes, nodes)


@asynccontextmanager
async def _engine(context: Context) -> AsyncIterator[CommandSender]:
    """The engine of this process, or the one behind the control socket of this home."""
    if context.has_engine():
        yield context.engine
    else:
        async with connect_control(context.settings.home) as engine:
            yield engine


async def _begun(process: NodeProcess, node: DemoNode) -> None:
    """Wait until the node answers, and bring its chain to where it can be used."""
    async with asyncio.timeout(START_S):
        while True:
            process.check_running()
            try:
                await node.begin()
                return
            except NodeUnavailableError:
                await asyncio.sleep(POLL_S)


async def _run(processes: Mapping[str, NodeProcess], nodes: Mapping[str, DemoNode]) -> None:
    async with asyncio.TaskGroup() as group:
        for process in processes.values():
            group.create_task(process.until_ended())
        for network, node in nodes.items():
            group.create_task(_make_blocks(network, node), name=f"blocks of {network}")


async def _make_blocks(network: str, node: DemoNode) -> None:
    """One every BLOCK_S while something waits, and a few more."""
    left = BLOCKS_AFTER
    while True:
        try:
            if await node.is_busy():
                left = BLOCKS_AFTER
            if left:
                await node.mine()
                left -= 1
        except (NodeUnavailableError, NodeFaultError) as error:
            _log.warning("no block", network=network, error=str(error))
        await asyncio.sleep(BLOCK_S)


CHAINS: Final = Module[Context]("demo-chains", ("demo",), chains)
