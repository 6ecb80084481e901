"""A short storm: any process and any two die under load, and nothing that was told is lost (T-76).

`make chaos` runs a long one, whose report also says how soon everything was back; a busy machine takes its time.
"""

from pathlib import Path

import pytest

from pyxiu.app.demo.members import credentials_of
from tests.chaos.report import as_markdown
from tests.chaos.storm import Round, Storm
from tests.e2e.topologies import SPLIT, server_in
from tests.e2e.traders import Traders
from tests.support.postgres import home_folder

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

ROUNDS = 3
SEED = 11


async def test_t76_whatever_dies_comes_back_unaided_and_nothing_told_is_lost() -> None:
    with home_folder() as home:
        server = server_in(SPLIT, home, gateways=1)
        try:
            await server.start()
            credentials = credentials_of(Path(home))
            assert credentials is not None
            told: list[Round] = []
            storm = Storm(server, Traders(server, credentials, SEED), seed=SEED, back_max_s=float("inf"))
            outcome = await storm.run(ROUNDS, told.append)
            assert outcome.findings == (), as_markdown(outcome)
            assert list(outcome.rounds) == told
            assert outcome.orders > 0
            assert await server.stop() == 0, server.log_tail()
        finally:
            server.kill()
