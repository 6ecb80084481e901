"""How every command runs: one event loop, one meaning of signals, one way to say what went wrong.

Exit codes: 0 done; 1 a fault, or findings; 2 wrong usage or settings; 130 after Ctrl-C and 143 after SIGTERM where a
command was cut short. Invariant: SIGINT and SIGTERM cancel the command, which then cleans up after itself. Limit:
bugs keep their traceback; only what an operator can act on is told in one line.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter, validators
from rich.console import Console

from pyxiu.app.lifecycle import ModuleFailedError
from pyxiu.app.logs import configure_logs
from pyxiu.app.settings import LogLevel, Settings, load_settings
from pyxiu.app.settings_error import EXIT_SETTINGS, SettingsError
from pyxiu.app.settings_file import add_settings_of_file
from pyxiu.kit.errors import Fault

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1
#: A wrong setting is a way of being used wrongly.
EXIT_USAGE: Final = EXIT_SETTINGS
EXIT_INTERRUPTED: Final = 130
EXIT_TERMINATED: Final = 143

Home = Annotated[
    Path | None, Parameter(help="Where this instance keeps its data (PYXIU_HOME; default: the platform's data folder).")
]

#: How many rows a list shows.
Rows = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=100_000))]
#: The number of a row or of a record, as the database counts them.
Number = Annotated[int, Parameter(validator=validators.Number(gte=0, lt=2**63))]

#: For people; what a command is asked for goes to standard output by `print`.
console: Final = Console(stderr=True, highlight=False)


def settings_for(
    home: Path | None, *, host: str | None = None, port: int | None = None, service: bool = False
) -> Settings:
    """Settings, with logging set up: services tell what they do, other commands only what is wrong."""
    add_settings_of_file(os.environ)
    settings = load_settings(home=home, host=host, port=port)
    level = settings.log_level
    if not service and "PYXIU_LOG_LEVEL" not in os.environ:
        level = LogLevel.WARNING
    configure_logs(level, settings.log_format)
    return settings


def run(command: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run a command to its exit code."""
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_terminable(command))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def explained(command: Callable[[], int]) -> int:
    """Turn what an operator can act on into one line and an exit code."""
    try:
        return command()
    except SettingsError as error:
        return _told(error, EXIT_USAGE)
    except (Fault, ModuleFailedError) as error:
        return _told(error, EXIT_FAILED)


def tell(text: str, style: str | None = None) -> None:
    """A line for people, as long as it is, with nothing in it taken for markup."""
    console.print(text, style=style, markup=False, soft_wrap=True)


def _told(error: Exception, code: int) -> int:
    tell(f"error: {error}", style="bold red")
    return code


async def _terminable(command: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """SIGTERM cancels as Ctrl-C does. Services replace this by their own handling while they serve."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(command())
    terminated = False

    def terminate(_number: int, _frame: object) -> None:
        nonlocal terminated
        terminated = True
        loop.call_soon_threadsafe(task.cancel)

    previous = signal.signal(signal.SIGTERM, terminate)
    try:
        return await task
    except asyncio.CancelledError:
        if not terminated:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise
        return EXIT_TERMINATED
    finally:
        signal.signal(signal.SIGTERM, previous)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one; it halves the cost of a request."""
    if sys.platform == "win32":
        return None
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
