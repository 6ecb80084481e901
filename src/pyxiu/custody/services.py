"""What custody's use cases are given by app/, once, at construction."""

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncEngine

from pyxiu.custody.model import NetworkAsset
from pyxiu.custody.ports import Assets, Balances, CommandSender
from pyxiu.custody.settings import CustodySettings
from pyxiu.custody.wallets.ports import AddressBook
from pyxiu.custody.withdrawals.ports import WithdrawalPorts
from pyxiu.kit.clock import Clock, SystemClock


@dataclass(frozen=True)
class CustodyServices:
    """`database` is a pool of custody's own."""

    database: AsyncEngine
    assets: Assets
    engine: CommandSender
    settings: CustodySettings = field(default_factory=CustodySettings)
    clock: Clock = field(default_factory=SystemClock)
    #: Without it a deposit that a chain has taken back is debited whole or not at all.
    balances: Balances | None = None
    #: None in processes that neither give addresses nor make wallets.
    addresses: AddressBook | None = None
    #: What beneficiaries, withdrawals and transfers need; None in processes that take none.
    withdrawal_ports: WithdrawalPorts | None = None

    async def coin_of(self, network: str) -> NetworkAsset | None:
        """The network's own coin, which its fees are paid in; None where it is not listed."""
        return next((asset for asset in await self.assets.assets(network) if not asset.contract), None)

    @property
    def address_book(self) -> AddressBook:
        assert self.addresses is not None, "this process knows no addresses"
        return self.addresses

    @property
    def withdrawing(self) -> WithdrawalPorts:
        assert self.withdrawal_ports is not None, "this process takes no withdrawals"
        return self.withdrawal_ports
