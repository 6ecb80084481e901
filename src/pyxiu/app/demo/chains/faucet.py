"""Coins of the demo's private chains for members who ask: the API's port `Faucet`.

Invariant: only chains that are private are given from, whatever the settings name. Limit: one gift a member and
currency every PAUSE_S, counted in this process.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from pyxiu.api.faucet import Offer
from pyxiu.app.demo.chains.ethereum import EthereumNode
from pyxiu.app.demo.chains.litecoin import LitecoinNode
from pyxiu.app.demo.chains.model import ETHEREUM, GIFTS, LITECOIN, DemoNode

PAUSE_S: Final = 5.0
_NODES: Final[dict[str, Callable[[str], DemoNode]]] = {LITECOIN: LitecoinNode, ETHEREUM: EthereumNode}


def demo_node(network: str, url: str) -> DemoNode:
    """The node of one of the demo's chains."""
    return _NODES[network](url)


class DemoFaucet:
    """`urls` of nodes by their networks."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._nodes = {network: demo_node(network, url) for network, url in urls.items() if network in _NODES}
        self._last_s: dict[tuple[str, str], float] = {}

    def offers(self) -> Sequence[Offer]:
        return [Offer(gift.currency, gift.network, gift.amount) for gift in GIFTS if gift.network in self._nodes]

    async def give(self, uid: str, offer: Offer, address: str) -> str | None:
        gift = next(gift for gift in GIFTS if (gift.currency, gift.network) == (offer.currency, offer.network))
        now_s = asyncio.get_running_loop().time()
        self._last_s = {key: at_s for key, at_s in self._last_s.items() if now_s - at_s < PAUSE_S}
        if (uid, gift.currency) in self._last_s:
            return None
        self._last_s[uid, gift.currency] = now_s
        return await self._nodes[gift.network].give(gift.currency, address, gift.chain_amount)
