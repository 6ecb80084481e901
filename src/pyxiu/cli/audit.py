"""`pyxiu audit`: check the books and name what breaks an invariant."""

import msgspec

from pyxiu.app.audit import Step, audit_all
from pyxiu.app.session import database_session
from pyxiu.app.settings import Settings
from pyxiu.cli.progress import progress_bar
from pyxiu.cli.running import EXIT_FAILED, EXIT_OK, Home, run, settings_for, tell


def audit(*, quick: bool = False, json: bool = False, home: Home = None) -> int:
    """Check every invariant of ledger and engine that data can show, on a stopped or a running instance.

    Exits with 1 if anything is found. The exchange is not paused, and nothing is written.

    Parameters
    ----------
    quick
        Do not decide every command of the journal again; only check the chain.
    json
        One JSON object a check, for programs.
    """
    settings = settings_for(home)
    return run(lambda: _audit(settings, quick=quick, json=json))


async def _audit(settings: Settings, *, quick: bool, json: bool) -> int:
    steps: list[Step] = []
    with progress_bar("reading the journal") as advance:
        async with database_session(settings) as context:
            async for step in audit_all(context, advance, decide=not quick):
                steps.append(step)
                if json:
                    print(msgspec.json.encode(step).decode(), flush=True)
                else:
                    _show(step)
    findings = sum(len(step.findings) for step in steps)
    skipped = sum(step.skipped is not None for step in steps)
    if not json:
        print(f"{len(steps)} checks, {findings} findings" + (f", {skipped} not made" if skipped else ""))
    return EXIT_FAILED if findings else EXIT_OK


def _show(step: Step) -> None:
    ids = f" ({', '.join(step.invariants)})" if step.invariants else ""
    mark = "✗" if step.findings else "-" if step.skipped else "✓"
    print(f"{mark} {step.says}{ids}", flush=True)
    if step.skipped:
        print(f"    not made: {step.skipped}")
    for finding in step.findings:
        tell(f"    {finding}", style="red")
