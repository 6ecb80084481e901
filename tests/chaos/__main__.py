"""`python -m tests.chaos --seed 1 --rounds 50 --report FOLDER`: a storm on a throw-away exchange, and its report.

Ends with 1 where something was found. `make chaos` runs it.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import msgspec

from pyxiu.app.demo.members import credentials_of
from tests.chaos.report import as_markdown
from tests.chaos.storm import Outcome, Round, Storm
from tests.e2e.topologies import SPLIT, server_in
from tests.e2e.traders import Traders
from tests.support.rabbitmq import RabbitMqNode, server_binary


async def storm(home: Path, *, seed: int, rounds: int, gateways: int, broker: RabbitMqNode | None) -> Outcome:
    """On an exchange of its own in `home`, with a relay if there is a broker."""
    server = server_in(SPLIT, home, gateways=gateways)
    if broker is not None:
        server.variables = {"PYXIU_RABBITMQ_URL": broker.url, "PYXIU_RABBITMQ_DURABLE": "1"}
    try:
        await server.start()
        credentials = credentials_of(home)
        assert credentials is not None, "the demo made them"
        outcome = await Storm(server, Traders(server, credentials, seed), seed=seed).run(rounds, tell)
        assert await server.stop() == 0, server.log_tail()
        return outcome
    finally:
        server.kill()


def tell(one: Round) -> None:
    sys.stderr.write(f"round {one.number}: {' and '.join(one.killed)} killed, back after {one.back_s} s\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--gateways", type=int, default=2)
    parser.add_argument("--report", type=Path, default=Path("chaos-report"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pyxiu-chaos-") as folder:
        home, place = Path(folder) / "home", Path(folder) / "broker"
        Path(folder).chmod(0o711)
        home.mkdir(mode=0o711)
        place.mkdir()
        broker = RabbitMqNode(place) if server_binary() is not None else None
        try:
            if broker is not None:
                broker.start()
            outcome = asyncio.run(
                storm(home, seed=given.seed, rounds=given.rounds, gateways=given.gateways, broker=broker)
            )
        finally:
            if broker is not None:
                broker.stop()
    given.report.mkdir(parents=True, exist_ok=True)
    (given.report / "chaos.json").write_bytes(msgspec.json.format(msgspec.json.encode(outcome), indent=2))
    (given.report / "chaos.md").write_text(as_markdown(outcome), encoding="utf-8")
    sys.stdout.write(as_markdown(outcome))
    return 1 if outcome.findings else 0


if __name__ == "__main__":
    sys.exit(main())
