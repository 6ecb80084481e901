"""What an operator can set: environment variables PYXIU_*, overridden by flags of the command line.

Invariant: read once at the start, checked whole, and passed on as one immutable value; nothing below looks at the
environment for these. Limit: this is how a process runs; what the exchange trades is in the catalog.
"""

import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import msgspec

from pyxiu.kit.errors import PermanentError

Choice = TypeVar("Choice", bound=StrEnum)

PORT_DEFAULT = 8000
HOST_DEFAULT = "127.0.0.1"


class SettingsError(PermanentError):
    """A setting has a value that cannot be used."""


class LogFormat(StrEnum):
    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Settings(msgspec.Struct, frozen=True):
    """`database_url` None means the embedded PostgreSQL under `home`."""

    home: Path
    host: str = HOST_DEFAULT
    port: int = PORT_DEFAULT
    database_url: str | None = None
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.AUTO
    #: Serve a route that does nothing, to measure against.
    bench: bool = False

    @property
    def url(self) -> str:
        """Where this instance answers, as one types it into a browser on this machine."""
        host = {"127.0.0.1": "localhost", "0.0.0.0": "localhost", "::": "localhost"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def load_settings(
    *,
    home: Path | None = None,
    host: str | None = None,
    port: int | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Flags, then PYXIU_* variables, then defaults. An empty variable counts as not set."""
    given = {name: value for name, value in environment.items() if name.startswith("PYXIU_") and value}
    return Settings(
        home=(home or Path(given.get("PYXIU_HOME") or default_home(environment))).expanduser().absolute(),
        host=host or given.get("PYXIU_HOST", HOST_DEFAULT),
        port=_port(given["PYXIU_PORT"]) if port is None and "PYXIU_PORT" in given else _checked_port(port),
        database_url=given.get("PYXIU_DATABASE_URL"),
        log_level=_choice(LogLevel, "PYXIU_LOG_LEVEL", given, LogLevel.INFO),
        bench=given.get("PYXIU_BENCH") == "1",
        log_format=_choice(LogFormat, "PYXIU_LOG_FORMAT", given, LogFormat.AUTO),
    )


def default_home(environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """The platform's data directory; for root one that the embedded PostgreSQL's own user can reach."""
    if os.geteuid() == 0:
        return Path("/var/lib/pyxiu")
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "pyxiu"
    data = environment.get("XDG_DATA_HOME")
    return Path(data) / "pyxiu" if data else Path.home() / ".local" / "share" / "pyxiu"


def _checked_port(port: int | None) -> int:
    if port is None:
        return PORT_DEFAULT
    if not 0 < port < 65536:
        raise SettingsError(f"port: expected 1 to 65535, found {port}")
    return port


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise SettingsError(f"PYXIU_PORT: expected a number from 1 to 65535, found {text!r}")
    return _checked_port(int(text))


def _choice(choices: type[Choice], name: str, given: Mapping[str, str], default: Choice) -> Choice:
    text = given.get(name, default.value).lower()
    try:
        return choices(text)
    except ValueError:
        expected = ", ".join(choice.value for choice in choices)
        raise SettingsError(f"{name}: expected one of {expected}, found {text!r}") from None
