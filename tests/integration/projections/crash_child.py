"""The process that the crash test kills: a projector that ends when it has reached a record.

python -m tests.integration.projections.crash_child DSN SEQ
"""

import asyncio
import sys

from pyxiu.projections.projector import Projector
from tests.support.projected import reach, running


async def main(dsn: str, seq: int) -> None:
    projector = Projector(dsn, records_max=100)
    async with running(projector) as task:
        await reach(projector, task, seq)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
