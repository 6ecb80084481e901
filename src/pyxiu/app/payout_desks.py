"""A desk for each network that has a node here: made when it is first needed, kept as long as the process runs.

Invariant: a network that cannot be paid on (no node, a chain without payouts) has no desk and holds up no other. Limit:
a node's URL is fixed for the life of the process.
"""

from collections.abc import Callable, Mapping
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pyxiu.adapters.chains.payouts import make_payout_chain
from pyxiu.custody.model import NetworkInfo
from pyxiu.custody.payouts.desk import Desk
from pyxiu.custody.payouts.gate import Gate
from pyxiu.custody.payouts.ports import PayoutChain
from pyxiu.custody.payouts.settings import PayoutSettings
from pyxiu.custody.payouts.turns import Turns
from pyxiu.custody.services import CustodyServices
from pyxiu.kit.errors import PermanentError

#: Whose look at the gate an alarm names.
WHO: Final = "scheduler"

_log: Final = structlog.stdlib.get_logger("pyxiu.payouts")


class Desks:
    """`nodes`: URLs by network. `make_chain`: by the chain's name and the URL."""

    def __init__(
        self,
        services: CustodyServices,
        nodes: Mapping[str, str],
        approver: Ed25519PrivateKey,
        settings: PayoutSettings,
        make_chain: Callable[[str, str], PayoutChain] = make_payout_chain,
    ) -> None:
        self._make_chain = make_chain
        self._services = services
        self._nodes = nodes
        self._approver = approver
        self._settings = settings
        self._chains: dict[str, PayoutChain | None] = {}
        self._gates: dict[str, Gate] = {}
        self._turns: dict[str, Turns] = {}
        self._rounds: dict[str, int] = {}

    async def all(self) -> list[Desk]:
        """Of all enabled networks that have a node."""
        desks = []
        for network in await self._services.assets.networks():
            chain = self._chain(network) if network.enabled else None
            if chain is not None:
                turns = self._turns.setdefault(network.key, Turns())
                desks.append(Desk(self._services, network, chain, self._approver, self._settings, turns))
        return desks

    async def in_turn(self, work: str) -> list[Desk]:
        """All of them, for one kind of work, each time from another one on: a job that is cut off while a node hangs
        comes to all networks all the same.
        """
        desks = await self.all()
        first = self._rounds.get(work, 0) % max(1, len(desks))
        self._rounds[work] = first + 1
        return [*desks[first:], *desks[:first]]

    async def of(self, network: str) -> Desk | None:
        return next((desk for desk in await self.all() if desk.key == network), None)

    def gate(self, desk: Desk) -> Gate:
        """The network's gate, which remembers what it has found explained."""
        if desk.key not in self._gates:
            self._gates[desk.key] = Gate(self._services.database, desk.key, desk.chain, self._settings, who=WHO)
        return self._gates[desk.key]

    async def close(self) -> None:
        for chain in self._chains.values():
            if chain is not None:
                await chain.close()

    def _chain(self, network: NetworkInfo) -> PayoutChain | None:
        if network.key not in self._nodes:
            return None
        if network.key not in self._chains:
            try:
                self._chains[network.key] = self._make_chain(network.chain, self._nodes[network.key])
            except PermanentError as error:
                _log.warning("no payouts on this network", network=network.key, reason=str(error))
                self._chains[network.key] = None
        return self._chains[network.key]
