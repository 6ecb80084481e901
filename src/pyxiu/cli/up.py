"""`pyxiu up`: a whole exchange in one process, with a PostgreSQL of its own."""

from time import monotonic

from pyxiu.app.context import Context
from pyxiu.app.demo.module import BOTS, DEMO
from pyxiu.app.identity_services import identity_services
from pyxiu.app.lifecycle import Module, serve
from pyxiu.app.modules import SERVICES, modules_of
from pyxiu.app.readiness import until_ready
from pyxiu.app.secrets import open_secret_box
from pyxiu.app.settings import Settings
from pyxiu.cli.progress import recovery_progress
from pyxiu.cli.running import EXIT_OK, Home, run, settings_for
from pyxiu.identity.accounts.bootstrap import new_bootstrap_token


def up(
    *,
    demo: bool = False,
    bots: bool = True,
    host: str | None = None,
    port: int | None = None,
    home: Home = None,
) -> int:
    """Start an exchange and run it until Ctrl-C or SIGTERM.

    Parameters
    ----------
    demo
        Seed four assets and markets and three funded members, and let two bots trade.
    bots
        Without them the demo's books are left to you.
    host
        The address to listen on (PYXIU_HOST; 127.0.0.1).
    port
        The port to listen on (PYXIU_PORT; 8000).
    """
    began_s = monotonic()
    settings = settings_for(home, host=host, port=port, service=True)
    return run(lambda: _up(settings, began_s, demo=demo, bots=demo and bots))


async def _up(settings: Settings, began_s: float, *, demo: bool, bots: bool) -> int:
    with recovery_progress() as progress:
        context = Context(settings, migrate=True, recovery_progress=progress)

        async def ready() -> None:
            await until_ready(settings)
            took_s = monotonic() - began_s
            # A token that works once, for who sees this terminal; it goes to no log.
            token = await new_bootstrap_token(identity_services(context, open_secret_box(settings.home)))
            print(_banner(settings, took_s, demo=demo, bots=bots, token=token), flush=True)

        await serve(_modules(demo=demo, bots=bots), context, on_ready=ready)
    return EXIT_OK


def _modules(*, demo: bool, bots: bool) -> list[Module[Context]]:
    """Everything, the demo before the API, so that it is there when the first request comes."""
    modules = modules_of(list(SERVICES))
    if demo:
        modules.insert([module.name for module in modules].index("api"), DEMO)
    return [*modules, BOTS] if bots else modules


def _banner(settings: Settings, took_s: float, *, demo: bool, bots: bool, token: str | None) -> str:
    url = settings.url
    lines = [
        f"Pyxiu is ready after {took_s:.1f} s.",
        "",
        f"  Trade    {url}/",
        f"  API      {url}/api/v2/peatio/public/markets",
        f"  Docs     {url}/docs",
        f"  Health   {url}/api/v2/peatio/public/health/ready",
        f"  Metrics  {url}/metrics",
        f"  Data     {settings.home}",
    ]
    if demo:
        lines.append(
            "  Members  pyxiu demo credentials" + (f" --home {settings.home}" if _is_elsewhere(settings) else "")
        )
    if bots:
        lines.append("  Bots     two, trading over the API; --no-bots leaves the books to you")
    if token is not None:
        lines += [
            "",
            "There is no superadmin yet. This token makes one, once, within a day (see docs/operations/identity.md):",
            "",
            f"  {token}",
        ]
    return "\n".join([*lines, "", "Press Ctrl-C to stop."])


def _is_elsewhere(settings: Settings) -> bool:
    """Whether the home must be named to other commands of this shell."""
    from pyxiu.app.settings import load_settings

    return load_settings().home != settings.home
