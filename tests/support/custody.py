"""Custody's use cases on a real database, with fixed assets and an engine whose core is the real one.

    engine = recording_engine()
    engine.fund("alice", "ltc", 10**8)
    async with running_custody(database_dsn, engine=engine) as services:
        ...

Litecoin carries ltc (8 decimals), Ethereum carries eth (18) and usdt (6 on the chain, 18 in the engine).
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import msgspec

from pyxiu.adapters.chains.address_book import ChainAddressBook
from pyxiu.adapters.chains.bitcoin.addresses import account_xpub
from pyxiu.adapters.chains.bitcoin.params import NETWORKS
from pyxiu.adapters.chains.evm.addresses import evm_account_xpub
from pyxiu.core import codec
from pyxiu.core.commands import Command, CreditDeposit, DebitDeposit, PutAsset, PutMember
from pyxiu.core.money import pack
from pyxiu.core.outcomes import Outcome, Record
from pyxiu.core.types import AssetId, MemberId
from pyxiu.custody.model import DepthStep, NetworkAsset, NetworkInfo
from pyxiu.custody.ports import Assets
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.wallets.add_wallet import add_wallet
from pyxiu.custody.wallets.model import NewWallet, Wallet, WalletKind
from pyxiu.storage.orm import open_database
from tests.support.cores import CORES, NOW_NS
from tests.support.litecoind import CHAIN

LITECOIN = NetworkInfo("litecoin", "Litecoin", CHAIN, first_height=1, min_confirmations=6)
ETHEREUM = NetworkInfo("ethereum", "Ethereum", "evm:31337", first_height=1, min_confirmations=12)
USDT_CONTRACT = "0x00000000000000000000000000000000000000aa"
DEPTHS = (DepthStep(0, 1, 3),)


def network_asset(asset: str, network: str, **fields: Any) -> NetworkAsset:
    """An asset without minimums and fees that may move freely, but for what is given."""
    given = {
        "contract": "",
        "chain_decimals": 8,
        "decimals": 8,
        "deposit_enabled": True,
        "withdrawal_enabled": True,
        "min_deposit": 0,
        "min_collection": 0,
        "min_withdrawal": 0,
        "withdrawal_fee": 0,
        "precision": 8,
        "price": Decimal(1),
        "depths": DEPTHS,
        **fields,
    }
    return NetworkAsset(asset=asset, network=network, **given)


LTC = network_asset("ltc", "litecoin", price=Decimal(100))
ETH = network_asset("eth", "ethereum", chain_decimals=18, decimals=18, price=Decimal(2000))
USDT = network_asset("usdt", "ethereum", contract=USDT_CONTRACT, chain_decimals=6, decimals=18)


class FixedAssets:
    """The catalog's rules as a test sets them; `change` replaces fields of one asset."""

    def __init__(
        self,
        networks: Iterable[NetworkInfo] = (LITECOIN, ETHEREUM),
        assets: Iterable[NetworkAsset] = (LTC, ETH, USDT),
    ) -> None:
        self.all_networks = {network.key: network for network in networks}
        self.all_assets = {(asset.network, asset.asset): asset for asset in assets}

    async def networks(self) -> Sequence[NetworkInfo]:
        return list(self.all_networks.values())

    async def assets(self, network: str) -> Sequence[NetworkAsset]:
        return [asset for asset in self.all_assets.values() if asset.network == network]

    def change(self, asset: str, network: str, **fields: Any) -> NetworkAsset:
        changed = msgspec.structs.replace(self.all_assets[network, asset], **fields)
        self.all_assets[network, asset] = changed
        return changed

    def change_network(self, network: str, **fields: Any) -> NetworkInfo:
        changed = msgspec.structs.replace(self.all_networks[network], **fields)
        self.all_networks[network] = changed
        return changed


