"""`pyxiu up`: a whole exchange with a PostgreSQL of its own, in one process or as a family of them."""

import os
from time import monotonic

from pyxiu.app.context import Context
from pyxiu.app.demo.module import BOTS, DEMO
from pyxiu.app.identity_services import identity_services
from pyxiu.app.lifecycle import Module, serve
from pyxiu.app.modules import SERVICES, modules_of
from pyxiu.app.readiness import until_ready
from pyxiu.app.reporting import reporting
from pyxiu.app.secrets import open_secret_box
from pyxiu.app.settings import Settings
from pyxiu.app.settings_error import SettingsError
from pyxiu.app.signer_child import SIGNER_CHILD
from pyxiu.app.split.compose import FAMILY, Split, over_control, split_modules, split_settings
from pyxiu.cli.progress import recovery_progress
from pyxiu.cli.running import EXIT_OK, Home, run, settings_for
from pyxiu.identity.accounts.bootstrap import new_bootstrap_token


def up(  # noqa: PLR0913 - flags
    *,
    demo: bool = False,
    chains: bool = False,
    bots: bool = True,
    host: str | None = None,
    port: int | None = None,
    split: bool = False,
    gateways: int | None = None,
    stream_port: int | None = None,
    admin_port: int | None = None,
    home: Home = None,
) -> int:
    """Start an exchange and run it until Ctrl-C or SIGTERM.

    Parameters
    ----------
    demo
        Seed four assets and markets and three funded members, and let two bots trade.
    chains
        The demo with private chains of its own: a Litecoin and an Ethereum on this machine, wallets, and a faucet.
    bots
        Without them the demo's books are left to you.
    host
        The address to listen on (PYXIU_HOST; 127.0.0.1).
    port
        The port to listen on (PYXIU_PORT; 8000).
    split
        Run each service as a process of its own, watched and started again when it dies.
    gateways
        With --split: so many processes of the API behind the port, and as many of the stream behind theirs (1).
    stream_port
        With --split: the port of the processes that serve nothing but the stream (the port after --port).
    admin_port
        With --split: the port of a process for staff alone; the API is then for the public alone.
    """
    began_s = monotonic()
    if not split and not (gateways is stream_port is admin_port is None):
        raise SettingsError("--gateways, --stream-port and --admin-port go with --split")
    demo = demo or chains
    making = [over_control(DEMO) if split else DEMO, *(_chains() if chains else ())] if demo else []
    settings = settings_for(home, host=host, port=port, service=True)
    modules = _modules(making, bots=demo and bots)
    if split:
        plan = Split(gateways=gateways or 1, stream_port=stream_port or settings.port + 1, admin_port=admin_port)
        settings = split_settings(settings, plan)
        modules = _with_demo(split_modules(settings, plan), making, bots=demo and bots)
    return run(lambda: _up(settings, began_s, modules, split=split, demo=demo, bots=demo and bots))


async def _up(
    settings: Settings, began_s: float, modules: list[Module[Context]], *, split: bool, demo: bool, bots: bool
) -> int:
    with recovery_progress() as progress:
        context = Context(settings, migrate=True, keep_database=split, recovery_progress=progress)

        async def ready() -> None:
            await until_ready(settings)
            took_s = monotonic() - began_s
            # A token that works once, for who sees this terminal; it goes to no log.
            token = await new_bootstrap_token(identity_services(context, open_secret_box(settings.home)))
            print(_banner(settings, took_s, demo=demo, bots=bots, token=token), flush=True)

        async with reporting(context):
            await serve(modules, context, on_ready=ready)
    return EXIT_OK


def _chains() -> list[Module[Context]]:
    """Private chains for the demo; their nodes are named to this process and its children by the environment."""
    from pyxiu.app.demo.chains.module import CHAINS
    from pyxiu.app.demo.chains.nodes import choose_nodes

    choose_nodes(os.environ)
    return [CHAINS]


def _modules(making: list[Module[Context]], *, bots: bool) -> list[Module[Context]]:
    """Everything in this process, but for the signer: its keys are in a process of their own."""
    modules = [*modules_of([service for service in SERVICES if service not in ("admin", "signer")]), SIGNER_CHILD]
    return _with_demo(modules, making, bots=bots)


def _with_demo(modules: list[Module[Context]], making: list[Module[Context]], *, bots: bool) -> list[Module[Context]]:
    """The demo before what serves it, so that it is there when the first request comes."""
    if making:
        first = next(at for at, module in enumerate(modules) if module.name in ("watcher", "api", FAMILY))
        modules = [*modules[:first], *making, *modules[first:]]
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
    if settings.nodes.faucet:
        lines.append("  Coins    private Litecoin and Ethereum; the faucet on the wallet page gives some")
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
