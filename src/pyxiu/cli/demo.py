"""`pyxiu demo …`: make the demo, show its credentials, let its bots trade."""

import msgspec

from pyxiu.app.demo.bots.run import run_bots
from pyxiu.app.demo.members import DemoCredentials, credentials_of
from pyxiu.app.demo.prepare import prepare_demo
from pyxiu.app.identity_services import identity_services
from pyxiu.app.secrets import open_secret_box
from pyxiu.app.session import engine_session
from pyxiu.app.settings import Settings
from pyxiu.cli.progress import recovery_progress
from pyxiu.cli.running import EXIT_FAILED, EXIT_OK, Home, run, settings_for, tell


def seed(*, home: Home = None) -> int:
    """Make the demo's catalog, members, funds and API keys on this exchange. Running it twice changes nothing."""
    settings = settings_for(home)
    return run(lambda: _seed(settings))


def credentials(*, home: Home = None, json: bool = False) -> int:
    """Print the demo members' e-mails, passwords and API keys.

    Parameters
    ----------
    json
        As JSON, for programs.
    """
    settings = settings_for(home)
    found = credentials_of(settings.home)
    if found is None:
        tell(f"no demo on {settings.home}: start one with `pyxiu up --demo`")
        return EXIT_FAILED
    if json:
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        _show(found)
    return EXIT_OK


def bots(*, home: Home = None, url: str | None = None) -> int:
    """Let the two demo bots trade until they are stopped.

    Parameters
    ----------
    url
        Where the exchange answers (default: on this machine, at the port of PYXIU_PORT).
    """
    settings = settings_for(home, service=True)
    found = credentials_of(settings.home)
    if found is None:
        tell(f"no demo on {settings.home}: make one with `pyxiu demo seed`")
        return EXIT_FAILED
    return run(lambda: _bots(url or settings.url, found))


async def _seed(settings: Settings) -> int:
    with recovery_progress() as progress:
        async with engine_session(settings, progress) as context:
            identity = identity_services(context, open_secret_box(settings.home))
            report = await prepare_demo(settings.home, context.catalog, context.engine, identity)
    added = sum(report.seed.added.values())
    print(f"added {added} catalog entries and {report.deposits} deposits; `pyxiu demo credentials` shows who may trade")
    return EXIT_OK


async def _bots(url: str, found: DemoCredentials) -> int:
    await run_bots(url, found)
    return EXIT_OK


def _show(found: DemoCredentials) -> None:
    for member in found.members:
        funds = ", ".join(f"{amount} {asset}" for asset, amount in member.funds.items())
        print(f"{member.name} ({member.uid}), began with {funds}")
        print(f"    e-mail      {member.email}")
        print(f"    password    {member.password}")
        print(f"    API key     {member.api_key}")
        print(f"    API secret  {member.api_secret}")
