"""Settings by name: all that the code reads are known, a mistyped one is refused, secrets are not shown."""

import re
from pathlib import Path

import pytest

from pyxiu.app.setting_names import MODULE_URL_PREFIX, NAMES, PREFIXES, complaint_about, is_known
from pyxiu.app.settings import load_settings
from pyxiu.app.settings_error import SettingsError
from pyxiu.app.settings_file import SettingsFileError, add_settings_of_file
from pyxiu.cli.config import config, masked
from pyxiu.kit.errors import PermanentError
from pyxiu.stream.settings import NAMES as STREAM_NAMES

ROOT = Path(__file__).parents[3]
#: Read by a script of the terminal's.
OF_SCREENSHOTS = "PYXIU_URL"
NAME = re.compile(r"PYXIU_[A-Z0-9_]+")


def test_every_name_in_the_code_is_known_and_every_known_name_is_used() -> None:
    used: set[str] = set()
    for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]:
        if path.name not in ("setting_names.py", "test_setting_names.py"):
            used |= set(NAME.findall(path.read_text(encoding="utf-8")))
    families = {name for name in used if name.endswith("_") or name.startswith(PREFIXES)}
    in_source = {
        name
        for path in (ROOT / "src").rglob("*.py")
        if path.name != "setting_names.py"
        for name in NAME.findall(path.read_text(encoding="utf-8"))
    }
    assert in_source - families - NAMES == set(), "read by the code and not in the table"
    of_a_family = {name for name in NAMES if name.startswith(MODULE_URL_PREFIX)} | STREAM_NAMES
    assert NAMES - used - of_a_family == set(), "in the table and read by nobody"


def test_every_name_in_the_documentation_is_known() -> None:
    unknown = {
        f"{path.name}: {name}"
        for path in [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
        for name in NAME.findall(path.read_text(encoding="utf-8"))
        if not is_known(name) and not name.endswith("_") and name != OF_SCREENSHOTS
    }
    assert unknown == set()


@pytest.mark.parametrize(
    "name",
    ["PYXIU_RABBITMQ_DURABLE", "PYXIU_PRODUCTION", "PYXIU_MAIL_EVERY_LOGIN", "PYXIU_BENCH", "PYXIU_KYC_MASK"],
)
def test_a_switch_that_is_neither_0_nor_1_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}: expected 0 or 1, found 'true'"):
        load_settings(environment={name: "true"})


def test_settings_of_the_stream_are_known_and_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    load_settings(environment={"PYXIU_STREAM_ORIGINS": "https://a.example", "PYXIU_STREAM_DATA_BYTES": "1"})
    monkeypatch.setenv("PYXIU_STREAM_PING_S", "soon")
    with pytest.raises(PermanentError, match="PYXIU_STREAM_PING_S: expected a number"):
        config()


def test_a_mistyped_name_is_refused_with_the_one_that_was_meant(tmp_path: Path) -> None:
    assert complaint_about(["PYXIU_PORT", "HOME", "PYXIU_LIMIT_LOGIN"]) is None
    with pytest.raises(SettingsError, match="PYXIU_TRUSTED_PROXYS; did you mean PYXIU_TRUSTED_PROXIES"):
        load_settings(environment={"PYXIU_HOME": str(tmp_path), "PYXIU_TRUSTED_PROXYS": "10.0.0.0/8"})


def write(path: Path, text: str, mode: int = 0o600) -> dict[str, str]:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return {"PYXIU_CONFIG": str(path)}


def test_a_file_gives_what_the_environment_does_not(tmp_path: Path) -> None:
    environment = write(
        tmp_path / "pyxiu.env", "# ours\n\nPYXIU_PORT=9001\nexport PYXIU_HOST='::1'\nPYXIU_EXCHANGE_NAME=\"A = B\"\n"
    ) | {"PYXIU_PORT": "9002"}
    assert add_settings_of_file(environment) == {"PYXIU_HOST": "::1", "PYXIU_EXCHANGE_NAME": "A = B"}
    assert environment["PYXIU_PORT"] == "9002"


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        ("PYXIU_PORT 9000", 0o600, "line 1"),
        ("PYXIU_PORT=1\nnonsense here", 0o600, "line 2"),
        ("PYXIU_WEBHOOK_SECRET=canary-value", 0o644, "chmod 600"),
        ("PYXIU_PLUGIN_ACME_X=canary-value", 0o644, "chmod 600"),
        ("PYXIU_DATABASE_URL=postgresql://u:canary-value@h/d", 0o640, "chmod 600"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_and_no_value_of_it(
    tmp_path: Path, text: str, mode: int, says: str
) -> None:
    with pytest.raises(SettingsFileError, match=says) as raised:
        add_settings_of_file(write(tmp_path / "pyxiu.env", text, mode))
    assert "canary" not in str(raised.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsFileError, match="cannot be read"):
        add_settings_of_file({"PYXIU_CONFIG": str(tmp_path / "none.env")})


def test_what_is_printed_holds_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYXIU_HOME", str(tmp_path))
    monkeypatch.setenv("PYXIU_WEBHOOK_URL", "https://example.org/")
    monkeypatch.setenv("PYXIU_WEBHOOK_SECRET", "canary-canary-canary")
    monkeypatch.setenv("PYXIU_DATABASE_URL", "postgresql://user:canary@host/db")
    assert config() == 0
    told = capsys.readouterr().out
    assert "canary" not in told
    assert "PYXIU_DATABASE_URL=postgresql://user@host/db" in told
    assert masked("PYXIU_PORT", "8000") == "8000"
    assert "canary" not in masked("PYXIU_PLUGIN_ACME_URL", "canary")


def test_modules_have_logins_of_their_own_whose_passwords_are_not_shown(tmp_path: Path) -> None:
    url = "postgresql://relay:hush@db/pyxiu"
    given = {"PYXIU_HOME": str(tmp_path), "PYXIU_DATABASE_URL_RELAY": url}
    assert load_settings(environment=given).module_urls == {"relay": url}
    assert masked("PYXIU_DATABASE_URL_RELAY", url) == "postgresql://relay@db/pyxiu"
    with pytest.raises(SettingsError, match="PYXIU_DATABASE_URL_RELAX"):
        load_settings(environment={"PYXIU_HOME": str(tmp_path), "PYXIU_DATABASE_URL_RELAX": url})
