"""Where events go is chosen by variables that are checked at the start, and shows no secret."""

from pathlib import Path

import pytest

from pyxiu.app.plugging import load_plugins
from pyxiu.app.relay_settings import RelaySettingsError, read_relay
from pyxiu.app.run_relay import sinks_of
from pyxiu.app.settings import Settings
from pyxiu.app.settings_error import SettingsError

SECRET = "between-the-two-of-us"
EVERYTHING = {
    "PYXIU_RABBITMQ_URL": f"amqp://user:{SECRET}@broker:5672/",
    "PYXIU_WEBHOOK_URL": "https://example.org/hook",
    "PYXIU_WEBHOOK_SECRET": SECRET,
    "PYXIU_SQS_QUEUE_URL": "https://sqs.example.org/1/events.fifo",
    "PYXIU_SNS_TOPIC_ARN": "arn:aws:sns:eu-central-1:1:events.fifo",
}


def test_nothing_is_relayed_unless_a_destination_is_set() -> None:
    assert read_relay({}).names == ()


def test_each_destination_that_is_set_gets_a_sink(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, relay=read_relay(EVERYTHING))
    assert set(sinks_of(load_plugins(settings), settings)) == {"rabbitmq", "webhook", "sqs", "sns"}


def test_no_secret_shows_itself(tmp_path: Path) -> None:
    choice = read_relay(EVERYTHING)
    assert SECRET not in repr(choice)
    assert SECRET not in repr(Settings(home=tmp_path, relay=choice))


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"PYXIU_RABBITMQ_URL": f"http://user:{SECRET}@broker/"}, "PYXIU_RABBITMQ_URL"),
        ({"PYXIU_WEBHOOK_URL": "https://example.org/"}, "PYXIU_WEBHOOK_SECRET"),
        ({"PYXIU_WEBHOOK_URL": "https://example.org/", "PYXIU_WEBHOOK_SECRET": "short"}, "PYXIU_WEBHOOK_SECRET"),
        ({"PYXIU_SQS_QUEUE_URL": "https://sqs.example.org/1/events"}, "PYXIU_SQS_QUEUE_URL"),
        ({"PYXIU_SNS_TOPIC_ARN": "arn:aws:sns:eu-central-1:1:events"}, "PYXIU_SNS_TOPIC_ARN"),
    ],
)
def test_what_cannot_work_is_refused_by_name_and_without_its_value(given: dict[str, str], names: str) -> None:
    with pytest.raises(RelaySettingsError, match=names) as raised:
        read_relay(given)
    assert SECRET not in str(raised.value)


def test_a_webhook_that_we_may_not_call_is_refused_at_the_start(tmp_path: Path) -> None:
    choice = read_relay({"PYXIU_WEBHOOK_URL": "https://a:b@example.org/", "PYXIU_WEBHOOK_SECRET": SECRET})
    settings = Settings(home=tmp_path, relay=choice)
    plugins = load_plugins(settings)
    with pytest.raises(SettingsError, match="PYXIU_WEBHOOK_URL"):
        sinks_of(plugins, settings)
