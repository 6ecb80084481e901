"""Faults to Sentry, or to whatever takes its envelopes, by its own library.

Invariant: what is sent is the report that was cleared before, a release, an environment and the name of this machine;
the library gathers nothing by itself. `report` puts into a bounded queue; what does not fit is dropped. Limit: no
performance data, no sessions; a receiver that is away costs reports and nothing else.
"""

import datetime
import socket
from typing import Any, Final

from sentry_sdk import Client

from pyxiu.plugins.spec import FaultReport, Raised

MESSAGE_MAX: Final = 1_000
FRAMES_MAX: Final = 60


class SentryReporter:
    """`dsn` as http(s)://KEY@HOST/PROJECT. Raises ValueError for one that is none."""

    def __init__(self, dsn: str, *, release: str, environment: str) -> None:
        try:
            self._client = Client(
                dsn=dsn,
                release=f"pyxiu@{release}",
                environment=environment,
                server_name=socket.gethostname(),
                default_integrations=False,
                auto_enabling_integrations=False,
                auto_session_tracking=False,
                send_client_reports=False,
                include_local_variables=False,
                include_source_context=False,
                max_breadcrumbs=0,
                traces_sample_rate=None,
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, its text may hold the key
            raise ValueError(f"PYXIU_SENTRY_DSN: expected https://KEY@HOST/PROJECT ({type(error).__name__})") from None

    def report(self, report: FaultReport) -> None:
        self._client.capture_event(event_of(report))

    def close(self, timeout_s: float) -> None:
        self._client.close(timeout=timeout_s)


def event_of(report: FaultReport) -> Any:
    """A report as an event of Sentry's."""
    event: dict[str, Any] = {
        "level": "fatal" if report.level == "critical" else "error",
        "logger": report.logger,
        "platform": "python",
        "timestamp": datetime.datetime.fromtimestamp(report.at_s, datetime.UTC),
        "logentry": {"message": report.message[:MESSAGE_MAX]},
        "extra": dict(report.facts),
    }
    if report.raised:
        event["exception"] = {"values": [_exception(raised) for raised in report.raised]}
    return event


def _exception(raised: Raised) -> dict[str, Any]:
    frames = [
        {
            "module": frame.module,
            "function": frame.function,
            "filename": frame.file,
            "lineno": frame.line,
            "in_app": frame.module.startswith("pyxiu"),
        }
        for frame in raised.frames[-FRAMES_MAX:]
    ]
    return {
        "type": raised.type,
        "module": raised.module,
        "value": raised.text[:MESSAGE_MAX],
        "stacktrace": {"frames": frames},
    }
