"""One network's hands for paying: the services, the chain, the key that approves payloads, and whose turn it is.

Invariant: the key here approves and cannot sign transactions; the signer's keys cannot approve. Limit: one desk a
network and process.
"""

from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pyxiu.custody.model import NetworkAsset, NetworkInfo
from pyxiu.custody.payouts.ports import PayoutChain
from pyxiu.custody.payouts.settings import PayoutSettings
from pyxiu.custody.payouts.turns import Turns
from pyxiu.custody.services import CustodyServices

#: What an approval signs begins with this, so that no other signature of the key can be taken for one.
APPROVAL: Final = b"pyxiu payout approval 1\0"


@dataclass(frozen=True)
class Desk:
    """`network` as the catalog has it."""

    services: CustodyServices
    network: NetworkInfo
    chain: PayoutChain
    approver: Ed25519PrivateKey
    settings: PayoutSettings = field(default_factory=PayoutSettings)
    #: Kept from pass to pass by whoever keeps desks.
    turns: Turns = field(default_factory=Turns)

    @property
    def key(self) -> str:
        return self.network.key

    async def asset(self, currency: str) -> NetworkAsset | None:
        """A currency's rules on this network; None if it does not move here."""
        return next((one for one in await self.services.assets.assets(self.key) if one.asset == currency), None)

    def approve(self, payload_hash: bytes) -> bytes:
        return self.approver.sign(APPROVAL + payload_hash)
