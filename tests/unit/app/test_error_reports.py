"""What an error reporter is told: the fault with its causes, never a secret, never more than a minute's share."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from pyxiu.app.error_reports import PER_MINUTE_MAX, ReportingHandler, Scrubber, error_reports, report_of, secret_values
from pyxiu.app.logs import configure_logs
from pyxiu.app.plugging import load_plugins
from pyxiu.app.settings import LogFormat, LogLevel, load_settings
from pyxiu.plugins.spec import FaultReport
from tests.support.envelopes import envelope_sink

CANARY = "canary-8f2c1d"
SECRETS = {
    "PYXIU_DATABASE_URL": f"postgresql://exchange:{CANARY}-db@db/exchange",
    "PYXIU_WEBHOOK_SECRET": f"{CANARY}-webhook",
    "PYXIU_TWILIO_AUTH_TOKEN": f"{CANARY}-twilio",
    "PYXIU_PLUGIN_ACME_WHATEVER": f"{CANARY}-plugin",
}


class Kept:
    def __init__(self) -> None:
        self.reports: list[FaultReport] = []

    def report(self, report: FaultReport) -> None:
        self.reports.append(report)

    def close(self, timeout_s: float) -> None:
        """Nothing is left."""


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger("pyxiu.tests.reports")
    logger.propagate = False
    yield logger
    logger.handlers.clear()


def failing() -> None:
    password = f"{CANARY}-local"
    try:
        raise ConnectionError(f"cannot connect to postgresql://u:{CANARY}@db/x with token={CANARY}")
    except ConnectionError as error:
        raise RuntimeError(f"no answer, {len(password)} characters; Bearer {CANARY}.abc") from error


def test_a_fault_is_told_with_its_causes_and_frames(logger: logging.Logger) -> None:
    kept = Kept()
    logger.addHandler(ReportingHandler(kept, Scrubber([])))
    try:
        failing()
    except RuntimeError:
        logger.exception("a request failed")
    logger.warning("not told")
    [report] = kept.reports
    assert (report.message, report.level, report.logger) == ("a request failed", "error", "pyxiu.tests.reports")
    cause, error = report.raised
    assert (cause.type, error.type) == ("ConnectionError", "RuntimeError")
    assert [frame.function for frame in error.frames][-1] == "failing"
    assert CANARY not in repr(report)


def test_a_record_of_structlogs_is_told_with_its_facts() -> None:
    record = logging.LogRecord("pyxiu.engine", logging.ERROR, __file__, 1, "", None, None)
    record.msg = {
        "event": "append failed",
        "level": "error",
        "seq": 7,
        "api_secret": CANARY,
        "url": f"a://u:{CANARY}@h",
    }
    report = report_of(record, Scrubber([]))
    assert report.message == "append failed"
    assert report.facts == {"seq": "7", "api_secret": "***", "url": "a://u:***@h"}


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {CANARY}",
        f"{{'password': '{CANARY}'}}",
        f'{{"api_key":"{CANARY}","x":1}}',
        f"token={CANARY}&x=1",
        f"X-Auth-Signature: {CANARY}",
        f"amqp://guest:{CANARY}@broker:5672/",
        f"eyJhbGciOiJIUzI1NiJ9.{CANARY}.sig",
        f"refused by {CANARY}-webhook",
        f"with {CANARY}-plugin inside",
    ],
)
def test_what_looks_like_a_secret_or_is_one_is_blotted_out(text: str) -> None:
    cleared = Scrubber(secret_values(SECRETS))(text)
    assert CANARY not in cleared
    assert "***" in cleared


def test_words_stay_what_they_are() -> None:
    for text in ("order 7 of btcusdt: token is not in the list", "secret", "http://host:80/path@x", "1:2@3"):
        assert Scrubber(["ab"])(text) == text


def test_a_flood_is_cut_off_and_a_reporter_that_fails_is_nobodys_fault(logger: logging.Logger) -> None:
    kept = Kept()
    logger.addHandler(ReportingHandler(kept, Scrubber([])))
    for number in range(PER_MINUTE_MAX * 3):
        logger.error("fault %d", number)
    assert PER_MINUTE_MAX <= len(kept.reports) <= 2 * PER_MINUTE_MAX, "two minutes at most"

    class Broken(Kept):
        def report(self, report: FaultReport) -> None:
            raise RuntimeError(report.message)

    logger.handlers.clear()
    logger.addHandler(ReportingHandler(Broken(), Scrubber([])))
    logger.error("and it goes on")


async def test_t73_no_secret_of_this_instance_reaches_sentry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = logging.getLogger().handlers[:]
    with envelope_sink() as sink:
        given = {name: value for name, value in SECRETS.items() if not name.startswith("PYXIU_PLUGIN_")}
        given |= {"PYXIU_WEBHOOK_URL": "https://example.org/", "PYXIU_HOME": str(tmp_path)}
        given |= {"PYXIU_TWILIO_ACCOUNT_SID": "AC1", "PYXIU_TWILIO_SENDER": "+15005550006"}
        given |= {"PYXIU_ERRORS": "sentry", "PYXIU_SENTRY_DSN": sink.dsn}
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        settings = load_settings(environment=given)
        configure_logs(LogLevel.INFO, LogFormat.JSON)
        try:
            async with error_reports(load_plugins(settings), settings):
                log = structlog.stdlib.get_logger("pyxiu.tests")
                try:
                    failing()
                except RuntimeError:
                    log.exception("module failed", dsn=SECRETS["PYXIU_DATABASE_URL"], said=f"{CANARY}-webhook!")
                log.error("plain", password=CANARY, nested={"token": CANARY})
        finally:
            logging.getLogger().handlers[:] = handlers
            structlog.reset_defaults()
        assert [event["logentry"]["message"] for event in sink.events] == ["module failed", "plain"]
        everything = b"".join(sink.bodies)
    assert CANARY.encode() not in everything
    assert sink.events[0]["exception"]["values"][1]["value"] == "no answer, 19 characters; Bearer ***"
