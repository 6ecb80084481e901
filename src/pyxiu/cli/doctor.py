"""`pyxiu doctor`: is this machine fit, and what to do where it is not."""

import msgspec

from pyxiu.app.doctor import Diagnosis, Health, diagnose
from pyxiu.app.settings import Settings
from pyxiu.cli.running import EXIT_FAILED, EXIT_OK, Home, run, settings_for

MARKS = {Health.GOOD: "✓", Health.WARNING: "!", Health.BAD: "✗"}


def doctor(*, json: bool = False, host: str | None = None, port: int | None = None, home: Home = None) -> int:
    """Check port, memory, open files, disk, database and clock. Exits with 1 if something must be mended.

    Parameters
    ----------
    json
        One JSON object a check, for programs.
    host
        The address that an exchange would listen on (PYXIU_HOST; 127.0.0.1).
    port
        Its port (PYXIU_PORT; 8000).
    """
    settings = settings_for(home, host=host, port=port)
    return run(lambda: _doctor(settings, json=json))


async def _doctor(settings: Settings, *, json: bool) -> int:
    bad = False
    async for diagnosis in diagnose(settings):
        bad |= diagnosis.health is Health.BAD
        print(msgspec.json.encode(diagnosis).decode() if json else _line(diagnosis), flush=True)
    return EXIT_FAILED if bad else EXIT_OK


def _line(diagnosis: Diagnosis) -> str:
    advice = f"\n    {diagnosis.advice}" if diagnosis.advice else ""
    return f"{MARKS[diagnosis.health]} {diagnosis.name}: {diagnosis.found}{advice}"
