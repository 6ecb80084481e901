"""What ends an exception: the rule that made it no longer holds, or staff decides.

Invariant: a payment that is credited in the end goes the way of every deposit, with the same key. Limit: staff credits
only what could be credited; what cannot be counted is dismissed, and paid by other means.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.custody import store as chain_store
from pyxiu.custody.activities import note_activity
from pyxiu.custody.deposits import exception_store
from pyxiu.custody.deposits.add_deposits import add_deposits, deposit_row
from pyxiu.custody.deposits.classify import Context, ToCredit, classify
from pyxiu.custody.deposits.model import CREDITABLE, Deposit, Listed, Reason
from pyxiu.custody.services import CustodyServices


async def look_again(services: CustodyServices, network: str) -> int:
    """Let payments be read again whose exception may have ended by itself; how many."""
    enabled = [asset.asset for asset in await services.assets.assets(network) if asset.deposit_enabled]
    async with services.database.begin() as connection:
        await chain_store.lock_network(connection, network)
        taken = await exception_store.look_again(connection, network, Reason.DEPOSITS_DISABLED, enabled)
        return taken + await exception_store.look_again(connection, network, Reason.UNVERIFIED)


async def credit_exception(services: CustodyServices, exception_id: int, *, actor: str, reason: str) -> Deposit | str:
    """Make a deposit of a listed payment by staff's decision; or why that cannot be."""
    async with services.database.begin() as connection:
        listed = await exception_store.find(connection, exception_id)
        if listed is None or listed.resolved_at is not None:
            return f"no open exception {exception_id}"
        if listed.reason not in CREDITABLE:
            return f"{listed.reason}: there is nothing that could be credited"
        await chain_store.lock_network(connection, listed.network)
        made = await _make_deposit(services, connection, listed)
        if isinstance(made, str):
            return made
        await exception_store.resolve(connection, exception_id, "credited", actor)
        await _note(connection, listed, "credit", actor, reason)
        return made


async def dismiss_exception(services: CustodyServices, exception_id: int, *, actor: str, reason: str) -> str | None:
    """Take a listed payment off the list without crediting it; or why that cannot be."""
    async with services.database.begin() as connection:
        listed = await exception_store.find(connection, exception_id)
        if listed is None or listed.resolved_at is not None:
            return f"no open exception {exception_id}"
        await exception_store.resolve(connection, exception_id, "dismissed", actor)
        await _note(connection, listed, "dismiss", actor, reason)
        return None


async def _make_deposit(services: CustodyServices, connection: AsyncConnection, listed: Listed) -> Deposit | str:
    [found] = [
        payment
        for payment in await exception_store.of_transaction(connection, listed.network, _txid(listed))
        if payment.payment_id == listed.payment_id
    ]
    if found.block_height is None:
        return "its transaction is in no block of the chain"
    verdict = classify(found, await services.assets.assets(listed.network), Context(forced=True))
    if not isinstance(verdict, ToCredit):
        return f"{verdict.reason}: {verdict.text}"
    last = await chain_store.last_block(connection, listed.network)
    height = last.height if last else None
    [made] = await add_deposits(connection, listed.network, [deposit_row(found, verdict)], height)
    return made


def _txid(listed: Listed) -> str:
    return listed.payment_id.partition(":")[0]


async def _note(connection: AsyncConnection, listed: Listed, action: str, actor: str, reason: str) -> None:
    await note_activity(
        connection,
        actor=actor,
        action=f"deposit_exception.{action}",
        about=f"payment:{listed.network}:{listed.payment_id}",
        reason=reason,
        listed_for=listed.reason.value,
    )
