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

from pyxiu.app.access_settings import AccessChoice, read_access
from pyxiu.app.account_settings import AccountChoice, read_accounts
from pyxiu.app.key_settings import KeyChoice, read_keys_choice
from pyxiu.app.kyc_settings import KycChoice, read_kyc
from pyxiu.app.mail_settings import MailChoice, read_mail
from pyxiu.app.node_settings import NodeChoice, read_nodes
from pyxiu.app.payout_settings import read_approver, read_payouts
from pyxiu.app.plugin_settings import PluginChoice, read_plugins
from pyxiu.app.relay_settings import RelayChoice, read_relay
from pyxiu.app.setting_names import MODULE_URL_PREFIX, complaint_about
from pyxiu.app.setting_values import flag_of, read_value, whole
from pyxiu.app.settings_error import SettingsError
from pyxiu.app.withdrawal_settings import read_withdrawals
from pyxiu.custody.payouts.settings import PayoutSettings
from pyxiu.custody.withdrawals.settings import WithdrawalSettings
from pyxiu.storage.roles import MODULES

Choice = TypeVar("Choice", bound=StrEnum)

PORT_DEFAULT = 8000
HOST_DEFAULT = "127.0.0.1"
#: Some segments of PostgreSQL's log, which are 16 MB each.
DISK_RESERVE_MB_DEFAULT = 128


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
    #: Logins of single modules, by name; the others use `database_url`.
    module_urls: Mapping[str, str] = msgspec.field(default_factory=dict)
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.AUTO
    #: Serve a route that does nothing, to measure against.
    bench: bool = False
    #: With `bench` only: count what it costs to be let in.
    bench_gate: bool = False
    #: `host:port` at which the engine takes commands from other processes over gRPC; None: it does not.
    engine_listen: str | None = None
    #: The engines, `host:port` each, of which one leads; empty: the one of this home.
    engines: tuple[str, ...] = ()
    #: The folder that `pyxiu certs` wrote; None: no TLS between services, which only loopback allows.
    certs: Path | None = None
    mail: MailChoice = MailChoice()
    kyc: KycChoice = KycChoice()
    relay: RelayChoice = RelayChoice()
    plugins: PluginChoice = PluginChoice()
    nodes: NodeChoice = NodeChoice()
    keys: KeyChoice = KeyChoice()
    access: AccessChoice = AccessChoice()
    accounts: AccountChoice = AccountChoice()
    withdrawals: WithdrawalSettings = WithdrawalSettings()
    payouts: PayoutSettings = PayoutSettings()
    #: The public key, in hex, whose approvals this process's signer takes; None: the one of this home.
    signer_approver: str | None = None
    #: What is kept free on the disk of the embedded PostgreSQL, in bytes; 0: it may be filled.
    disk_reserve: int = DISK_RESERVE_MB_DEFAULT << 20
    #: In which currencies members' profit and loss is counted; empty: it is not.
    pnl_currencies: tuple[str, ...] = ()

    @property
    def logins_folder(self) -> Path:
        """Where modules of this home find logins of their own."""
        return self.home / "logins"

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
    complaint = complaint_about(given)
    if complaint is not None:
        raise SettingsError(complaint)
    return Settings(
        home=(home or Path(given.get("PYXIU_HOME") or default_home(environment))).expanduser().absolute(),
        host=host or given.get("PYXIU_HOST", HOST_DEFAULT),
        port=_port(given["PYXIU_PORT"]) if port is None and "PYXIU_PORT" in given else _checked_port(port),
        database_url=given.get("PYXIU_DATABASE_URL"),
        module_urls={
            module: given[name] for module in MODULES if (name := f"{MODULE_URL_PREFIX}{module.upper()}") in given
        },
        log_level=_choice(LogLevel, "PYXIU_LOG_LEVEL", given, LogLevel.INFO),
        bench=flag_of(given, "PYXIU_BENCH", SettingsError),
        bench_gate=flag_of(given, "PYXIU_BENCH_GATE", SettingsError),
        engine_listen=_address("PYXIU_ENGINE_LISTEN", given["PYXIU_ENGINE_LISTEN"])
        if "PYXIU_ENGINE_LISTEN" in given
        else None,
        engines=tuple(_address("PYXIU_ENGINES", part) for part in given.get("PYXIU_ENGINES", "").split(",") if part),
        certs=Path(given["PYXIU_CERTS"]).expanduser().absolute() if "PYXIU_CERTS" in given else None,
        log_format=_choice(LogFormat, "PYXIU_LOG_FORMAT", given, LogFormat.AUTO),
        mail=read_mail(given),
        kyc=read_kyc(given),
        relay=read_relay(given),
        plugins=read_plugins(given),
        nodes=read_nodes(given),
        keys=read_keys_choice(given),
        access=read_access(given),
        accounts=read_accounts(given),
        withdrawals=read_withdrawals(given),
        payouts=read_payouts(given),
        signer_approver=read_approver(given),
        disk_reserve=_disk_reserve("PYXIU_DISK_RESERVE_MB", given),
        pnl_currencies=_currencies("PYXIU_PNL_CURRENCIES", given.get("PYXIU_PNL_CURRENCIES", "")),
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


def _address(name: str, text: str) -> str:
    """`host:port`, an IPv6 host in brackets; or `unix:/path` of a socket on this machine."""
    if text.strip().startswith("unix:/"):
        return text.strip()
    host, _, port = text.strip().rpartition(":")
    if not host or not (port.isascii() and port.isdecimal()) or not 0 <= int(port) < 65536:
        raise SettingsError(f"{name}: expected host:port, found {text.strip()!r}")
    return text.strip()


def _disk_reserve(name: str, given: Mapping[str, str]) -> int:
    text = given.get(name, str(DISK_RESERVE_MB_DEFAULT))
    megabytes: int = read_value(name, whole(0, 1_000_000), text, SettingsError)
    return megabytes << 20


def _currencies(name: str, text: str) -> tuple[str, ...]:
    """Codes with commas between them, in lower case, each once."""
    codes = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    wrong = [code for code in codes if not (code.isascii() and code.isalnum())]
    if wrong:
        raise SettingsError(f"{name}: expected codes of currencies with commas between them, found {wrong[0]!r}")
    return codes


def _choice(choices: type[Choice], name: str, given: Mapping[str, str], default: Choice) -> Choice:
    text = given.get(name, default.value).lower()
    try:
        return choices(text)
    except ValueError:
        expected = ", ".join(choice.value for choice in choices)
        raise SettingsError(f"{name}: expected one of {expected}, found {text!r}") from None
