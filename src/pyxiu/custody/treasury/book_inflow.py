"""Enter into the ledger what somebody has paid into a wallet of ours: the operator's own money (T-37).

The watcher lists such a payment and credits nobody. Staff says that it is the operator's, which makes it revenue: it
pays for network fees and covers what the treasury lacks. Invariant: a payment is booked once, and only if it is deep
enough, no transaction of ours made it and no address of ours has sent it. Limit: money of a member that went astray is
credited by other means.
"""

from pyxiu.custody import store as chain_store
from pyxiu.custody.activities import note_activity
from pyxiu.custody.deposits import exception_store
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.treasury import entry_store, move_store
from pyxiu.custody.treasury.book_entries import floor_to_engine, inflow_key
from pyxiu.custody.treasury.model import EntryKind
from pyxiu.kit.errors import PermanentError


class InflowRefusedError(PermanentError):
    """The payment cannot be booked; the text says why."""


async def book_inflow(services: CustodyServices, network: str, payment_id: str, *, actor: str, reason: str) -> int:
    """What is owed to the ledger from now on, in the engine's units. Raises InflowRefusedError."""
    info = next((one for one in await services.assets.networks() if one.key == network), None)
    assets = await services.assets.assets(network) if info else []
    async with services.database.begin() as connection:
        payment = await move_store.wallet_payment(connection, network, payment_id)
        last = await chain_store.last_block(connection, network)
        if info is None or payment is None:
            raise InflowRefusedError(f"no payment {payment_id} into a wallet of ours on {network}")
        asset = next((one for one in assets if one.contract == payment.contract), None)
        if asset is None:
            raise InflowRefusedError(f"{payment_id}: no asset is listed for {payment.contract or 'the coin'}")
        if payment.own:
            raise InflowRefusedError(f"{payment_id} is a transaction of our own")
        if payment.moved:
            raise InflowRefusedError(f"{payment_id} comes from an address of ours: nobody has paid anything in")
        wanted = max(info.min_confirmations, payment.min_depth)
        depth = 0 if payment.block_height is None or last is None else last.height - payment.block_height + 1
        if depth < wanted:
            raise InflowRefusedError(f"{payment_id} has {depth} confirmations, {wanted} are needed")
        amount = floor_to_engine(asset, int(payment.amount))
        made = await entry_store.put_entry(
            connection,
            kind=EntryKind.INFLOW,
            network=network,
            reference=payment_id,
            currency=asset.asset,
            chain_amount=int(payment.amount),
            amount=amount,
            key=inflow_key(network, payment_id),
            actor=actor,
            reason=reason,
        )
        if not made:
            raise InflowRefusedError(f"{payment_id} is booked already")
        listed = await move_store.exception_of(connection, network, payment_id)
        if listed is not None:
            await exception_store.resolve(connection, listed, "own", actor)
        await note_activity(
            connection, actor=actor, action="wallet.book_inflow", about=f"wallet:{payment.wallet}", reason=reason,
            network=network, payment=payment_id, currency=asset.asset, amount=str(amount),
        )  # fmt: skip
    return amount
