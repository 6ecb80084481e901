"""`pyxiu migrate`: bring the tables up to date. `pyxiu up` does it by itself; services ask for it."""

from pyxiu.app.session import database_session
from pyxiu.app.settings import Settings
from pyxiu.cli.running import EXIT_OK, Home, run, settings_for
from pyxiu.storage import migrate as migrations


def migrate(*, home: Home = None) -> int:
    """Run all migrations that the database lacks. Harmless when there are none."""
    settings = settings_for(home)
    return run(lambda: _migrate(settings))


async def _migrate(settings: Settings) -> int:
    async with database_session(settings, migrate=True) as context:
        print(f"database at revision {await migrations.current(context.dsn)}")
    return EXIT_OK
