"""What staff can do about a payout: set it aside, take it up again, take a batch apart, say how it has ended.

Each is kept with who and why. Invariant: nobody can call a payout failed that may still be mined, nor paid while
nothing is in its place on the chain: the end is decided only for one that was never signed, or whose coins or nonce
another transaction has used, deep enough. Limit: who may do it is checked where it is asked for.
"""

from pyxiu.custody.activities import note_activity
from pyxiu.custody.chain import HistoryMissingError
from pyxiu.custody.payouts import reservations, store
from pyxiu.custody.payouts.confirm_payout import look_at_chain
from pyxiu.custody.payouts.desk import Desk
from pyxiu.custody.payouts.model import Payout
from pyxiu.custody.payouts.park_payout import dissolve, is_signed, move_withdrawals, park, resume
from pyxiu.custody.payouts.states import FINAL, PayoutState
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.withdrawals.states import WithdrawalState
from pyxiu.kit.errors import PermanentError


class ActRefusedError(PermanentError):
    """It cannot be done to the payout as it is; the text says why."""


async def park_payout(services: CustodyServices, payout_id: int, *, actor: str, reason: str) -> Payout:
    """Set it aside. Raises ActRefusedError."""
    async with services.database.begin() as connection:
        payout = await store.lock_payout(connection, payout_id)
        if payout.state in FINAL:
            raise ActRefusedError(f"payout {payout_id} is {payout.state}")
        parked = await park(connection, payout, f"set aside by {actor}: {reason}")
        await note_activity(connection, actor=actor, action="payout.park", about=f"payout:{payout_id}", reason=reason)
    return parked


async def resume_payout(services: CustodyServices, payout_id: int, *, actor: str, reason: str) -> Payout:
    """Let it go on from where it can. Raises ActRefusedError."""
    async with services.database.begin() as connection:
        payout = await store.lock_payout(connection, payout_id)
        if payout.state is not PayoutState.PARKED:
            raise ActRefusedError(f"payout {payout_id} is {payout.state}, not parked")
        resumed = await resume(connection, payout)
        await note_activity(connection, actor=actor, action="payout.resume", about=f"payout:{payout_id}", reason=reason)
    return resumed


async def split_payout(services: CustodyServices, payout_id: int, *, actor: str, reason: str) -> list[int]:
    """Make a payout of each of its withdrawals; their ids. Raises ActRefusedError for one that was signed."""
    async with services.database.begin() as connection:
        payout = await store.lock_payout(connection, payout_id)
        if payout.state in FINAL or await is_signed(connection, payout_id):
            raise ActRefusedError(f"payout {payout_id} is {payout.state} and may be on the chain")
        await move_withdrawals(connection, payout_id, WithdrawalState.PAYING)
        made = await dissolve(connection, payout, f"taken apart by {actor}: {reason}")
        await note_activity(
            connection, actor=actor, action="payout.split", about=f"payout:{payout_id}", reason=reason, payouts=made
        )
    return made


async def end_payout(desk: Desk, payout_id: int, *, paid: bool, actor: str, reason: str) -> Payout:
    """Say that a parked payout was paid by what is in its place, or will never be. Raises ActRefusedError."""
    async with desk.services.database.connect() as connection:
        seen = await store.find_payout(connection, payout_id)
        scanned = await reservations.scanned_height(connection, desk.key)
    if seen is None or seen.network != desk.key:
        raise ActRefusedError(f"no payout {payout_id} on {desk.key}")
    try:
        found = await look_at_chain(desk, seen)
    except HistoryMissingError as error:
        raise ActRefusedError(f"what is in the place of payout {payout_id} cannot be told: {error}") from error
    async with desk.services.database.begin() as connection:
        payout = await store.lock_payout(connection, payout_id)
        if payout.state is not PayoutState.PARKED:
            raise ActRefusedError(f"payout {payout_id} is {payout.state}, not parked")
        signed = await is_signed(connection, payout_id)
        if not signed and paid:
            raise ActRefusedError(f"payout {payout_id} was never signed: nothing here has paid it")
        if signed:
            depth = scanned - (found.height if found else 0) + 1
            if found is None or found.strange is None or depth < desk.network.min_confirmations:
                raise ActRefusedError(
                    f"payout {payout_id} may still be mined: nothing else is in its place, {depth} blocks deep"
                )
        if paid:
            assert found is not None, payout_id
            await move_withdrawals(connection, payout_id, WithdrawalState.PAYING)
            ended = await store.move(
                connection, payout, PayoutState.CONFIRMED, txid=found.txid, block_height=found.height
            )
        else:
            await reservations.release(connection, payout_id)
            ended = await store.move(connection, payout, PayoutState.FAILED, reason=reason)
        await note_activity(
            connection, actor=actor, action="payout.settle" if paid else "payout.fail",
            about=f"payout:{payout_id}", reason=reason, txid=None if found is None else found.txid,
        )  # fmt: skip
    return ended
