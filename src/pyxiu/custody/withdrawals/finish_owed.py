"""Finish what a crash left: withdrawals and transfers that the engine is owed a command for.

Invariant: every command has its row's key, so that one that was sent before the crash has its effect once; one that
fails does not keep the others waiting. Limit: what is younger than OLDER_S is left to the request that made it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError

from pyxiu.custody.services import CustodyServices
from pyxiu.custody.transfers import store as transfers
from pyxiu.custody.transfers.transfer_funds import deliver_transfer
from pyxiu.custody.withdrawals import store
from pyxiu.custody.withdrawals.deliver import deliver
from pyxiu.kit.errors import TransientError

#: How long the process that wrote a row has for telling the engine itself.
OLDER_S: Final = 5.0
#: Of each kind in one run.
BATCH_MAX: Final = 500

log = structlog.get_logger(__name__)


async def finish_owed(services: CustodyServices, *, older_s: float = OLDER_S) -> int:
    """How many were brought on. Raises the last failure, after all have had their turn."""
    async with services.database.connect() as connection:
        owed = await store.owed_ids(connection, BATCH_MAX, older_s=older_s)
        moving = await transfers.owed_ids(connection, BATCH_MAX, older_s=older_s)
    failures: list[Exception] = []
    done = await _each(owed, lambda number: deliver(services, number), failures)
    done += await _each(moving, lambda number: deliver_transfer(services, number), failures)
    if failures:
        raise failures[-1]
    return done


async def _each(ids: Sequence[int], bring_on: Callable[[int], Awaitable[object]], failures: list[Exception]) -> int:
    done = 0
    for number in ids:
        try:
            await bring_on(number)
            done += 1
        except (TransientError, DBAPIError) as error:
            log.warning("owed_command_not_delivered", id=number, error=repr(error))
            failures.append(error)
    return done
