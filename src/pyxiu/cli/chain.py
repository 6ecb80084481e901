"""`pyxiu chain`: look at a node before anything depends on it."""

import os

from pyxiu.adapters.chains.networks import make_reader
from pyxiu.app.settings_error import SettingsError
from pyxiu.cli.running import EXIT_OK, run
from pyxiu.custody.chain import Block
from pyxiu.custody.ports import ChainReader

NODE_URL = "PYXIU_NODE_URL"


def check(network: str, /, *, block: int | None = None) -> int:
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
    reader = make_reader(network, url)
    return run(lambda: _check(network, reader, block))


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
