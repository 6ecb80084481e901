"""What staff can do with a sweep that does not go on by itself: try it again, or give it up.

Invariant: nothing is undone that has left: a sweep whose payouts are under way is not touched. Limit: what is given up
is planned again after a while, because the coins are still there.
"""

from pyxiu.custody.activities import note_activity
from pyxiu.custody.services import CustodyServices
from pyxiu.custody.sweeps import store
from pyxiu.custody.sweeps.model import Sweep
from pyxiu.custody.sweeps.states import SweepState
from pyxiu.kit.errors import PermanentError


class SweepRefusedError(PermanentError):
    """The sweep is in no state for this; the text says which."""


async def retry_sweep(services: CustodyServices, sweep_id: int, *, actor: str, reason: str) -> Sweep:
    """Take up a parked sweep again, with gas counted from nothing. Raises SweepRefusedError."""
    return await _move(services, sweep_id, SweepState.PLANNED, (SweepState.PARKED,), actor=actor, reason=reason)


async def drop_sweep(services: CustodyServices, sweep_id: int, *, actor: str, reason: str) -> Sweep:
    """Give up a sweep of which nothing is under way. Raises SweepRefusedError."""
    before = (SweepState.PLANNED, SweepState.WAITING_GAS, SweepState.PARKED)
    return await _move(services, sweep_id, SweepState.FAILED, before, actor=actor, reason=reason)


async def _move(
    services: CustodyServices,
    sweep_id: int,
    to: SweepState,
    before: tuple[SweepState, ...],
    *,
    actor: str,
    reason: str,
) -> Sweep:
    async with services.database.begin() as connection:
        if await store.find_sweep(connection, sweep_id) is None:
            raise SweepRefusedError(f"no sweep {sweep_id}")
        sweep = await store.lock_sweep(connection, sweep_id)
        if sweep.state not in before:
            raise SweepRefusedError(f"sweep {sweep_id} is {sweep.state}, expected {' or '.join(before)}")
        values = {"gas_tries": 0, "reason": None} if to is SweepState.PLANNED else {"reason": reason}
        after = await store.move(connection, sweep, to, **values)
        await note_activity(
            connection, actor=actor, action=f"sweep.{to.value}", about=f"sweep:{sweep_id}", reason=reason
        )
    return after
