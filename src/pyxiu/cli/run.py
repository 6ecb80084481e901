"""`pyxiu run MODULE…`: the same modules as `pyxiu up`, as services under a supervisor of yours."""

from typing import Annotated

from cyclopts import Parameter

from pyxiu.app.context import Context
from pyxiu.app.lifecycle import serve
from pyxiu.app.modules import SERVICES, modules_of
from pyxiu.app.settings import Settings
from pyxiu.cli.progress import recovery_progress
from pyxiu.cli.running import EXIT_OK, EXIT_USAGE, Home, run, settings_for, tell


def run_services(
    modules: Annotated[list[str], Parameter(help=f"One or more of: {', '.join(SERVICES)}.", negative=())],
    /,
    *,
    home: Home = None,
    host: str | None = None,
    port: int | None = None,
) -> int:
    """Run modules until SIGINT or SIGTERM. If one fails the process exits with 1: let a supervisor restart it.

    Parameters
    ----------
    host
        The address on which the api listens (PYXIU_HOST; 127.0.0.1).
    port
        Its port (PYXIU_PORT; 8000).
    """
    unknown = [name for name in modules if name not in SERVICES]
    if unknown:
        tell(f"no module {unknown[0]!r}; there are {', '.join(SERVICES)}")
        return EXIT_USAGE
    settings = settings_for(home, host=host, port=port, service=True)
    return run(lambda: _serve(settings, modules))


async def _serve(settings: Settings, services: list[str]) -> int:
    with recovery_progress() as progress:
        context = Context(settings, share_database=True, standby=True, service=services[0], recovery_progress=progress)
        await serve(modules_of(services), context)
    return EXIT_OK
