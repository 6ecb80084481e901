"""`pyxiu projections …`: how far the tables are behind the journal, and making one anew."""

from collections.abc import Sequence

import msgspec

from pyxiu.app.session import database_session
from pyxiu.app.settings import Settings
from pyxiu.cli.progress import progress_bar
from pyxiu.cli.running import EXIT_OK, EXIT_USAGE, Home, run, settings_for, tell
from pyxiu.projections import rebuild as rebuilding
from pyxiu.projections import registry
from pyxiu.projections.pnl_currencies import NAME as PNL
from pyxiu.projections.pnl_currencies import set_pnl_currencies
from pyxiu.projections.status import read_status
from pyxiu.storage.database import close_quietly, connect


def list_all(*, json: bool = False, home: Home = None) -> int:
    """Show the journal's end and each projection's cursor and lag.

    Parameters
    ----------
    json
        As JSON, for programs.
    """
    settings = settings_for(home)
    return run(lambda: _list_all(settings, json=json))


def rebuild(name: str, /, *, resume: bool = False, home: Home = None) -> int:
    """Empty a projection's tables and make them anew from the journal. It can be interrupted and resumed.

    The exchange may run meanwhile; until it is done readers see the tables fill up from the start. `pnl` is counted in
    what PYXIU_PNL_CURRENCIES names now.

    Parameters
    ----------
    name
        One of those that `pyxiu projections list` shows, or `all`.
    resume
        Keep what an interrupted rebuild has made and go on from there.
    """
    names = list(registry.NAMES) if name == "all" else [name]
    if names[0] not in registry.NAMES:
        tell(f"no projection {name!r}; there are {', '.join(registry.NAMES)}")
        return EXIT_USAGE
    settings = settings_for(home)
    return run(lambda: _rebuild(settings, names, resume=resume))


async def _list_all(settings: Settings, *, json: bool) -> int:
    async with database_session(settings) as context:
        status = await read_status(context.pool)
    if json:
        print(msgspec.json.encode(status).decode())
        return EXIT_OK
    print(f"journal: {status.head} records")
    for projection in status.projections:
        print(
            f"  {projection.name:<12} at {projection.seq:>10}, behind {projection.lag_records} records"
            f" ({projection.lag_s:.1f} s)"
        )
    return EXIT_OK


async def _rebuild(settings: Settings, names: list[str], *, resume: bool) -> int:
    async with database_session(settings) as context:
        for name in names:
            if name == PNL and not resume:
                await _count_in(context.dsn, settings.pnl_currencies)
            seq = await _rebuild_one(context.dsn, name, resume=resume)
            print(f"{name}: rebuilt up to record {seq}")
    return EXIT_OK


async def _count_in(dsn: str, currencies: Sequence[str]) -> None:
    connection = await connect(dsn, "pyxiu pnl")
    try:
        await set_pnl_currencies(connection, currencies)
    finally:
        await close_quietly(connection)


async def _rebuild_one(dsn: str, name: str, *, resume: bool) -> int:
    with progress_bar(f"rebuilding {name}") as advance:
        return await rebuilding.rebuild(dsn, name, lambda at: advance(at.seq, at.head), resume=resume)
