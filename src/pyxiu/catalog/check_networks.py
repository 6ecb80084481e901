"""On which networks the currencies of a seed move: those that their own entries name, and those of their own file.

Invariant: pure; a network that passes has a chain that exists (only fiat has none), a parent that is a coin of the same
chain, and no more digits than the engine holds. Limit: decimals of an asset never change, so a network that has more of
them cannot be added to a currency that exists.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from pyxiu.catalog.engine_rules import asset_decimals
from pyxiu.catalog.model import AssetNetwork, Blockchain, Currency, CurrencyType

#: Says what is wrong with an entry.
Wrong = Callable[[Currency | AssetNetwork, str], None]


def with_networks(
    currencies: Sequence[Currency],
    networks: Sequence[AssetNetwork],
    existing: Mapping[str, Currency],
    chains: Mapping[str, Blockchain],
    wrong: Wrong,
) -> tuple[list[Currency], list[AssetNetwork]]:
    """The new currencies with all their networks, and all new networks, parents before their tokens."""
    return _Networks(currencies, networks, existing, chains, wrong).checked()


class _Networks:
    def __init__(
        self,
        currencies: Sequence[Currency],
        networks: Sequence[AssetNetwork],
        existing: Mapping[str, Currency],
        chains: Mapping[str, Blockchain],
        wrong: Wrong,
    ) -> None:
        self._new = {row.id: row for row in currencies}
        self._apart = networks
        self._existing = existing
        self._chains = chains
        self._wrong = wrong
        self._all = {row.id: list(row.networks) for row in existing.values()}

    def checked(self) -> tuple[list[Currency], list[AssetNetwork]]:
        #: The entry that each network stands in: its currency's, or one of its own.
        entries: list[tuple[Currency | AssetNetwork, AssetNetwork]] = []
        for currency in self._new.values():
            entries += [(currency, row) for row in currency.networks if not self._stands_apart(currency, row)]
        entries += [(row, row) for row in self._apart]
        entries.sort(key=lambda pair: pair[1].parent_id is not None)
        added = [self._add(entry, row) for entry, row in entries]
        return [self._whole(row) for row in self._new.values()], added

    def _stands_apart(self, currency: Currency, network: AssetNetwork) -> bool:
        """Whether another file gives the same network; a fiat currency's only one may be given there."""
        same = [row for row in self._apart if _key(row) == _key(network)]
        if same and network.blockchain_key:
            self._wrong(same[0], f"expected each network once, found it in the entry of currency {currency.id} too")
        return bool(same)

    def _add(self, entry: Currency | AssetNetwork, network: AssetNetwork) -> AssetNetwork:
        currency = self._new.get(network.currency_id) or self._existing.get(network.currency_id)
        if currency is None:
            self._wrong(entry, f"currency_id: expected the id of a currency, found {network.currency_id!r}")
            return network
        network = self._under_its_parent(entry, network)
        if currency.type is CurrencyType.FIAT:
            if network.blockchain_key:
                self._wrong(
                    entry, f"blockchain_key: expected none of a fiat currency, found {network.blockchain_key!r}"
                )
        else:
            network = msgspec.structs.replace(network, deposit_fee=network.deposit_fee * 0)
            self._on_a_chain(entry, network)
        self._fits(entry, network)
        self._all.setdefault(currency.id, []).append(network)
        return network

    def _under_its_parent(self, entry: Currency | AssetNetwork, network: AssetNetwork) -> AssetNetwork:
        """A token lives on its parent's chain unless it says otherwise."""
        if not network.parent_id:
            return network
        coins = [row for row in self._all.get(network.parent_id, ()) if row.blockchain_key and not row.parent_id]
        if not coins:
            self._wrong(entry, f"parent_id: expected a coin without parent, found {network.parent_id!r}")
        elif not network.blockchain_key:
            return msgspec.structs.replace(network, blockchain_key=coins[0].blockchain_key)
        elif all(row.blockchain_key != network.blockchain_key for row in coins):
            self._wrong(entry, f"parent_id: expected a coin on {network.blockchain_key!r}, found {network.parent_id!r}")
        return network

    def _on_a_chain(self, entry: Currency | AssetNetwork, network: AssetNetwork) -> None:
        key = network.blockchain_key
        if key is None:
            self._wrong(entry, "blockchain_key: expected the key of a blockchain (a coin needs one), found nothing")
        elif key not in self._chains:
            self._wrong(entry, f"blockchain_key: expected the key of a blockchain, found {key!r}")

    def _fits(self, entry: Currency | AssetNetwork, network: AssetNetwork) -> None:
        held = self._existing.get(network.currency_id)
        if held is not None and network.subunits > held.decimals:
            self._wrong(
                entry,
                f"subunits: expected at most {held.decimals}, the digits that {held.id} was made with, "
                f"found {network.subunits}",
            )

    def _whole(self, currency: Currency) -> Currency:
        """With all its networks and digits enough for each."""
        networks = tuple(self._all.get(currency.id, ()))
        if not networks and not currency.networks:
            self._wrong(currency, "blockchain_key: expected the key of a blockchain (a coin needs one), found nothing")
        most = max((row.subunits for row in networks), default=0)
        return msgspec.structs.replace(currency, networks=networks, decimals=asset_decimals(most, currency.precision))


def _key(network: AssetNetwork) -> tuple[str, str | None]:
    return network.currency_id, network.blockchain_key
