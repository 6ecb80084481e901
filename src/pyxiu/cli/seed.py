"""`pyxiu seed FILE…`: fill the catalog from Peatio seed files, and tell the engine."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pyxiu.app.session import engine_session
from pyxiu.app.settings import Settings
from pyxiu.catalog.seed_catalog import ParsedFiles, SeedReport, parse_files, seed_catalog
from pyxiu.catalog.tell_engine import Delivery, tell_engine
from pyxiu.cli.progress import recovery_progress
from pyxiu.cli.running import EXIT_FAILED, EXIT_OK, Home, run, settings_for, tell


def seed(
    files: Annotated[
        list[Path],
        Parameter(help="Files named currencies.yml, blockchains.yml, markets.yml, …, or folders with such files."),
    ],
    /,
    *,
    home: Home = None,
) -> int:
    """Add what the files have and the exchange has not; what exists already is left as it is.

    All files are checked before anything is written. Running it twice changes nothing, and an interrupted run is
    completed by the next. A running exchange is told at once; otherwise the engine is started for as long as it takes.
    """
    settings = settings_for(home)
    parsed = parse_files(files)
    if parsed.problems:
        return _show(SeedReport(warnings=parsed.warnings, problems=parsed.problems), None)
    return run(lambda: _seed(settings, parsed))


async def _seed(settings: Settings, parsed: ParsedFiles) -> int:
    with recovery_progress() as progress:
        async with engine_session(settings, progress) as context:
            report = await seed_catalog(context.catalog, parsed)
            delivery = None if report.problems else await tell_engine(context.catalog, context.engine)
    return _show(report, delivery)


def _show(report: SeedReport, delivery: Delivery | None) -> int:
    for warning in report.warnings:
        tell(f"note: {warning}", style="yellow")
    for problem in report.problems:
        tell(str(problem), style="red")
    if report.problems:
        tell(f"{len(report.problems)} problems; nothing was changed")
        return EXIT_FAILED
    added = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in report.added.items() if count)
    print(f"added: {added or 'nothing'}; existing and left alone: {len(report.skipped)}")
    assert delivery is not None, "without problems the engine is told"
    if delivery.applied:
        print(f"the engine took {delivery.applied} commands, up to record {delivery.seq}")
    for rejected in delivery.rejected:
        tell(f"the engine refuses: {rejected}", style="red")
    return EXIT_FAILED if delivery.rejected else EXIT_OK
