"""From the log to an error reporter: what is logged as an error is reported too, without what looks like a secret.

Invariant: a reporter gets texts only: no variables, no code, no request; names that sound like secrets, passwords in
URLs, tokens, and every secret value among the settings are blotted out of them. Whatever the reporter does, what
logged goes on. Limit: PER_MINUTE_MAX reports a minute, then it is silent until the next; the log has them all.
"""

import asyncio
import logging
import os
import re
import sys
import time
import traceback
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from pyxiu.app.builtin_plugin import Inside
from pyxiu.app.logs import BLOT, blot_secrets
from pyxiu.app.setting_names import URLS, is_secret
from pyxiu.app.settings import Settings
from pyxiu.plugins.registry import Registry
from pyxiu.plugins.spec import ERRORS, ErrorReporter, FaultReport, Frame, Raised

PER_MINUTE_MAX: Final = 60
CLOSE_TIMEOUT_S: Final = 3.0
CAUSES_MAX: Final = 5
FACTS_MAX: Final = 30
#: Shorter ones would blot out words.
SECRET_LENGTH_MIN: Final = 6
#: What a reporter's own library says must not be reported.
OWN_LOGGERS: Final = ("sentry_sdk", "urllib3")
_OF_RECORD: Final = frozenset({"event", "level", "logger", "timestamp", "exc_info", "stack_info"})
_PATTERNS: Final = (
    re.compile(r"(?P<keep>//[^:/@\s]*:)[^@\s/]+(?=@)"),
    re.compile(r"(?P<keep>\b[Bb]earer +)[\w.~+/=-]+"),
    re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"),
    re.compile(
        r"(?P<keep>\b\w*(?:password|passwd|secret|token|signature|api_?key|private)\w*[\"']?\s*[=:])\s*[\"']?[^\s\"',;&}]+",
        re.IGNORECASE,
    ),
)


@asynccontextmanager
async def error_reports(plugins: Registry, settings: Settings) -> AsyncIterator[None]:
    """While inside, errors are reported to whom the settings name; to nobody if they name none."""
    if settings.plugins.errors is None:
        yield
        return
    reporter = plugins.make(ERRORS, settings.plugins.errors, inside=Inside(settings=settings))
    handler = ReportingHandler(reporter, Scrubber(secret_values(os.environ)))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        await asyncio.to_thread(reporter.close, CLOSE_TIMEOUT_S)


def secret_values(environment: Mapping[str, str]) -> list[str]:
    """The values of all settings that are or may hold secrets."""
    return [value for name, value in environment.items() if is_secret(name) or name in URLS]


class Scrubber:
    """Blots secrets out of a text: the given ones wherever they stand, and what looks like one."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({one for one in secrets if len(one) >= SECRET_LENGTH_MIN}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(BLOT, text)
        for pattern in _PATTERNS:
            text = pattern.sub(lambda match: f"{match.groupdict().get('keep') or ''}{BLOT}", text)
        return text


class ReportingHandler(logging.Handler):
    """Hands records from ERROR on to a reporter."""

    def __init__(self, reporter: ErrorReporter, scrub: Scrubber) -> None:
        super().__init__(logging.ERROR)
        self._reporter = reporter
        self._scrub = scrub
        self._minute = 0
        self._in_minute = 0

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(OWN_LOGGERS) or not self._has_room(int(record.created // 60)):
            return
        try:
            self._reporter.report(report_of(record, self._scrub))
        except Exception:  # noqa: BLE001 - a fault of the reporter must not become one of who logged
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Say nothing: it would be one more error to report."""

    def _has_room(self, minute: int) -> bool:
        if minute != self._minute:
            self._minute, self._in_minute = minute, 0
        self._in_minute += 1
        return self._in_minute <= PER_MINUTE_MAX


def report_of(record: logging.LogRecord, scrub: Scrubber) -> FaultReport:
    """A record of the standard library's or of structlog's, whose message is a mapping."""
    fields = dict(record.msg) if isinstance(record.msg, dict) else {"event": record.getMessage()}
    error = _error_of(record, fields)
    facts = blot_secrets(None, "", {name: value for name, value in fields.items() if name not in _OF_RECORD})
    return FaultReport(
        message=scrub(str(fields.get("event", ""))),
        logger=record.name,
        level=record.levelname.lower(),
        at_s=record.created or time.time(),
        raised=raised_of(error, scrub),
        facts={str(name): scrub(str(value)) for name, value in list(facts.items())[:FACTS_MAX]},
    )


def raised_of(error: BaseException | None, scrub: Scrubber) -> tuple[Raised, ...]:
    """The error and what caused it, the cause first."""
    found: list[Raised] = []
    while error is not None and len(found) < CAUSES_MAX:
        frames = tuple(
            Frame(frame.f_globals.get("__name__", "?"), frame.f_code.co_name, frame.f_code.co_filename, line)
            for frame, line in traceback.walk_tb(error.__traceback__)
        )
        found.append(Raised(type(error).__name__, type(error).__module__, scrub(str(error)), frames))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return tuple(reversed(found))


def _error_of(record: logging.LogRecord, fields: Mapping[str, object]) -> BaseException | None:
    info = record.exc_info or fields.get("exc_info")
    if info is True:  # a handler runs where the record was made
        return sys.exc_info()[1]
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple) and len(info) == 3 and isinstance(info[1], BaseException):
        return info[1]
    return None
