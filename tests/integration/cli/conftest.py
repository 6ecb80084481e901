"""Commands in this process, on a home and a database of the test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pyxiu.cli.main import app

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(database_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command in this process: exit code, standard output, standard error."""
    monkeypatch.setenv("PYXIU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYXIU_DATABASE_URL", database_dsn)
    monkeypatch.setenv("PYXIU_LOG_FORMAT", "json")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = app(list(arguments), result_action="return_value")
        shown = capsys.readouterr()
        return code or 0, shown.out, shown.err

    return run
