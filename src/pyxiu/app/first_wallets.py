"""The wallets that a network needs to begin with, with keys of this instance's own key store.

Invariant: what exists is left alone, so running it again changes nothing; a key that an interrupted run has made is
used. Limit: hot wallets only; what should be kept safer is added by the operator.
"""

from collections.abc import Sequence
from typing import Final

import structlog

from pyxiu.adapters.chains.bitcoin.params import NETWORKS
from pyxiu.adapters.chains.networks import UnknownNetworkError, evm_chain_id
from pyxiu.custody.model import NetworkInfo
from pyxiu.custody.ports import KeyStore
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.wallets import store
from pyxiu.custody.wallets.add_wallet import add_wallet
from pyxiu.custody.wallets.model import NewWallet, Wallet, WalletKind, WalletRefusedError

_UTXO_KINDS: Final = (WalletKind.DEPOSIT, WalletKind.HOT)
_GAS_KINDS: Final = (WalletKind.DEPOSIT, WalletKind.FEE, WalletKind.HOT)

_log = structlog.stdlib.get_logger("pyxiu.wallets")


async def make_first_wallets(
    services: CustodyServices, keys: KeyStore, networks: Sequence[str] = (), *, actor: str
) -> list[Wallet]:
    """Those that were missing, of these networks or of all that are active and whose chain is known."""
    known = {row.key: row for row in await services.assets.networks()}
    unknown = [key for key in networks if key not in known]
    if unknown:
        raise WalletRefusedError(f"no network {unknown[0]!r} in the catalog; there are {', '.join(sorted(known))}")
    wanted = [known[key] for key in networks] or [row for row in known.values() if row.enabled]
    made: list[Wallet] = []
    for network in wanted:
        kinds = _kinds(network, asked=bool(networks))
        for kind in kinds:
            made += await _make(services, keys, network, kind, actor)
    return made


def _kinds(network: NetworkInfo, *, asked: bool) -> tuple[WalletKind, ...]:
    if network.chain in NETWORKS:
        return _UTXO_KINDS
    try:
        evm_chain_id(network.chain)
    except UnknownNetworkError:
        if asked:
            raise
        _log.warning("no wallets: the chain is not known", network=network.key, chain=network.chain)
        return ()
    return _GAS_KINDS


async def _make(
    services: CustodyServices, keys: KeyStore, network: NetworkInfo, kind: WalletKind, actor: str
) -> list[Wallet]:
    async with services.database.connect() as connection:
        same = [row for row in await store.all_wallets(connection, network.key) if row.kind is kind]
    if same:
        return []
    name = f"{network.key}-{kind}"
    xpub = keys.public_keys().get(name) or keys.create(name, network.chain)
    new = NewWallet(name=name, network=network.key, kind=kind, key_id=name, xpub=xpub)
    return [await add_wallet(services, new, actor=actor, reason="the network's first wallets")]
