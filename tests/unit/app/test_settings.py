"""Where settings come from, and what is said about wrong ones."""

from pathlib import Path

import pytest

from pyxiu.app.settings import LogFormat, LogLevel, Settings, default_home, load_settings
from pyxiu.app.settings_error import SettingsError


def test_flags_win_over_the_environment_and_that_over_defaults() -> None:
    environment = {"PYXIU_HOME": "/data/pyxiu", "PYXIU_PORT": "9001", "PYXIU_HOST": "0.0.0.0"}
    assert load_settings(environment=environment).port == 9001
    assert load_settings(environment=environment, port=9002).port == 9002
    assert load_settings(environment={}).port == 8000
    assert load_settings(environment=environment).home == Path("/data/pyxiu")
    assert load_settings(environment=environment, home=Path("/other")).home == Path("/other")
    assert load_settings(environment=environment, host="::1").host == "::1"
    assert load_settings(environment={}).host == "127.0.0.1"


def test_an_empty_variable_counts_as_not_set() -> None:
    loaded = load_settings(environment={"PYXIU_PORT": "", "PYXIU_DATABASE_URL": "", "PYXIU_HOME": ""})
    assert loaded.port == 8000
    assert loaded.database_url is None


def test_logging_can_be_chosen() -> None:
    loaded = load_settings(environment={"PYXIU_LOG_LEVEL": "Debug", "PYXIU_LOG_FORMAT": "json"})
    assert (loaded.log_level, loaded.log_format) == (LogLevel.DEBUG, LogFormat.JSON)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"PYXIU_PORT": "many"}, "PYXIU_PORT: expected a number from 1 to 65535, found 'many'"),
        ({"PYXIU_PORT": "-1"}, "PYXIU_PORT: expected a number"),
        ({"PYXIU_PORT": "65536"}, "port: expected 1 to 65535, found 65536"),
        ({"PYXIU_DISK_RESERVE_MB": "-1"}, "PYXIU_DISK_RESERVE_MB: expected a number from 0 to 1000000, found '-1'"),
        ({"PYXIU_LOG_LEVEL": "loud"}, "PYXIU_LOG_LEVEL: expected one of debug, info, warning, error, found 'loud'"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], expected: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(environment=environment)
    assert expected in str(raised.value)


def test_the_home_is_where_the_platform_keeps_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/people/ada")
    assert default_home({}, platform="linux") == Path("/people/ada/.local/share/pyxiu")
    assert default_home({"XDG_DATA_HOME": "/data"}, platform="linux") == Path("/data/pyxiu")
    assert default_home({}, platform="darwin") == Path("/people/ada/Library/Application Support/pyxiu")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert default_home({}, platform="linux") == Path("/var/lib/pyxiu")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://localhost:8000"),
        ("0.0.0.0", "http://localhost:8000"),
        ("::1", "http://[::1]:8000"),
        ("10.1.2.3", "http://10.1.2.3:8000"),
    ],
)
def test_the_url_can_be_typed_into_a_browser(host: str, url: str) -> None:
    assert Settings(home=Path("/x"), host=host).url == url
