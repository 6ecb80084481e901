"""Write down what transactions have cost that were ours and that no payout tells the fee of.

Those are moves that others have signed, what was adopted after a backup was restored, and what took a payout's place
and pays the same. Invariant: no more is written down than the chain has charged, so that what a transaction pays to
strangers never counts as a fee; and no more than has left us beside what was to be paid, so that what others have put
in never counts as ours. Limit: known when a scanned block has it; a transaction whose fee others have paid has none.
"""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from sqlalchemy import Row

from pyxiu.custody.chain import NodeFaultError, NodeUnavailableError
from pyxiu.custody.payouts.ports import AccountChain, PayoutChain, UtxoChain
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.treasury import entry_store, move_store
from pyxiu.custody.treasury.book_entries import fee_key, share_of_fee
from pyxiu.custody.treasury.model import EntryKind

PAGE: Final = 100

_log = structlog.stdlib.get_logger("pyxiu.treasury")


async def note_other_fees(services: CustodyServices, chains: Mapping[str, PayoutChain]) -> int:
    """How many were written down."""
    noted = 0
    for network, chain in chains.items():
        after = ""
        while waiting := await _waiting(services, network, after):
            for row in waiting:
                noted += await _note(services, network, chain, row)
            after = waiting[-1].fact
    return noted


async def _waiting(services: CustodyServices, network: str, after: str) -> list[Row[Any]]:
    """The next page: some have no fee and wait for ever, and none of the others waits behind them."""
    async with services.database.connect() as connection:
        return await move_store.without_fee(connection, network, after=after, limit=PAGE)


async def _note(services: CustodyServices, network: str, chain: PayoutChain, row: Row[Any]) -> bool:
    try:
        found = await _fee_of(services, network, chain, row.fact)
    except (NodeUnavailableError, NodeFaultError) as error:
        _log.warning("a fee is not known yet", network=network, fact=row.fact, error=str(error))
        return False
    coin = await services.coin_of(network)
    if found is None or coin is None:
        return False
    txid, fee = found
    async with services.database.begin() as connection:
        await entry_store.lock_entries(connection)
        return await entry_store.put_entry(
            connection,
            kind=EntryKind.NETWORK_FEE,
            network=network,
            reference=txid,
            currency=coin.asset,
            chain_amount=fee,
            amount=await share_of_fee(connection, network, coin, fee),
            key=fee_key(network, txid),
            reason=row.reason,
        )


async def _fee_of(services: CustodyServices, network: str, chain: PayoutChain, fact: str) -> tuple[str, int] | None:
    """The transaction and its fee. A fact is a transaction's id, or `address:nonce`."""
    if isinstance(chain, AccountChain):
        address, _, nonce = fact.rpartition(":")
        spend = await chain.taken_by(address, int(nonce)) if address else None
        txid = fact if not address else spend.txid if spend else None
        return None if txid is None else (txid, await chain.fee_paid(txid))
    return await _fee_of_outputs(services, network, chain, fact)


async def _fee_of_outputs(
    services: CustodyServices, network: str, chain: UtxoChain, txid: str
) -> tuple[str, int] | None:
    async with services.database.connect() as connection:
        flow = await move_store.flow_of(connection, network, txid)
    if flow is None:
        return None
    charged = await chain.fee_paid(txid)
    if charged is None:
        # The node does not have all that it spends: then it is told only where all of that is ours.
        spend = await chain.spends(txid, flow.height)
        charged = 0 if spend is None else int(flow.spent) - sum(amount for _, _, amount in spend.pays)
    fee = min(charged, int(flow.spent - flow.back - flow.paid))
    return (txid, fee) if fee > 0 else None
