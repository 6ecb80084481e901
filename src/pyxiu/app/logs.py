"""Logging for all of Pyxiu: key-value lines to standard error, for people on a terminal and as JSON elsewhere.

Invariant: standard output belongs to what a command prints; values whose name sounds like a secret, and passwords in
connection strings, are blotted out whatever library logs them. Limit: a guard against slips, not a licence to log.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from pyxiu.app.settings import LogFormat, LogLevel

SECRET_NAMES = re.compile(
    r"password|passwd|secret|token|signature|authorization|cookie|private|dsn|database_url", re.IGNORECASE
)
_URL_PASSWORD = re.compile(r"(//[^:/@\s]*):[^@\s]*@")
BLOT = "***"
#: Libraries that speak too much at INFO.
QUIET = ("uvicorn", "uvicorn.error", "httpx", "httpcore", "alembic", "asyncio")

Event = MutableMapping[str, Any]


def configure_logs(level: LogLevel, form: LogFormat) -> None:
    """Route structlog and the standard library's logging to one place and one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if form is LogFormat.JSON or (form is LogFormat.AUTO and not sys.stderr.isatty()):
        ending: list[structlog.typing.Processor] = [
            structlog.processors.format_exc_info,
            blot_secrets,
            structlog.processors.JSONRenderer(sort_keys=True),
        ]
    else:
        # Plain tracebacks: richer ones show local variables, and with them secrets.
        plain = structlog.dev.plain_traceback
        ending = [blot_secrets, structlog.dev.ConsoleRenderer(exception_formatter=plain, pad_event_to=0)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.value.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def blot_secrets(_logger: object, _method: str, event: Event) -> Event:
    """Hide values by the look of their names, and passwords inside connection strings."""
    for name, value in event.items():
        if SECRET_NAMES.search(name):
            event[name] = BLOT
        elif isinstance(value, str):
            event[name] = _URL_PASSWORD.sub(rf"\1:{BLOT}@", value)
    return event
