"""`pyxiu bench …`: figures as JSON on standard output, progress on standard error."""

import os
from typing import Any

import msgspec

from pyxiu.cli.progress import progress_bar
from pyxiu.cli.running import EXIT_OK, Home, run, settings_for, tell

ROUNDS = 3


def core(*, commands: int = 200_000, rounds: int = 5) -> int:
    """The core alone: cost per command against a msgpack round trip, growth with the book, memory.

    Parameters
    ----------
    commands
        How many commands are measured in the typical market.
    rounds
        Medians are taken over so many rounds.
    """
    _print(_core(commands, rounds))
    return EXIT_OK


def e2e(
    *,
    seconds: int = 8,
    rounds: int = ROUNDS,
    connections: int = 256,
    projector: bool = True,
    split: bool = False,
    gateways: tuple[int, ...] = (1, 2),
    home: Home = None,
) -> int:
    """Single and batched orders over HTTP, acknowledged after commit, against a no-op route of the same server.

    Parameters
    ----------
    seconds
        How long each kind is measured in each round.
    rounds
        Medians are taken over so many rounds.
    connections
        Clients that send single orders at the same time.
    projector
        Run the projections in the same process, as `pyxiu up` does.
    split
        Measure the engine and the API as processes of their own too, right after the single process in each round.
    gateways
        With --split: how many processes of the API there are; several numbers are measured one after another.
    """
    settings = settings_for(home)

    async def measure() -> int:
        from pyxiu.cli.bench.e2e import Load, bench_e2e

        services = ("engine", "projector", "api") if projector else ("engine", "api")
        load = Load(seconds, rounds, connections)
        figures = await bench_e2e(settings, load, services=services, gateways=gateways if split else (), progress=_tell)
        _print(figures)
        return EXIT_OK

    return run(measure)


def stream(
    *,
    clients: tuple[int, ...] = (1_000, 5_000),
    changes: int = 30,
    seconds: int = 5,
    rounds: int = ROUNDS,
    home: Home = None,
) -> int:
    """One change of a book to thousands of clients, against a bare loop; orders over sockets, against HTTP.

    Parameters
    ----------
    clients
        How many clients get each change; several numbers are measured one after another.
    changes
        How many changes a round has.
    seconds
        How long each kind of order entry is measured in each round.
    rounds
        Medians are taken over so many rounds.
    """
    settings = settings_for(home)

    async def measure() -> int:
        from pyxiu.cli.bench.stream import bench_stream

        figures = await bench_stream(
            settings, clients=clients, changes=changes, seconds=seconds, rounds=rounds, progress=_tell
        )
        _print(figures)
        return EXIT_OK

    return run(measure)


def recovery(*, records: int = 1_000_000, home: Home = None) -> int:
    """How long a start takes from the journal alone, and from a snapshot with a tail.

    Parameters
    ----------
    records
        The length of the journal, 300000 at least.
    """
    settings = settings_for(home)

    async def measure() -> int:
        from pyxiu.cli.bench.recovery import bench_recovery

        with progress_bar("records") as advance:
            figures = await bench_recovery(settings, records=max(300_000, records), progress=advance)
        _print(figures)
        return EXIT_OK

    return run(measure)


def watcher(
    *,
    blocks: int = 10,
    transactions: int = 3_000,
    addresses: int = 1_000_000,
    deposits: int = 1_000,
    home: Home = None,
) -> int:
    """Full blocks against many watched addresses, and a block with many deposits until all are in the books.

    A real node of the Bitcoin family is measured too, by its newest block, where PYXIU_NODE_URL names one.

    Parameters
    ----------
    blocks
        How many blocks are scanned; medians are taken over them.
    transactions
        How many each has.
    addresses
        How many addresses are watched.
    deposits
        How many deposits the last block has.
    """
    settings = settings_for(home)

    async def measure() -> int:
        from pyxiu.cli.bench.watcher import bench_watcher, measure_node

        figures = await bench_watcher(
            settings, blocks=blocks, transactions=transactions, addresses=addresses, deposits=deposits, progress=_tell
        )
        url = os.environ.get("PYXIU_NODE_URL")
        _print(figures | ({"node": await measure_node(url)} if url else {}))
        return EXIT_OK

    return run(measure)


def all_of_them(*, quick: bool = False, home: Home = None) -> int:
    """Core, e2e, stream, recovery and watcher, one JSON object each.

    Parameters
    ----------
    quick
        Shorter runs, for a first look; do not quote them.
    """
    code = core(commands=20_000, rounds=2) if quick else core()
    code |= e2e(seconds=3, rounds=1, home=home) if quick else e2e(home=home)
    code |= stream(clients=(1_000,), changes=10, seconds=2, rounds=1, home=home) if quick else stream(home=home)
    code |= recovery(records=300_000, home=home) if quick else recovery(home=home)
    return code | (watcher(blocks=2, addresses=100_000, home=home) if quick else watcher(home=home))


def _core(commands: int, rounds: int) -> dict[str, Any]:
    from pyxiu.cli.bench.core import bench_core

    return bench_core(commands=commands, rounds=rounds, progress=_tell)


def _tell(text: str) -> None:
    tell(text)


def _print(figures: dict[str, Any]) -> None:
    print(msgspec.json.format(msgspec.json.encode(figures), indent=2).decode(), flush=True)
