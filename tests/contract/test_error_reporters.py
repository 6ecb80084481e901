"""What an error reporter does: Sentry's, against a receiver that takes its envelopes."""

from collections.abc import Callable, Iterator

import pytest

from pyxiu.adapters.errors.sentry import SentryReporter
from pyxiu.plugins.testing import ErrorsContract, fault_report
from tests.support.envelopes import EnvelopeSink, envelope_sink
from tests.support.ports import free_port


@pytest.fixture
def sink() -> Iterator[EnvelopeSink]:
    with envelope_sink() as started:
        yield started


def reporter_to(dsn: str) -> SentryReporter:
    return SentryReporter(dsn, release="1.2.3", environment="tests")


class TestSentry(ErrorsContract):
    @pytest.fixture
    def reporter(self, sink: EnvelopeSink) -> SentryReporter:
        return reporter_to(sink.dsn)

    @pytest.fixture
    def arrived(self, sink: EnvelopeSink) -> Callable[[], list[str]]:
        return lambda: [event["logentry"]["message"] for event in sink.events]

    @pytest.fixture
    def away(self) -> SentryReporter:
        return reporter_to(f"http://key@127.0.0.1:{free_port()}/1")


def test_sentry_gets_the_causes_with_their_frames_and_no_code_or_variables(sink: EnvelopeSink) -> None:
    reporter = reporter_to(sink.dsn)
    reporter.report(fault_report("a contract's fault"))
    reporter.close(10.0)
    [event] = sink.events
    assert sink.paths == ["/api/42/envelope/"]
    assert (event["release"], event["environment"], event["level"]) == ("pyxiu@1.2.3", "tests", "error")
    assert event["extra"]["seq"] == "7"
    cause, error = event["exception"]["values"]
    assert (cause["type"], cause["value"], error["type"]) == ("OSError", "disk full", "FaultError")
    [frame] = cause["stacktrace"]["frames"]
    assert (frame["function"], frame["lineno"], frame["in_app"]) == ("append", 7, True)
    assert not {"vars", "context_line", "pre_context"} & frame.keys()
    assert not {"breadcrumbs", "request", "user", "modules"} & event.keys() or not event.get("breadcrumbs", {}).get(
        "values"
    )


@pytest.mark.parametrize("dsn", ["canary-key", "https://host/1", "ftp://canary-key@host/1", "https://canary-key@host/"])
def test_a_dsn_that_is_none_is_refused_without_its_key(dsn: str) -> None:
    with pytest.raises(ValueError, match="expected https://KEY@HOST/PROJECT") as raised:
        reporter_to(dsn)
    assert "canary-key" not in str(raised.value)
