"""What the treasury's wallets hold on the chains: read, stored with the block, and compared with their bounds.

Outputs are counted in what the watcher has scanned; an account's balance is asked of the node. A hot wallet that cannot
pay what is approved, or that is nearly empty, is an alarm and an event; so is a wallet over its bound. Invariant: an
event is sent once for each time that a wallet becomes low, in the transaction of the alarm. Limit: bounds are in the
platform's currency, so an asset without a price has none that could be checked.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody import store as chain_store
from pyxiu.custody.faults import Faults
from pyxiu.custody.model import NetworkAsset, NetworkInfo
from pyxiu.custody.payouts.ports import AccountChain, PayoutChain
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.sweeps.asset_pass import at_least, destination_of
from pyxiu.custody.sweeps.spread import bound_in_units
from pyxiu.custody.treasury import entry_store, wallet_store
from pyxiu.custody.treasury.model import WalletBalance
from pyxiu.custody.wallets.model import Wallet, WalletKind
from pyxiu.custody.wallets.store import all_wallets
from pyxiu.kit.decimals import format_decimal
from pyxiu.storage.outbox import emit

#: A hot wallet below one part in so many of its bound is low.
LOW_PART: Final = 10
LOW_EVENT: Final = "system.low_hot_wallet_balance"


async def read_balances(services: CustodyServices, chains: Mapping[str, PayoutChain]) -> list[WalletBalance]:
    """Read, store and judge all wallets of networks with a node. Raises TransientError after all had their turn."""
    found: list[WalletBalance] = []
    faults = Faults()
    for network in await services.assets.networks():
        chain = chains.get(network.key)
        if chain is None:
            continue
        with faults.of(network.key):
            found += await _of_network(services, network, chain)
    faults.raise_any()
    return found


async def _of_network(services: CustodyServices, network: NetworkInfo, chain: PayoutChain) -> list[WalletBalance]:
    async with services.database.connect() as connection:
        last = await chain_store.last_block(connection, network.key)
        wallets = [one for one in await all_wallets(connection, network.key) if one.kind is not WalletKind.DEPOSIT]
        outputs = await wallet_store.outputs_held(connection, network.key)
    if last is None:
        return []
    assets = {asset.asset: asset for asset in await services.assets.assets(network.key)}
    balances = []
    for wallet in wallets:
        for asset in _assets_of(wallet, assets):
            if isinstance(chain, AccountChain):
                held = await chain.balance(destination_of(chain, wallet.address), asset.contract)
            elif asset.contract:
                continue
            else:
                held = outputs.get(wallet.id, 0)
            balances.append(
                WalletBalance(
                    wallet_id=wallet.id,
                    currency=asset.asset,
                    chain_amount=held,
                    height=last.height,
                    block_hash=last.hash,
                )
            )
    async with services.database.begin() as connection:
        await wallet_store.put_balances(connection, balances)
    await judge(services, network.key, balances)
    return balances


async def judge(services: CustodyServices, network: str, balances: Sequence[WalletBalance]) -> None:
    """Open and clear the alarms about what a network's wallets hold."""
    assets = {asset.asset: asset for asset in await services.assets.assets(network)}
    async with services.database.begin() as connection:
        wallets = await all_wallets(connection, network)
        await _Judge(connection, network, wallets, assets).judge(balances)


def _assets_of(wallet: Wallet, assets: Mapping[str, NetworkAsset]) -> list[NetworkAsset]:
    """Those that a wallet carries; a fee wallet has the network's own coin, whatever else."""
    return [
        asset
        for asset in assets.values()
        if asset.asset in wallet.currencies or (wallet.kind is WalletKind.FEE and not asset.contract)
    ]


class Finding(msgspec.Struct, frozen=True):
    """`kind` names the alarm; `low` ones are an event too."""

    kind: str
    text: str
    low: bool
    threshold: int = 0


class _Judge:
    """Opens and clears one network's alarms about its wallets."""

    def __init__(
        self, connection: AsyncConnection, network: str, wallets: list[Wallet], assets: Mapping[str, NetworkAsset]
    ) -> None:
        self._connection = connection
        self._network = network
        self._wallets = {wallet.id: wallet for wallet in wallets}
        self._assets = assets

    async def judge(self, balances: Sequence[WalletBalance]) -> None:
        wanted = await wallet_store.wanted(self._connection, self._network)
        for balance in balances:
            wallet, asset = self._wallets[balance.wallet_id], self._assets[balance.currency]
            needed = at_least(asset, wanted.get(asset.asset, 0))
            found = {finding.kind: finding for finding in findings(wallet, asset, balance, needed)}
            for kind in (f"wallet_low:{wallet.name}:{asset.asset}", f"wallet_over:{wallet.name}:{asset.asset}"):
                finding = found.get(kind)
                if finding is None:
                    await chain_store.clear_alarm(self._connection, self._network, kind)
                else:
                    await self._tell(finding, wallet, asset, balance)

    async def _tell(self, finding: Finding, wallet: Wallet, asset: NetworkAsset, balance: WalletBalance) -> None:
        open_already = self._network in await entry_store.alarmed_networks(self._connection, finding.kind)
        await chain_store.raise_alarm(self._connection, self._network, finding.kind, finding.text)
        if finding.low and not open_already:
            record = {
                "wallet": wallet.name,
                "blockchain_key": self._network,
                "currency": asset.asset,
                "balance": format_decimal(balance.chain_amount, asset.chain_decimals),
                "threshold": format_decimal(finding.threshold, asset.chain_decimals),
                "block_number": balance.height,
            }
            await emit(self._connection, LOW_EVENT, record, aggregate=f"wallet:{wallet.name}")


def findings(wallet: Wallet, asset: NetworkAsset, balance: WalletBalance, wanted: int) -> list[Finding]:
    """What is wrong with what a wallet holds. `wanted` is what withdrawals that are approved need, in its units."""
    bound = bound_in_units(wallet.max_balance, asset.price, asset.chain_decimals) if asset.price > 0 else None
    held = balance.chain_amount
    told = format_decimal(held, asset.chain_decimals)
    found = []
    if wallet.kind is WalletKind.HOT:
        threshold = max(wanted, (bound or 0) // LOW_PART)
        if held < threshold:
            least = format_decimal(threshold, asset.chain_decimals)
            text = f"{wallet.name} has {told} {asset.asset}, {least} are needed: move some in from a safer wallet"
            found.append(Finding(f"wallet_low:{wallet.name}:{asset.asset}", text, low=True, threshold=threshold))
    if bound is not None and held > bound and wallet.kind is not WalletKind.COLD:
        most = format_decimal(bound, asset.chain_decimals)
        text = f"{wallet.name} has {told} {asset.asset}, its bound is {most}: `pyxiu wallet move` it to a safer wallet"
        found.append(Finding(f"wallet_over:{wallet.name}:{asset.asset}", text, low=False))
    return found
