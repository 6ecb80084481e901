"""No silent stuck (W-8): a payout that is in a state for longer than it should be has an open alarm, until it moves.

Invariant: every state that is not final has its time in `states.py`; parked ones are alarms at once. Limit: an alarm is
seen by whoever looks; it moves nothing.
"""

import datetime

from pyxiu.custody.payouts import store
from pyxiu.custody.payouts.alarms import open_kinds, settle_alarm
from pyxiu.custody.payouts.model import Payout
from pyxiu.custody.payouts.states import FINAL, WATCHES, PayoutState
from pyxiu.custody.services import CustodyServices
from pyxiu.kit.clock import now_of

PREFIX = "payout:"
LOOKED_AT = 2_000


async def watch_states(services: CustodyServices, network: str) -> int:
    """How many payouts are late."""
    now = now_of(services.clock)
    states = [state for state in PayoutState if state not in FINAL]
    async with services.database.begin() as connection:
        open_ones = await store.list_payouts(connection, states=states, network=network, limit=LOOKED_AT)
        late = {f"{PREFIX}{one.id}": told for one in open_ones if (told := _late(one, now)) is not None}
        for kind in await open_kinds(connection, network, PREFIX) - set(late):
            await settle_alarm(connection, network, kind, "")
        for kind, told in late.items():
            await settle_alarm(connection, network, kind, told)
    return len(late)


def _late(payout: Payout, now: datetime.datetime) -> str | None:
    watch = WATCHES[payout.state]
    age_s = (now - payout.state_since).total_seconds()
    if watch.limit_s and age_s < watch.limit_s:
        return None
    told = f"{payout.state} for {int(max(age_s, 0))} s, moved on by the {watch.owner}: {watch.exit}"
    return f"{told}; {payout.reason}" if payout.reason else told
