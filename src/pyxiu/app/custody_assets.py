"""The catalog's networks and assets as custody sees them: in integers, without what only people read.

Invariant: a minimum or fee with more digits than the engine holds is rounded up, so it is never less than was written.
Limit: as old as the catalog's picture, a second or so.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal, localcontext
from typing import Final

from pyxiu.catalog.model import AssetNetwork, Blockchain, Currency, NetworkStatus
from pyxiu.catalog.reads import CatalogReader
from pyxiu.custody.model import DepthStep, NetworkAsset, NetworkInfo

#: Options that hold a token's contract, by the names that Peatio has for them.
CONTRACT_OPTIONS: Final = ("erc20_contract_address", "bep20_contract_address", "hrc20_contract_address")
#: As many as numeric(38, 18) times 10^18 has.
_DIGITS: Final = 60


class CatalogAssets:
    """The Assets port over the catalog."""

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog

    async def networks(self) -> Sequence[NetworkInfo]:
        return [_network(chain) for chain in (await self._catalog.picture()).blockchains.values()]

    async def assets(self, network: str) -> Sequence[NetworkAsset]:
        picture = await self._catalog.picture()
        chain = picture.blockchains.get(network)
        if chain is None:
            return []
        return [
            _asset(currency, row, chain)
            for currency in picture.currencies.values()
            for row in currency.networks
            if row.blockchain_key == network and row.status is not NetworkStatus.DISABLED
        ]


def _network(chain: Blockchain) -> NetworkInfo:
    return NetworkInfo(
        key=chain.key,
        name=chain.name,
        chain=chain.chain,
        first_height=chain.height,
        min_confirmations=chain.min_confirmations,
        enabled=chain.status == "active",
        explorer_address=chain.explorer_address,
        explorer_transaction=chain.explorer_transaction,
    )


def _asset(currency: Currency, row: AssetNetwork, chain: Blockchain) -> NetworkAsset:
    def units(amount: Decimal) -> int:
        return units_rounded_up(amount, currency.decimals)

    depths = (DepthStep(units(step.from_amount), step.tradable, step.withdrawable) for step in row.depths_on(chain))
    return NetworkAsset(
        asset=currency.id,
        network=chain.key,
        contract=_contract(row),
        chain_decimals=row.subunits,
        decimals=currency.decimals,
        deposit_enabled=row.deposit_enabled,
        withdrawal_enabled=row.withdrawal_enabled,
        min_deposit=units(row.min_deposit_amount),
        min_collection=units(row.min_collection_amount),
        min_withdrawal=units(row.min_withdraw_amount),
        withdrawal_fee=units(row.withdraw_fee),
        precision=min(currency.precision, row.subunits),
        price=currency.price,
        depths=tuple(depths),
    )


def _contract(row: AssetNetwork) -> str:
    found = [row.options[name] for name in CONTRACT_OPTIONS if row.options.get(name)]
    return str(found[0]).lower() if found else ""


def units_rounded_up(amount: Decimal, decimals: int) -> int:
    """In units of 10^-decimals."""
    with localcontext(prec=_DIGITS):
        return int(amount.scaleb(decimals).to_integral_value(ROUND_CEILING))
