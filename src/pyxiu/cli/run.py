"""`pyxiu run MODULE…`: the same modules as `pyxiu up`, as services under a supervisor of yours."""

from typing import Annotated

from cyclopts import Parameter

from pyxiu.app.context import Context
from pyxiu.app.lifecycle import serve
from pyxiu.app.modules import SERVICES, modules_of
from pyxiu.app.reporting import reporting
from pyxiu.app.settings import Settings
from pyxiu.app.split.child import Parent
from pyxiu.cli.progress import recovery_progress
from pyxiu.cli.running import EXIT_OK, EXIT_USAGE, Home, run, settings_for, tell

#: What `pyxiu up --split` hands to its children; nobody types these.
Inherited = Annotated[int | None, Parameter(show=False)]


def run_services(
    modules: Annotated[list[str], Parameter(help=f"One or more of: {', '.join(SERVICES)}.", negative=())],
    /,
    *,
    home: Home = None,
    host: str | None = None,
    port: int | None = None,
    listen_fd: Inherited = None,
    parent_fd: Inherited = None,
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
    return run(lambda: _serve(settings, modules, listen_fd, parent_fd))


async def _serve(settings: Settings, services: list[str], listen_fd: int | None, parent_fd: int | None) -> int:
    parent = None if parent_fd is None else Parent(parent_fd)
    with recovery_progress() as progress:
        context = Context(
            settings,
            share_database=True,
            standby=True,
            service=services[0],
            engine_alone=set(services) == {"engine"},
            recovery_progress=progress,
            parent=parent,
            listen_fd=listen_fd,
        )
        modules = modules_of(services)
        async with reporting(context):
            if parent is None:
                await serve(modules, context)
            else:
                async with parent.watched():
                    await serve(modules, context, on_ready=parent.tell_ready)
    return EXIT_OK