class RecordingEngine:
    """A CommandSender over a real core in memory; `commands` are those that were sent, refused ones too.

    `before` and `after` are called with each sent command and may raise: nothing was taken, or nobody heard the answer.
    """

    def __init__(self, *assets: tuple[str, int]) -> None:
        self.core = CORES["python"]()
        self.commands: list[Command] = []
        self.records: list[Record] = []
        self.before: Callable[[Command], None] = lambda _command: None
        self.after: Callable[[Command], None] = lambda _command: None
        self._do(*(PutAsset(AssetId(asset), decimals) for asset, decimals in assets))

    async def submit_many(self, commands: Sequence[bytes]) -> list[Outcome]:
        decoded = [codec.decode_command(command) for command in commands]
        for command in decoded:
            self.before(command)
        self.commands += decoded
        outcomes = self._submit(commands)
        for command in decoded:
            self.after(command)
        return outcomes

    def member(self, uid: str) -> None:
        self._do(PutMember(MemberId(uid)))

    def fund(self, uid: str, asset: str, amount: int, *, key: str = "") -> None:
        """A member that exists, with `amount` more of an asset; not among `commands`."""
        self.member(uid)
        self._do(CreditDeposit(key or f"fund:{len(self.records)}", MemberId(uid), AssetId(asset), pack(amount)))

    def take(self, uid: str, asset: str, amount: int) -> None:
        """The member has so much less; not among `commands`."""
        key = f"take:{len(self.records)}"
        self._do(DebitDeposit(key, MemberId(uid), AssetId(asset), pack(amount)))

    def balance(self, uid: str, asset: str) -> tuple[int, int]:
        """What is available and what is held."""
        views = self.core.accounts(MemberId(uid))
        return next(((view.available, view.held) for view in views if view.asset == asset), (0, 0))

    def sent(self, kind: type[Command]) -> list[Any]:
        """The commands of one kind, in the order in which they were sent."""
        return [command for command in self.commands if isinstance(command, kind)]

    def _do(self, *commands: Command) -> None:
        outcomes = self._submit([codec.encode_command(command) for command in commands])
        refused = [outcome for outcome in outcomes if outcome.rejection]
        assert not refused, refused

    def _submit(self, commands: Sequence[bytes]) -> list[Outcome]:
        submitted = self.core.submit(codec.encode_batch(commands), NOW_NS)
        self.records += codec.decode_records(submitted.records)
        return codec.decode_outcomes(submitted.outcomes)


def recording_engine(assets: FixedAssets | None = None) -> RecordingEngine:
    """An engine that knows these assets."""
    known = {asset.asset: asset.decimals for asset in (assets or FixedAssets()).all_assets.values()}
    return RecordingEngine(*known.items())


def custody_services(
    dsn: str, *, engine: Any = None, assets: Assets | None = None, pool_size: int = 8, **fields: Any
) -> CustodyServices:
    """`fields` are those of CustodyServices; close with `await services.database.dispose()`."""
    assets = assets or FixedAssets()
    if engine is None:
        engine = recording_engine(assets if isinstance(assets, FixedAssets) else None)
    database = open_database(dsn, "pyxiu test custody", pool_size=pool_size)
    given = {"addresses": ChainAddressBook(), **fields}
    return CustodyServices(database=database, assets=assets, engine=engine, **given)


@asynccontextmanager
async def running_custody(dsn: str, **fields: Any) -> AsyncIterator[CustodyServices]:
    services = custody_services(dsn, **fields)
    try:
        yield services
    finally:
        await services.database.dispose()


def xpub_of(seed: bytes, chain: str) -> str:
    """The extended public key of account 0 below a seed."""
    return account_xpub(seed, NETWORKS[chain]) if chain in NETWORKS else evm_account_xpub(seed)


async def a_wallet(
    services: CustodyServices, network: str, kind: WalletKind = WalletKind.DEPOSIT, **fields: Any
) -> Wallet:
    """A wallet of a key of its own, named after network and kind; `fields` are those of NewWallet."""
    chain = next(row.chain for row in await services.assets.networks() if row.key == network)
    name = f"{network}-{kind}"
    given = {"name": name, "xpub": xpub_of(name.encode().ljust(32, b"."), chain), "key_id": name, **fields}
    return await add_wallet(services, NewWallet(network=network, kind=kind, **given), actor="operator", reason="test")
